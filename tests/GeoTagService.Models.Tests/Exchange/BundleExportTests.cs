using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Titles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Exchange;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Tests.Bundles;
using GeoTagService.Models.Weights;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Models.Tests.Exchange;

/// <summary>What is exported gives what the bundle gives: read back here, and by other programs where they are installed.</summary>
public sealed class BundleExportTests : IDisposable
{
    private const float Tolerance = 1e-5f;
    private static readonly string[] Titles = ["Lighthouse, Start Point", "The old church's  gate (1893)", "Afon  Tywi - Llandeilo"];

    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-export-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(HeadFormat.Pth)]
    [InlineData(HeadFormat.Safetensors)]
    public void Heads_ComeBackBitForBit(HeadFormat format)
    {
        var model = new TinyModel(_directory);
        var bundle = BundleBuilder.Build(model.Recipe);

        var files = BundleExport.Heads(bundle, Path.Combine(_directory, "out"), [format], []);

        Assert.Equal(24, files.Count);
        foreach (var file in files)
        {
            var source = HeadWeights.Read(Path.Combine(model.HeadsDirectory, Path.GetFileNameWithoutExtension(file) + ".safetensors"));
            var exported = HeadWeights.Read(file);
            Assert.Equal((source.Kind, source.Modalities, source.MixUp), (exported.Kind, exported.Modalities, exported.MixUp));
            Assert.All(
                source.Layers.Zip(exported.Layers),
                pair =>
                {
                    Assert.Equal(pair.First.Weight, pair.Second.Weight);
                    Assert.Equal(pair.First.Bias, pair.Second.Bias);
                }
            );
        }

        var again = BundleExport.Heads(bundle, Path.Combine(_directory, "again"), [format], ["mlp-img-txt-loc"]);
        Assert.Equal(
            File.ReadAllBytes(Assert.Single(again)),
            File.ReadAllBytes(files.Single(file => Path.GetFileNameWithoutExtension(file) == "mlp-img-txt-loc"))
        );
        Assert.Contains(
            "'mlp-all'",
            Assert.Throws<BundleException>(() => BundleExport.Heads(bundle, _directory, [format], ["mlp-all"])).Message,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void HeadInSeveralForms_IsImportedOnce()
    {
        var model = new TinyModel(_directory);
        var first = BundleBuilder.Build(model.Recipe);
        BundleExport.Heads(first, model.HeadsDirectory, [HeadFormat.Pth], []);

        var second = BundleBuilder.Build(model.Recipe with { OutputDirectory = model.OutputDirectory + "-2" });

        Assert.Equal(24, second.Manifest.Heads.Count);
        Assert.All(
            second.Manifest.Provenance.Where(source => source.What.StartsWith("head ", StringComparison.Ordinal)),
            source => Assert.EndsWith(".pth", source.Location, StringComparison.Ordinal)
        );
    }

    [Fact]
    public void Towers_OfABundle_AreItsWeightsAgain()
    {
        var model = new TinyModel(_directory);
        var bundle = BundleBuilder.Build(model.Recipe with { Style = ClipGraphStyle.Fused });
        using var source = ClipWeights.Open(model.WeightsPath);
        using var weights = BundleClipWeights.Open(bundle);

        Assert.All(
            ClipTensorNames.Of(bundle.Manifest.Geometry),
            tensor =>
            {
                if (tensor.Name is "visual.class_embedding" or "visual.positional_embedding")
                {
                    return;
                }

                var (expected, read) = (source.Read(tensor.Name), weights.Read(tensor.Name));
                Assert.Equal(expected.Length, read.Length);
                for (var i = 0; i < read.Length; i++)
                {
                    Assert.Equal(expected[i], read[i], Math.Abs(expected[i]) * 1e-6f);
                }
            }
        );
        BundleExport.Towers(bundle, Path.Combine(_directory, "own"));
        BundleExport.Towers(bundle, Path.Combine(_directory, "given"), source);
        AssertSameAnswers(bundle, Path.Combine(_directory, "own"), tolerance: Tolerance);
        AssertSameAnswers(bundle, Path.Combine(_directory, "given"), tolerance: Tolerance);
    }

    [Fact]
    public void Towers_OfTheMiniature_AreStandardOperatorsThatGiveTheSame()
    {
        var bundle = BundleReader.OpenEmbedded();

        var files = BundleExport.Towers(bundle, _directory);

        Assert.All(files, file => Assert.True(new FileInfo(file).Length > 0));
        foreach (var name in new[] { "vision_model", "text_model" })
        {
            using var stream = File.OpenRead(Path.Combine(_directory, "onnx", name + ".onnx"));
            Assert.Equal([(string.Empty, 18)], OperatorSets(stream));
        }

        AssertSameAnswers(bundle, _directory, Tolerance);
    }

    [Fact]
    public void Bundle_WithoutFp32Towers_AsksForTheWeights()
    {
        var model = new TinyModel(_directory);
        var bundle = BundleBuilder.Build(model.Recipe with { Precisions = [ClipPrecision.Int8] });

        Assert.Contains(
            "no towers in fp32",
            Assert.Throws<BundleException>(() => BundleExport.Towers(bundle, Path.Combine(_directory, "out"))).Message,
            StringComparison.Ordinal
        );
        using var weights = ClipWeights.Open(model.WeightsPath);
        Assert.Equal(6, BundleExport.Towers(bundle, Path.Combine(_directory, "out"), weights).Count);
    }

    [Fact]
    public void Heads_InPyTorch_GiveTheSameProbabilities()
    {
        Assert.SkipWhen(OtherPrograms.PyTorch is null, OtherPrograms.NoPyTorch);
        var bundle = BundleReader.OpenEmbedded();
        var files = BundleExport.Heads(bundle, Path.Combine(_directory, "heads"), [HeadFormat.Pth], []);
        var random = new Random(2);
        var x = Enumerable.Range(0, 5 * 194).Select(_ => (random.NextSingle() * 4) - 2).ToArray();
        var input = Path.Combine(_directory, "x.bin");
        File.WriteAllBytes(input, MemoryMarshal.AsBytes(x.AsSpan()).ToArray());
        var script = Path.Combine(_directory, "load.py");
        File.WriteAllText(
            script,
            """
            import sys, numpy as np, torch
            rows = torch.from_numpy(np.fromfile(sys.argv[1], dtype="<f4").reshape(5, -1))
            for path in sys.argv[2:]:
                state = torch.load(path)
                if "weight" in state:
                    model = torch.nn.Linear(state["weight"].shape[1], 49)
                else:
                    hidden, inputs = state["0.weight"].shape
                    model = torch.nn.Sequential(torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Dropout(0.5), torch.nn.Linear(hidden, 49))
                model.load_state_dict(state, strict=True)
                model.eval()
                inputs = next(model.parameters()).shape[1]
                with torch.no_grad():
                    print(" ".join(f"{p:.9e}" for p in torch.sigmoid(model(rows[:, :inputs])).flatten()))
            """
        );

        var lines = OtherPrograms
            .Output(OtherPrograms.PyTorch, [script, input, .. files])
            .Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(files.Count, lines.Length);
        for (var i = 0; i < files.Count; i++)
        {
            var theirs = lines[i].Split(' ').Select(p => float.Parse(p, CultureInfo.InvariantCulture)).ToArray();
            var ours = Probabilities(bundle, Path.GetFileNameWithoutExtension(files[i]), x);
            Assert.All(ours.Zip(theirs), pair => Assert.Equal(pair.First, pair.Second, 1e-6f));
        }
    }

    [Fact]
    public void Towers_InTransformersJs_GiveTheSame()
    {
        Assert.SkipWhen(OtherPrograms.Transformers is null, OtherPrograms.NoTransformers);
        var bundle = BundleReader.OpenEmbedded();
        BundleExport.Towers(bundle, _directory);
        var pixels = Pixels(bundle);
        File.WriteAllBytes(Path.Combine(_directory, "pixels.bin"), MemoryMarshal.AsBytes(pixels.AsSpan()).ToArray());
        File.WriteAllText(Path.Combine(_directory, "titles.json"), JsonSerializer.Serialize(Titles));

        using var answer = JsonDocument.Parse(
            OtherPrograms.Output(
                "node",
                Path.Combine(OtherPrograms.Transformers!, "check-export.js"),
                _directory,
                Path.Combine(_directory, "titles.json"),
                Path.Combine(_directory, "pixels.bin")
            )
        );

        var root = answer.RootElement;
        var tokenizer = Tokenizer(bundle);
        for (var i = 0; i < Titles.Length; i++)
        {
            var ids = Ids(tokenizer, Titles[i]);
            Assert.Equal(ids, root.GetProperty("tokens")[i].EnumerateArray().Select(id => id.GetInt64()));
            AssertClose(Embed(bundle, EncoderTower.Text, ids, pixels), Numbers(root.GetProperty("titleEmbeddings")[i]), Tolerance);
        }

        var photo = Embed(bundle, EncoderTower.Vision, [], pixels);
        AssertClose(photo, Numbers(root.GetProperty("photoEmbedding")), Tolerance);
        AssertClose(photo, Numbers(root.GetProperty("bareEmbedding")), Tolerance);
        var (mean, std) = (bundle.Manifest.Preprocessing.Mean, bundle.Manifest.Preprocessing.Std);
        AssertClose(
            [.. mean.Zip(std, (m, s) => ((128 / 255f) - m) / s)],
            Numbers(root.GetProperty("grey").GetProperty("values")),
            Tolerance
        );
    }

    private static void AssertSameAnswers(Bundle bundle, string exported, float tolerance)
    {
        var pixels = Pixels(bundle);
        AssertClose(
            Embed(bundle, EncoderTower.Vision, [], pixels),
            Run(Path.Combine(exported, "onnx", "vision_model.onnx"), Photo(bundle, pixels)),
            tolerance
        );
        foreach (var title in Titles)
        {
            var ids = Ids(Tokenizer(bundle), title);
            AssertClose(
                Embed(bundle, EncoderTower.Text, ids, pixels),
                Run(Path.Combine(exported, "onnx", "text_model.onnx"), Title(ids)),
                tolerance
            );
        }
    }

    private static float[] Embed(Bundle bundle, EncoderTower tower, long[] ids, float[] pixels)
    {
        var file = bundle.Manifest.Encoders.Single(encoder => encoder.Tower == tower && encoder.Precision == "fp32").File;
        using var session = bundle.GetPhysicalPath(file) is { } path
            ? new InferenceSession(path)
            : new InferenceSession(bundle.ReadAllBytes(file));
        return Run(session, tower == EncoderTower.Text ? Title(ids) : Photo(bundle, pixels));
    }

    private static float[] Run(string path, NamedOnnxValue input)
    {
        using var session = new InferenceSession(path);
        return Run(session, input);
    }

    private static float[] Run(InferenceSession session, NamedOnnxValue input)
    {
        using var outputs = session.Run([input]);
        return outputs[0].AsEnumerable<float>().ToArray();
    }

    private static NamedOnnxValue Photo(Bundle bundle, float[] pixels)
    {
        var size = bundle.Manifest.Geometry.Vision.ImageSize;
        return NamedOnnxValue.CreateFromTensor("pixel_values", new DenseTensor<float>(pixels, [1, 3, size, size]));
    }

    private static NamedOnnxValue Title(long[] ids) =>
        NamedOnnxValue.CreateFromTensor("input_ids", new DenseTensor<long>(ids, [1, ids.Length]));

    private static float[] Probabilities(Bundle bundle, string name, float[] x)
    {
        var head = bundle.Manifest.Heads.Single(head => head.Name == name);
        var width = x.Length / 5;
        var dimension = bundle.Manifest.Geometry.EmbeddingDimension;
        var inputs = new List<NamedOnnxValue>();
        var at = 0;
        foreach (
            var (part, input, columns) in new[]
            {
                (Modalities.Image, "image_embeds", dimension),
                (Modalities.Title, "text_embeds", dimension),
                (Modalities.Location, "location", 2),
            }
        )
        {
            if (head.Modalities.HasFlag(part))
            {
                var start = at;
                var values = Enumerable.Range(0, 5).SelectMany(row => x.AsSpan((row * width) + start, columns).ToArray()).ToArray();
                inputs.Add(NamedOnnxValue.CreateFromTensor(input, new DenseTensor<float>(values, [5, columns])));
                at += columns;
            }
        }

        using var session = new InferenceSession(bundle.ReadAllBytes(head.File));
        using var outputs = session.Run(inputs, ["probabilities"]);
        return outputs[0].AsEnumerable<float>().ToArray();
    }

    private static ClipTokenizer Tokenizer(Bundle bundle)
    {
        using var merges = bundle.OpenRead(bundle.Manifest.Vocabulary.File);
        var text = bundle.Manifest.Geometry.Text;
        return ClipTokenizer.Load(merges, text.VocabularySize, text.ContextLength);
    }

    private static long[] Ids(ClipTokenizer tokenizer, string title) => [.. tokenizer.Encode(title).Ids.ToArray().Select(id => (long)id)];

    private static float[] Pixels(Bundle bundle)
    {
        var size = bundle.Manifest.Geometry.Vision.ImageSize;
        var random = new Random(4);
        return [.. Enumerable.Range(0, 3 * size * size).Select(_ => (random.NextSingle() * 4) - 2)];
    }

    private static float[] Numbers(JsonElement list) => [.. list.EnumerateArray().Select(number => number.GetSingle())];

    private static void AssertClose(float[] expected, float[] actual, float tolerance)
    {
        Assert.Equal(expected.Length, actual.Length);
        var scale = Math.Max(1, expected.Max(Math.Abs));
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, tolerance * scale));
    }

    /// <summary>ModelProto: opset_import = 8 with domain = 1 and version = 2.</summary>
    private static List<(string Domain, long Version)> OperatorSets(Stream stream)
    {
        var sets = new List<(string, long)>();
        var model = new ProtobufReader(stream, stream.Length);
        while (model.Next(out var field))
        {
            if (field != 8)
            {
                model.Skip();
                continue;
            }

            var (domain, version) = (string.Empty, 0L);
            var set = model.Message();
            while (set.Next(out var part))
            {
                if (part == 1)
                {
                    domain = set.Text();
                }
                else
                {
                    version = set.Number();
                }
            }

            sets.Add((domain, version));
        }

        return sets;
    }
}
