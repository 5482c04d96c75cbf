using System.Text.RegularExpressions;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Bundles;

/// <summary>What a manifest must say of itself before any other file is looked at.</summary>
internal static partial class ManifestRules
{
    private static readonly string[] Precisions = ["fp32", "fp16", "int8"];

    /// <summary>Throws <see cref="BundleException"/> at the first rule that is broken.</summary>
    public static void Check(BundleManifest manifest)
    {
        Require(Name().IsMatch(manifest.Name), $"the name '{manifest.Name}' is not lower-case letters, digits and dashes");
        Require(Version().IsMatch(manifest.Version), $"'{manifest.Version}' is not a semantic version");
        CheckFiles(manifest);
        CheckGeometry(manifest.Geometry);
        CheckPreprocessing(manifest.Preprocessing);
        CheckTags(manifest.Tags);
        CheckEncoders(manifest);
        CheckVocabulary(manifest);
        CheckHeads(manifest);
        CheckLocationEncoder(manifest);
    }

    /// <summary>Length of the row that a head with these modalities takes.</summary>
    public static int InputWidth(Modalities modalities, int embeddingDimension) =>
        (modalities.HasFlag(Modalities.Image) ? embeddingDimension : 0)
        + (modalities.HasFlag(Modalities.Title) ? embeddingDimension : 0)
        + (modalities.HasFlag(Modalities.Location) ? LocationWidth : 0);

    private const int LocationWidth = 2;
    private const int MostDimensions = 4096;

