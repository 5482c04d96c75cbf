using System.Text.Json.Nodes;
using CsCheck;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Bundles;

public sealed class BundleReaderTests : IDisposable
{
    private readonly BundleCopy _copy = new();

    public void Dispose() => _copy.Dispose();

    [Fact]
    public void EmbeddedBundle_IsValidAndSaysThatItIsADemonstration()
    {
        var bundle = BundleReader.OpenEmbedded();
        Assert.Equal("embedded", bundle.Origin);
        Assert.Equal("miniature", bundle.Manifest.Name);
        Assert.Equal(BundlePurpose.Demonstration, bundle.Manifest.Purpose);
        Assert.Equal(TagCatalog.CompetitionColumns, bundle.Manifest.Tags);
        Assert.Equal(24, bundle.Manifest.Heads.Count);
        Assert.True(bundle.Manifest.Files.Sum(file => file.Bytes) <= 12_000_000);
    }

    [Fact]
    public void SameBundleInADirectory_HasTheSameVersionAndBytes()
    {
        var (embedded, directory) = (BundleReader.OpenEmbedded(), BundleReader.OpenDirectory(_copy.Directory));
        Assert.Equal(embedded.Digest, directory.Digest);
        Assert.Equal(_copy.Directory, directory.Origin);
        var file = embedded.Manifest.Encoders[0].File;
        Assert.Null(embedded.GetPhysicalPath(file));
        Assert.Equal(_copy.PathOf(file), directory.GetPhysicalPath(file));
        Assert.Equal(embedded.ReadAllBytes(file), directory.ReadAllBytes(file));
    }

