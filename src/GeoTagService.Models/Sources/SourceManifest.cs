using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Models.Sources;

/// <summary>
/// What a published model is fetched from: every file with its address and SHA-256 (<c>sources.json</c>). The digest is
/// trusted, never the host.
/// </summary>
public sealed record SourceManifest
{
    private const string Resource = "sources.json";

    /// <summary>Name of the bundle it becomes.</summary>
    public required string Bundle { get; init; }

    /// <summary>Semantic version of the bundle.</summary>
    public required string Version { get; init; }

    /// <summary>One sentence for people.</summary>
    public string? Description { get; init; }

    /// <summary>Geometry of both towers, for sources that do not state it.</summary>
    public required BundleGeometry Geometry { get; init; }

    /// <summary>The homes of the encoders, best first; one of them is enough.</summary>
    public required IReadOnlyList<EncoderSource> Clip { get; init; }

    /// <summary>CLIP's merges.</summary>
    public required SourceFile Vocabulary { get; init; }

    /// <summary>The heads, all of them needed.</summary>
    public required IReadOnlyList<SourceFile> Heads { get; init; }

    /// <summary>The manifest inside this library: CLIP ViT-B/32 and the published heads.</summary>
    public static SourceManifest Published()
    {
        using var stream =
            typeof(SourceManifest).Assembly.GetManifestResourceStream(Resource)
            ?? throw new InvalidOperationException("the library was built without sources.json");
        return Parse(stream);
    }

    /// <summary>Reads and checks a manifest.</summary>
    /// <exception cref="PullException">It is not a manifest, or pins something wrongly.</exception>
    public static SourceManifest Parse(Stream json)
    {
        try
        {
            var manifest =
                JsonSerializer.Deserialize(json, SourceManifestJson.Default.SourceManifest)
                ?? throw new PullException("the manifest of sources is null");
            manifest.Check();
            return manifest;
        }
        catch (JsonException e)
        {
            throw new PullException($"the manifest of sources cannot be read: {e.Message}", e);
        }
    }

    private void Check()
    {
        SourceFile[] files = [.. Clip.SelectMany(source => source.Files), Vocabulary, .. Heads];
        foreach (var file in files)
        {
            var isPinned = file.Sha256.Length == 64 && file.Sha256.All(char.IsAsciiHexDigitLower) && file.Bytes is null or > 0;
            if (!isPinned || Path.GetFileName(file.Name) != file.Name || file.Name.Length == 0 || !file.Url.IsAbsoluteUri)
            {
                throw new PullException($"the manifest of sources pins '{file.Name}' wrongly");
            }
        }

        if (Clip.Count == 0 || Clip.Any(source => source.Files.Count != (source.Kind == EncoderSourceKind.OnnxPair ? 2 : 1)))
        {
            throw new PullException("the manifest of sources needs one file of weights, or two of ONNX, for each home of the encoders");
        }
    }
}

/// <summary>What a home of the encoders offers.</summary>
public enum EncoderSourceKind
{
    /// <summary>One file of weights, converted.</summary>
    Weights,

    /// <summary>Two ONNX files, photo tower first, adopted as they are.</summary>
    OnnxPair,
}

/// <summary>One home of the encoders.</summary>
/// <param name="Kind">What it offers.</param>
/// <param name="Files">Its files.</param>
public sealed record EncoderSource(EncoderSourceKind Kind, IReadOnlyList<SourceFile> Files);

/// <summary>A pinned file.</summary>
/// <param name="Name">File name; also its name on mirrors and in directories.</param>
/// <param name="Bytes">Size; null where it was not published.</param>
/// <param name="Sha256">Lower-case hexadecimal digest.</param>
/// <param name="Url">Its published address.</param>
public sealed record SourceFile(string Name, long? Bytes, string Sha256, Uri Url);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow
)]
[JsonSerializable(typeof(SourceManifest))]
internal sealed partial class SourceManifestJson : JsonSerializerContext;