    private static void CheckFiles(BundleManifest manifest)
    {
        var seen = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var file in manifest.Files)
        {
            Require(IsInside(file.Path), $"the path '{file.Path}' leads out of the bundle");
            Require(seen.Add(file.Path), $"the file '{file.Path}' is listed twice");
            Require(file.Bytes >= 0, $"the file '{file.Path}' has {file.Bytes} bytes");
            Require(Digest().IsMatch(file.Sha256), $"the digest of '{file.Path}' is not 64 lower-case hexadecimal digits");
        }
    }

    /// <summary>Relative, forward slashes, no empty, <c>.</c> or <c>..</c> part, nothing that Windows reads as a drive.</summary>
    private static bool IsInside(string path) =>
        path.Length > 0
        && path.IndexOfAny(['\\', ':', '\0']) < 0
        && path.Split('/').All(part => part.Length > 0 && part != "." && part != "..");

    private static void CheckGeometry(BundleGeometry geometry)
    {
        var (vision, text) = (geometry.Vision, geometry.Text);
        foreach (
            var (what, size) in new (string, int)[]
            {
                ("embeddingDimension", geometry.EmbeddingDimension),
                ("vision.imageSize", vision.ImageSize),
                ("vision.patchSize", vision.PatchSize),
                ("vision.width", vision.Width),
                ("vision.layers", vision.Layers),
                ("vision.attentionHeads", vision.AttentionHeads),
                ("text.contextLength", text.ContextLength),
                ("text.vocabularySize", text.VocabularySize),
                ("text.width", text.Width),
                ("text.layers", text.Layers),
                ("text.attentionHeads", text.AttentionHeads),
            }
        )
        {
            Require(size is > 0 and <= 1 << 20, $"the geometry's {what} is {size}");
        }

        Require(vision.ImageSize % vision.PatchSize == 0, "the image size is no multiple of the patch size");
        Require(vision.Width % vision.AttentionHeads == 0, "the photo tower's width does not divide among its heads");
        Require(text.Width % text.AttentionHeads == 0, "the title tower's width does not divide among its heads");
        Require(text.ContextLength >= 2, "the context has no room for the start and the end token");
    }

    private static void CheckPreprocessing(BundlePreprocessing preprocessing)
    {
        Require(preprocessing.Mean.Count == 3 && preprocessing.Mean.All(float.IsFinite), "there are not three means");
        Require(
            preprocessing.Std.Count == 3 && preprocessing.Std.All(value => float.IsFinite(value) && value > 0),
            "there are not three positive standard deviations"
        );
    }

    private static void CheckTags(IReadOnlyList<string> tags)
    {
        Require(tags.Count == TagCatalog.Count, $"it has {tags.Count} tags, the catalogue has {TagCatalog.Count}");
        for (var row = 0; row < tags.Count; row++)
        {
            Require(TagCatalog.TryGet(tags[row], out var tag), $"the tag '{tags[row]}' is not in the catalogue");
            Require(tag!.HeadRow == row, $"the tag '{tags[row]}' is in row {row}, the catalogue has it in {tag.HeadRow}");
        }
    }

    private static void CheckEncoders(BundleManifest manifest)
    {
        var seen = new HashSet<(EncoderTower, string)>();
        foreach (var encoder in manifest.Encoders)
        {
            Require(
                Precisions.Contains(encoder.Precision),
                $"the precision '{encoder.Precision}' is none of {string.Join(", ", Precisions)}"
            );
            Require(seen.Add((encoder.Tower, encoder.Precision)), $"two encoders are {encoder.Tower} {encoder.Precision}");
            RequireListed(manifest, encoder.File, "an encoder");
        }

        foreach (var tower in Enum.GetValues<EncoderTower>())
        {
            Require(seen.Any(encoder => encoder.Item1 == tower), $"it has no {tower} encoder");
        }
    }

    private static void CheckVocabulary(BundleManifest manifest)
    {
        var vocabulary = manifest.Vocabulary;
        RequireListed(manifest, vocabulary.File, "the vocabulary");
        var size = manifest.Geometry.Text.VocabularySize;
        Require(
            vocabulary.StartToken >= 0
                && vocabulary.StartToken < size
                && vocabulary.EndToken >= 0
                && vocabulary.EndToken < size
                && vocabulary.StartToken != vocabulary.EndToken,
            $"start token {vocabulary.StartToken} and end token {vocabulary.EndToken} are not two of {size} ids"
        );
    }

    private static void CheckHeads(BundleManifest manifest)
    {
        Require(manifest.Heads.Count > 0, "it has no head");
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var head in manifest.Heads)
        {
            Require(
                head.Name.Length > 0 && head.Name != "auto" && seen.Add(head.Name),
                $"the head name '{head.Name}' is " + "empty, reserved or taken"
            );
            RequireListed(manifest, head.File, $"head '{head.Name}'");
            Require(head.Modalities != Modalities.None, $"head '{head.Name}' uses nothing");
            var width = InputWidth(head.Modalities, manifest.Geometry.EmbeddingDimension);
            Require(
                head.Inputs == width,
                $"head '{head.Name}' takes {head.Inputs} numbers, but "
                    + $"{string.Join(" + ", ModalitiesJsonConverter.Names(head.Modalities))} of these encoders give {width}"
            );
            Require(
                (head.Thresholds.Count == 1 || head.Thresholds.Count == manifest.Tags.Count)
                    && head.Thresholds.All(threshold => threshold is > 0 and < 1),
                $"head '{head.Name}' needs 1 or {manifest.Tags.Count} thresholds between 0 and 1"
            );
            CheckPlacePrior(manifest, head);
        }
    }

    private static void CheckPlacePrior(BundleManifest manifest, BundleHead head)
    {
        if (head.PlacePrior is not { } prior)
        {
            return;
        }

        Require(
            manifest.LocationEncoder is not null,
            $"head '{head.Name}' has a place prior, but the bundle has no location encoder ('geotag places train' makes one)"
        );
        Require(
            manifest.Files.Any(file => file.Path == manifest.LocationEncoder!.File && file.Sha256 == prior.Encoder),
            $"head '{head.Name}' has a place prior that was fitted with another location encoder than the bundle's"
        );
        Require(
            prior.Weights.Count == manifest.Tags.Count && prior.Weights.All(weight => weight is >= 0 and <= BundlePlacePrior.MostWeight),
            $"head '{head.Name}' needs {manifest.Tags.Count} weights of its place prior between 0 and {BundlePlacePrior.MostWeight}"
        );
    }

    private static void CheckLocationEncoder(BundleManifest manifest)
    {
        if (manifest.LocationEncoder is { } encoder)
        {
            RequireListed(manifest, encoder.File, "the location encoder");
            RequireListed(manifest, encoder.Squares, "the location encoder's table of squares");
            Require(encoder.Dimension is > 0 and <= MostDimensions, $"the location encoder's embedding has {encoder.Dimension} numbers");
            Require(encoder.Photos >= 0, $"the location encoder learnt from {encoder.Photos} photos");
            Require(
                encoder.Shares.Count == manifest.Tags.Count && encoder.Shares.All(share => share is >= 0 and <= 1),
                "the location encoder does not have a share of every tag"
            );
            Require(
                encoder.Strengths.Count == manifest.Tags.Count
                    && encoder.Strengths.All(strength => float.IsFinite(strength) && strength > 0),
                "the location encoder does not have a positive strength of every tag"
            );
        }
    }

    private static void RequireListed(BundleManifest manifest, string path, string user) =>
        Require(manifest.Files.Any(file => file.Path == path), $"{user} is in '{path}', which is not among the files");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new BundleException($"{BundleManifest.FileName} disagrees with itself: {otherwise}");
        }
    }

    [GeneratedRegex("^[a-z0-9][a-z0-9.-]{0,63}$")]
    private static partial Regex Name();

    [GeneratedRegex(@"^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$")]
    private static partial Regex Version();

    [GeneratedRegex("^[0-9a-f]{64}$")]
    private static partial Regex Digest();
}