    [Fact]
    public void FileThatIsReplaced_IsReadAsItWasVerified()
    {
        var bundle = BundleReader.OpenDirectory(_copy.Directory);
        var verified = File.ReadAllBytes(_copy.PathOf("vision.onnx"));
        File.WriteAllText(_copy.PathOf("other"), "something else");
        File.Move(_copy.PathOf("other"), _copy.PathOf("vision.onnx"), overwrite: true);

        Assert.Equal(verified, bundle.ReadAllBytes("vision.onnx"));
        bundle.CloseFiles();
        Assert.Contains(
            "vision.onnx was changed after it was verified",
            Assert.Throws<BundleException>(() => bundle.ReadAllBytes("vision.onnx")).Message,
            StringComparison.Ordinal
        );
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FileThatIsChangedInPlace_IsRefusedWhenItIsRead(bool truncated)
    {
        var bundle = BundleReader.OpenDirectory(_copy.Directory);
        using (var file = new FileStream(_copy.PathOf("text.onnx"), FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = 1000;
            file.WriteByte((byte)(file.ReadByte() + 1));
            file.SetLength(truncated ? 2000 : file.Length);
        }

        Assert.Contains(
            "text.onnx was changed after it was verified",
            Assert.Throws<BundleException>(() => bundle.ReadAllBytes("text.onnx")).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void FileThatIsNotListed_IsNeverOpened() =>
        Assert.Throws<ArgumentException>(() => BundleReader.OpenDirectory(_copy.Directory).OpenRead("bundle.json"));

    [Fact]
    public void MemberFromALaterMinorVersion_IsPassedOver()
    {
        _copy.EditManifest(manifest => manifest["futureMember"] = "x");
        Assert.Equal("miniature", BundleReader.OpenDirectory(_copy.Directory).Manifest.Name);
    }

    [Fact]
    public void NoDirectory_IsRefused() => AssertRefused("there is no such directory", Path.Combine(_copy.Root, "elsewhere"));

    [Fact]
    public void NoManifest_IsRefused()
    {
        File.Delete(_copy.PathOf("bundle.json"));
        AssertRefused("bundle.json is missing");
    }

    [Fact]
    public void MissingFile_IsRefused()
    {
        File.Delete(_copy.PathOf("heads/linear-img.onnx"));
        AssertRefused("heads/linear-img.onnx is missing");
    }

    [Fact]
    public void FlippedByte_IsRefused()
    {
        var bytes = File.ReadAllBytes(_copy.PathOf("text.onnx"));
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(_copy.PathOf("text.onnx"), bytes);
        AssertRefused("text.onnx has SHA-256 ");
        AssertRefused("it was changed");
    }

    [Fact]
    public void TruncatedOnnx_IsRefused()
    {
        var bytes = File.ReadAllBytes(_copy.PathOf("vision.onnx"));
        File.WriteAllBytes(_copy.PathOf("vision.onnx"), bytes[..1000]);
        AssertRefused($"vision.onnx is 1000 bytes, bundle.json says {bytes.Length}: it was truncated");
    }

    [Fact]
    public void OnnxTruncatedBeforeItsDigestWasTaken_IsRefused()
    {
        _copy.ReplaceConsistently("vision.onnx", File.ReadAllBytes(_copy.PathOf("vision.onnx"))[..1000]);
        AssertRefused("vision.onnx: it is not a whole ONNX file");
    }

    [Fact]
    public void OnnxOfAnotherTower_IsRefused()
    {
        _copy.ReplaceConsistently("vision.onnx", File.ReadAllBytes(_copy.PathOf("text.onnx")));
        AssertRefused("vision.onnx takes input_ids [n, n], but bundle.json asks for pixel_values [n, 3, 224, 224]");
    }

    [Fact]
    public void HeadGraphThatTakesOtherInputs_IsRefused()
    {
        _copy.ReplaceConsistently("heads/linear-img.onnx", File.ReadAllBytes(_copy.PathOf("heads/linear-txt.onnx")));
        AssertRefused("heads/linear-img.onnx takes text_embeds");
    }

    [Theory]
    [InlineData("2", "bundle.json has schema version 2, this program reads version 1")]
    [InlineData("\"one\"", "bundle.json has schema version \"one\", this program reads version 1")]
    [InlineData("1e99", "bundle.json has schema version 1e99, this program reads version 1")]
    public void UnknownSchemaVersion_IsRefused(string version, string message)
    {
        _copy.EditManifest(manifest => manifest["schemaVersion"] = JsonNode.Parse(version));
        AssertRefused(message);
    }

    [Fact]
    public void HeadWhoseWidthDoesNotFit_IsRefused()
    {
        _copy.EditManifest(manifest => manifest["heads"]![0]!["inputs"] = 514);
        var name = BundleReader.OpenEmbedded().Manifest.Heads[0].Name;
        AssertRefused($"head '{name}' takes 514 numbers, but image of these encoders give");
    }

    [Theory]
    [InlineData("../secret.onnx")]
    [InlineData("/etc/passwd")]
    [InlineData("heads/../../x")]
    [InlineData("C:/x")]
    [InlineData("heads\\x")]
    [InlineData("")]
    public void PathThatLeadsOut_IsRefused(string path)
    {
        _copy.EditManifest(manifest => manifest["files"]![0]!["path"] = path);
        AssertRefused($"the path '{path}' leads out of the bundle");
    }

    [Fact]
    public void MissingMember_IsNamed()
    {
        _copy.EditManifest(manifest => manifest.AsObject().Remove("vocabulary"));
        AssertRefused("'vocabulary'");
    }

    [Fact]
    public void OtherDisagreements_AreRefused()
    {
        (Action<JsonNode> Edit, string Message)[] cases =
        [
            (m => m["name"] = "../x", "the name '../x'"),
            (m => m["version"] = "new", "'new' is not a semantic version"),
            (m => m["tags"]![3] = "tag4711", "the tag 'tag4711' is not in the catalogue"),
            (m => m["tags"]!.AsArray().RemoveAt(0), "it has 48 tags, the catalogue has 49"),
            (m => (m["tags"]![0], m["tags"]![1]) = ("tag787", "tag479"), "is in row 0, the catalogue has it in 1"),
            (m => m["encoders"]!.AsArray().RemoveAt(1), "it has no Text encoder"),
            (m => m["encoders"]![0]!["precision"] = "fp8", "the precision 'fp8' is none of fp32, fp16, int8"),
            (m => m["encoders"]![0]!["file"] = "other.onnx", "'other.onnx', which is not among the files"),
            (m => m["heads"] = new JsonArray(), "it has no head"),
            (m => m["heads"]![1]!["name"] = (string?)m["heads"]![0]!["name"], "is empty, reserved or taken"),
            (m => m["heads"]![0]!["thresholds"] = new JsonArray(0.5, 0.5), "needs 1 or 49 thresholds between 0 and 1"),
            (m => m["heads"]![0]!["thresholds"] = new JsonArray(1.5), "needs 1 or 49 thresholds between 0 and 1"),
            (m => m["vocabulary"]!["endToken"] = 1_000_000, "are not two of"),
            (m => m["preprocessing"]!["std"] = new JsonArray(0, 1, 1), "three positive standard deviations"),
            (m => m["geometry"]!["vision"]!["layers"] = 0, "the geometry's vision.layers is 0"),
            (m => m["purpose"] = "toy", "bundle.json is not a valid manifest"),
            (m => m["files"]![0]!["sha256"] = "abc", "is not 64 lower-case hexadecimal digits"),
        ];
        foreach (var (edit, message) in cases)
        {
            using var copy = new BundleCopy();
            copy.EditManifest(edit);
            AssertRefused(message, copy.Directory);
        }
    }

    [Fact]
    public void AnyDamagedManifest_IsRefusedOrEqual()
    {
        var bytes = File.ReadAllBytes(_copy.PathOf("bundle.json"));
        Gen.Select(Gen.Int[0, bytes.Length - 1], Gen.Byte)
            .Sample(
                (position, value) =>
                {
                    var damaged = bytes.ToArray();
                    damaged[position] = value;
                    File.WriteAllBytes(_copy.PathOf("bundle.json"), damaged);
                    try
                    {
                        BundleReader.OpenDirectory(_copy.Directory);
                    }
                    catch (BundleException)
                    {
                        // Refused with a reason, never another exception.
                    }
                },
                iter: 100,
                threads: 1
            );
    }

    private void AssertRefused(string message, string? directory = null)
    {
        var error = Assert.Throws<BundleException>(() => BundleReader.OpenDirectory(directory ?? _copy.Directory));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
        Assert.StartsWith($"bundle {directory ?? _copy.Directory}: ", error.Message, StringComparison.Ordinal);
    }
}
