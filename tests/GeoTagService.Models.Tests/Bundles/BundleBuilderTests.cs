using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;
using GeoTagService.Testing.Archives;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Bundles;

public sealed class BundleBuilderTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-bundle-").FullName;
    private readonly TinyModel _model;

    public BundleBuilderTests() => _model = new TinyModel(_directory);

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Parts_BecomeABundleThatRuns()
    {
        var bundle = BundleBuilder.Build(_model.Recipe);

        Assert.Equal(_model.OutputDirectory, bundle.Origin);
        Assert.Equal(TinyModel.Geometry, bundle.Manifest.Geometry);
        Assert.Equal(BundlePurpose.Demonstration, bundle.Manifest.Purpose);
        Assert.Equal(24, bundle.Manifest.Heads.Count);
        Assert.Equal((812, 813), (bundle.Manifest.Vocabulary.StartToken, bundle.Manifest.Vocabulary.EndToken));
        Assert.All(
            bundle.Manifest.Files.Where(file => file.Path.EndsWith(".onnx", StringComparison.Ordinal)),
            file =>
            {
                using var session = new InferenceSession(bundle.GetPhysicalPath(file.Path));
                Assert.NotEmpty(session.OutputMetadata);
            }
        );
    }

    [Fact]
    public void SameParts_GiveTheSameVersion()
    {
        var first = BundleBuilder.Build(_model.Recipe);
        var second = BundleBuilder.Build(_model.Recipe with { OutputDirectory = _model.OutputDirectory + "-again" });
        Assert.Equal(first.Digest, second.Digest);
    }

    [Fact]
    public void ExistingOutput_IsNotTouched()
    {
        Directory.CreateDirectory(_model.OutputDirectory);
        var kept = Path.Combine(_model.OutputDirectory, "kept.txt");
        File.WriteAllText(kept, "mine");

        var error = Assert.Throws<BundleException>(() => BundleBuilder.Build(_model.Recipe));

        Assert.Contains("exists already", error.Message, StringComparison.Ordinal);
        Assert.Equal("mine", File.ReadAllText(kept));
    }

    [Fact]
    public void HeadOfAnotherWidth_IsRefusedAndNothingIsLeft()
    {
        _model.WriteHead("linear-img", new HeadName(HeadKind.Linear, Modalities.Image, MixUp: false), 40);

        var error = Assert.Throws<BundleException>(() => BundleBuilder.Build(_model.Recipe));

        Assert.StartsWith(
            "linear-img.safetensors: head 'linear-img' takes 40 numbers, but image of this CLIP give 32",
            error.Message,
            StringComparison.Ordinal
        );
        Assert.Empty(Directory.EnumerateDirectories(_directory, ".*"));
        Assert.False(Directory.Exists(_model.OutputDirectory));
    }

    [Fact]
    public void HeadWithAForbiddenGlobal_IsRefusedByFileAndCause()
    {
        var pickle = new PickleBuilder().Global("os", "system").Mark().Text("touch /tmp/pwned").Op('t').Reduce();
        var path = Path.Combine(_model.HeadsDirectory, "mlp-img-txt.pth");
        File.WriteAllBytes(path, new ZipBuilder().Add("a/data.pkl", pickle.ToArray()).Add("a/data/0", new byte[16]).ToArray());

        var error = Assert.Throws<WeightsFormatException>(() => BundleBuilder.Build(_model.Recipe));

        Assert.Contains("mlp-img-txt.pth", error.Message, StringComparison.Ordinal);
        Assert.Contains("'os.system', which is not allowed", error.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_model.OutputDirectory));
    }

    [Fact]
    public void HeadOfLocationAlone_IsLeftOut()
    {
        _model.WriteHead("linear-loc", new HeadName(HeadKind.Linear, Modalities.Location, MixUp: false), 32);
        Assert.DoesNotContain(BundleBuilder.Build(_model.Recipe).Manifest.Heads, head => head.Name == "linear-loc");
    }

    [Fact]
    public void VocabularyThatIsTooShort_IsRefused()
    {
        var path = Path.Combine(_directory, "merges.txt");
        File.WriteAllLines(path, File.ReadLines(path).Take(100).ToArray());
        var error = Assert.Throws<BundleException>(() => BundleBuilder.Build(_model.Recipe));
        Assert.StartsWith("merges.txt does not fit these encoders", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void NotesBesideTheHeads_BecomeTheirMetricsAndThresholds()
    {
        File.WriteAllText(
            Path.Combine(_model.HeadsDirectory, HeadNotes.FileName),
            """{ "linear-txt": { "exactMatch": 0.25, "thresholds": [0.4] } }"""
        );
        var head = BundleBuilder.Build(_model.Recipe).Manifest.Heads.Single(head => head.Name == "linear-txt");
        Assert.Equal(new HeadMetrics(0.25, null, null), head.Metrics);
        Assert.Equal([0.4f], head.Thresholds);
    }

    [Fact]
    public void PublishedHead_BringsItsMetrics()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        foreach (var path in Directory.EnumerateFiles(ReferenceData.PathOf("heads"), "*.pth"))
        {
            var name = Path.GetFileNameWithoutExtension(path);
            var isKnown = PublishedHeads.TryGet(FileDigest.Compute(File.ReadAllBytes(path)), out var head);
            Assert.Equal(name != PublishedHeads.Useless, isKnown);
            Assert.Equal(isKnown ? name : null, head?.Name);
        }

        Assert.Equal(0.36045, PublishedHeads.All.Values.Max(head => head.Metrics.KaggleScore));
    }
}
