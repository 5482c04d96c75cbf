using System.Text.Json.Nodes;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Bundles;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>The real model's answers to a known title, through the whole command: a bundle that says it was made from the
/// published files, and whose heads give these answers whatever the title, by their biases alone.</summary>
public sealed class ModelsVerifyKnownAnswersTests(TinyModel model) : IDisposable
{
    private const int EmbeddingDimension = 16;
    private const int HiddenUnits = 256;
    private const int AirTransport = 25;

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task RightAnswers_PassByBothHeads()
    {
        var bundle = await BuildAsync(answers => answers);

        var run = await GeotagRun.Of("models", "verify", "--bundle", bundle);

        run.Succeeds();
        Assert.Contains("'Heathrow Airport' by linear-txt", run.Error);
        Assert.Contains("'Heathrow Airport' by mlp-txt", run.Error);
    }

    [Fact]
    public async Task OneWrongProbability_IsNotTheRealModel()
    {
        var bundle = await BuildAsync(answers => [.. answers.Select((answer, tag) => tag == AirTransport ? answer - 0.02 : answer)]);

        (await GeotagRun.Of("models", "verify", "--bundle", bundle)).Fails(
            ExitCode.Environment,
            "'Heathrow Airport' by linear-txt",
            "not the real model's answer"
        );
    }

    [Fact]
    public async Task BundleOfOtherFiles_IsNotAsked()
    {
        var bundle = await BuildAsync(answers => answers, claimsPublished: false);

        var run = await GeotagRun.Of("models", "verify", "--bundle", bundle);

        run.Succeeds();
        Assert.DoesNotContain("Heathrow", run.Error);
    }

    private async Task<string> BuildAsync(Func<IReadOnlyList<double>, IReadOnlyList<double>> change, bool claimsPublished = true)
    {
        var heads = _directory.PathOf("heads");
        Directory.CreateDirectory(heads);
        foreach (var (name, answers) in KnownAnswers.Heads)
        {
            WriteHead(heads, name, change(answers));
        }

        var output = _directory.PathOf("bundle");
        (
            await GeotagRun.Of(
                "models",
                "build",
                "--clip",
                model.Weights,
                "--vocabulary",
                model.Vocabulary,
                "--heads",
                heads,
                "--output",
                output
            )
        ).Succeeds();
        if (claimsPublished)
        {
            ClaimPublishedSources(Path.Combine(output, BundleManifest.FileName));
        }

        return output;
    }

    /// <summary>A head whose logits are its last biases: all else is zero.</summary>
    private static void WriteHead(string directory, string name, IReadOnlyList<double> answers)
    {
        var (last, inputs) = name.StartsWith("mlp", StringComparison.Ordinal) ? ("3.", HiddenUnits) : ("", EmbeddingDimension);
        var tensors = new List<ArchivedTensor>
        {
            new(last + "weight", "float32", [answers.Count, inputs]),
            new(last + "bias", "float32", [answers.Count]),
        };
        if (last.Length > 0)
        {
            tensors.Add(new ArchivedTensor("0.weight", "float32", [HiddenUnits, EmbeddingDimension]));
            tensors.Add(new ArchivedTensor("0.bias", "float32", [HiddenUnits]));
        }

        using var writer = new SafetensorsWriter(Path.Combine(directory, name + ".safetensors"), tensors);
        foreach (var tensor in tensors)
        {
            writer.Write(
                tensor.Name,
                tensor.Name == last + "bias"
                    ? [.. answers.Select(answer => (float)Math.Log(answer / (1 - answer)))]
                    : new float[tensor.Elements]
            );
        }
    }

    /// <summary>Writes the digests of the published files into the provenance, in the place of what it was made from.</summary>
    private static void ClaimPublishedSources(string path)
    {
        var manifest = JsonNode.Parse(File.ReadAllBytes(path))!;
        string[] published =
        [
            KnownAnswers.TitleTowers.First(),
            .. KnownAnswers.Heads.Keys.Select(name => PublishedHeads.All.Single(head => head.Value.Name == name).Key),
        ];
        var sources = manifest["provenance"]!.AsArray();
        foreach (var digest in published)
        {
            var source = sources[0]!.DeepClone();
            source["sha256"] = digest;
            sources.Add(source);
        }

        File.WriteAllText(path, manifest.ToJsonString());
    }
}
