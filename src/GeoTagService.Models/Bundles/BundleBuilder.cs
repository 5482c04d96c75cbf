using System.IO.Compression;
using System.Text;
using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Titles;

namespace GeoTagService.Models.Bundles;

/// <summary>
/// Makes a bundle. It is written beside its place, verified exactly as the service will verify it, and then renamed, so
/// that a reader sees a whole bundle or none. The same parts give the same bytes.
/// </summary>
public static class BundleBuilder
{
    private const string VocabularyFile = "vocabulary.txt.gz";

    /// <summary>Builds and verifies a bundle.</summary>
    /// <param name="recipe">What to make it from.</param>
    /// <param name="progress">Told what is being done, in a few words.</param>
    /// <returns>The bundle, verified, in its place.</returns>
    /// <exception cref="BundleException">Parts do not fit each other, or the output exists.</exception>
    /// <exception cref="Archives.WeightsFormatException">A weights file is damaged or refused.</exception>
    public static Bundle Build(BundleRecipe recipe, IProgress<string>? progress = null) =>
        Publish(recipe.OutputDirectory, directory => Write(recipe, directory, progress), progress);

    /// <summary>Has a bundle written into a hidden directory beside its place, verifies it as the service will, and renames
    /// it: a reader sees a whole bundle or none.</summary>
    /// <param name="outputDirectory">The bundle's place, which must not exist or be empty.</param>
    /// <param name="write">Writes all files, <c>bundle.json</c> last, into the directory that it is given.</param>
    /// <param name="progress">Told when the verification begins.</param>
    /// <returns>The bundle, verified, in its place.</returns>
    /// <exception cref="BundleException">The output exists, or what was written is no valid bundle.</exception>
    public static Bundle Publish(string outputDirectory, Action<string> write, IProgress<string>? progress = null)
    {
        var output = Path.GetFullPath(outputDirectory);
        if (File.Exists(output) || (Directory.Exists(output) && Directory.EnumerateFileSystemEntries(output).Any()))
        {
            throw new BundleException($"{output} exists already; a bundle is never changed, choose another directory");
        }

        var parent = Path.GetDirectoryName(output) ?? throw new BundleException($"{output} is no place for a bundle");
        var building = Path.Combine(parent, $".{Path.GetFileName(output)}.{Environment.ProcessId}.building");
        Directory.CreateDirectory(building);
        try
        {
            write(building);
            progress?.Report("verifying the bundle");
            var bundle = BundleReader.OpenDirectory(building);
            if (Directory.Exists(output))
            {
                Directory.Delete(output);
            }

            Directory.Move(building, output);
            return BundleReader.AfterMove(bundle, output);
        }
        catch
        {
            Directory.Delete(building, recursive: true);
            throw;
        }
    }

    /// <summary>Start and end token are the last two ids of every CLIP vocabulary.</summary>
    internal static int EndToken(BundleGeometry geometry) => geometry.Text.VocabularySize - 1;

    private static void Write(BundleRecipe recipe, string directory, IProgress<string>? progress)
    {
        progress?.Report("converting the encoders");
        var encoders = new EncoderImporter(recipe, directory).Import();
        progress?.Report("copying the vocabulary");
        var vocabulary = CopyVocabulary(recipe, directory, encoders.Geometry);
        progress?.Report("converting the heads");
        var heads = new HeadImporter(recipe.HeadsDirectory, directory, encoders.Geometry.EmbeddingDimension).ImportAll();
        progress?.Report("computing digests");
        var endToken = EndToken(encoders.Geometry);
        var manifest = new BundleManifest
        {
            SchemaVersion = BundleManifest.CurrentSchemaVersion,
            Name = recipe.Name,
            Version = recipe.Version,
            Purpose = recipe.Purpose,
            Description = recipe.Description,
            Provenance = [.. encoders.Sources, vocabulary, .. heads.Select(head => head.Source)],
            Geometry = encoders.Geometry,
            Preprocessing = recipe.Preprocessing,
            Tags = TagCatalog.CompetitionColumns,
            Encoders = encoders.Encoders,
            Vocabulary = new BundleVocabulary(VocabularyFile, endToken - 1, endToken),
            Heads = [.. heads.Select(head => head.Head)],
            Files = DescribeFiles(directory),
        };
        var json = JsonSerializer.Serialize(manifest, BundleJson.Default.BundleManifest) + "\n";
        File.WriteAllText(Path.Combine(directory, BundleManifest.FileName), json, new UTF8Encoding(false));
    }

    private static BundleSource CopyVocabulary(BundleRecipe recipe, string directory, BundleGeometry geometry)
    {
        var name = Path.GetFileName(recipe.VocabularyPath);
        var bytes = File.ReadAllBytes(recipe.VocabularyPath);
        var isGzip = bytes is [0x1F, 0x8B, ..];
        try
        {
            ClipTokenizer.Load(new MemoryStream(bytes), geometry.Text.VocabularySize, geometry.Text.ContextLength);
        }
        catch (Exception e) when (e is InvalidDataException or ArgumentException)
        {
            throw new BundleException($"{name} does not fit these encoders: {e.Message}", e);
        }

        using (var target = File.Create(Path.Combine(directory, VocabularyFile)))
        {
            if (isGzip)
            {
                target.Write(bytes);
            }
            else
            {
                using var gzip = new GZipStream(target, CompressionLevel.SmallestSize);
                gzip.Write(bytes);
            }
        }

        return new BundleSource(
            "CLIP vocabulary",
            recipe.Locations.GetValueOrDefault(name, name),
            bytes.Length,
            FileDigest.Compute(bytes),
            "MIT"
        );
    }

    private static BundleFile[] DescribeFiles(string directory)
    {
        var paths = Directory
            .EnumerateFiles(directory, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(directory, path).Replace(Path.DirectorySeparatorChar, '/'))
            .Order(StringComparer.Ordinal)
            .ToArray();
        var files = new BundleFile[paths.Length];
        Parallel.For(0, paths.Length, i => files[i] = FileDigest.Describe(directory, paths[i]));
        return files;
    }
}
