using System.Reflection;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Lists.Output;

/// <summary>What an output has to say to stand alone: who made it, with which model, and what its tags are. The same for the
/// same run, whenever and wherever it is made: times are in the file beside the output (<see cref="OutputRecord"/>).</summary>
/// <param name="Tool">The program.</param>
/// <param name="Model">The model.</param>
/// <param name="Head">The head that was asked for; <c>auto</c> chooses by what a row offers, and each row names its own.</param>
/// <param name="Thresholds">Tags are given at each of these.</param>
/// <param name="Tags">The model's tags, in the order of its scores.</param>
internal sealed record ListAbout(
    AboutTool Tool,
    AboutModel Model,
    string Head,
    IReadOnlyList<float> Thresholds,
    IReadOnlyList<AboutTag> Tags
)
{
    /// <summary>Name of the member, key or field that holds this.</summary>
    public const string Name = "geotag";

    /// <summary>What is said of a run.</summary>
    public static ListAbout Of(AboutModel model, string? head, ListContent content) =>
        new(
            AboutTool.Present,
            model,
            HeadSelector.IsAuto(head) ? "auto" : head!,
            content.Thresholds,
            [.. TagCatalog.Tags.Select(tag => new AboutTag(tag.Id, tag.Name))]
        );

    /// <summary>As JSON in one line.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, AboutForms.OneLine.ListAbout);
}

/// <summary>The program that made an output.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
internal sealed record AboutTool(string Name, string Version)
{
    /// <summary>This program.</summary>
    public static AboutTool Present { get; } =
        new(
            "geotag",
            typeof(AboutTool).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
                ?? "0"
        );
}

/// <summary>The model that scored.</summary>
/// <param name="Name">The bundle's name.</param>
/// <param name="Version">Its semantic version.</param>
/// <param name="Digest">SHA-256 of its manifest.</param>
/// <param name="Purpose"><c>production</c> or <c>demonstration</c>.</param>
/// <param name="Notice">Of a demonstration model: that its tags are not for use.</param>
public sealed record AboutModel(string Name, string Version, string Digest, string Purpose, string? Notice);

/// <summary>A tag.</summary>
/// <param name="Id">Its id, by which columns of probabilities are named.</param>
/// <param name="Name">Its name.</param>
internal sealed record AboutTag(string Id, string Name);

/// <summary>The file beside an output, <c>tags.csv.about.json</c>: what the output has to say, when it was made, and of which
/// list.</summary>
/// <param name="About">What the output says, or would say if its format had a place for it.</param>
/// <param name="Finished">When it was made, UTC.</param>
/// <param name="List">Where the list was.</param>
/// <param name="Items">How many items the list had.</param>
/// <param name="Done">How many of them have a row.</param>
/// <param name="Rejected">How many of them were rejected.</param>
internal sealed record OutputRecord(
    [property: JsonPropertyName(ListAbout.Name)] ListAbout About,
    DateTimeOffset Finished,
    string List,
    long Items,
    long Done,
    long Rejected
)
{
    /// <summary>Reads what stands beside an output; null where nothing does, or something else.</summary>
    public static OutputRecord? Of(string output)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(PathOf(output)), AboutForms.Readable.OutputRecord);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Writes it beside an output.</summary>
    public void Save(string output)
    {
        var path = PathOf(output);
        File.WriteAllBytes(path + ".tmp", [.. JsonSerializer.SerializeToUtf8Bytes(this, AboutForms.Readable.OutputRecord), (byte)'\n']);
        File.Move(path + ".tmp", path, overwrite: true);
    }

    private static string PathOf(string output) => output + ".about.json";
}

/// <summary>The JSON of what outputs say of themselves.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ListAbout))]
[JsonSerializable(typeof(OutputRecord))]
internal sealed partial class AboutJson : JsonSerializerContext;

/// <summary>How that JSON is written.</summary>
internal static class AboutForms
{
    /// <summary>In one line, for headers and metadata.</summary>
    public static AboutJson OneLine { get; } = new(Options(isIndented: false));

    /// <summary>For people.</summary>
    public static AboutJson Readable { get; } = new(Options(isIndented: true));

    private static JsonSerializerOptions Options(bool isIndented) =>
        new()
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
            WriteIndented = isIndented,
        };
}
