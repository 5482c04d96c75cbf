using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;
using GeoTagService.Testing;
using Microsoft.ML.OnnxRuntime;

namespace GeoTagService.Models.Tests.Graphs;

/// <summary>The published heads, converted, against the reference implementation's answers.</summary>
public sealed class GoldenHeadTests
{
    private const int Dimension = 512;

    [Fact]
    public void PublishedHeads_GiveTheReferencesProbabilitiesAndLabels()
    {
        Assert.SkipUnless(ReferenceData.IsAvailable, ReferenceData.SkipReason);
        using var index = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "heads.json")));
        var heads = index.RootElement.GetProperty("heads").EnumerateArray().ToList();
        Assert.Equal(25, heads.Count);
        foreach (var entry in heads)
        {
            Check(entry);
        }
    }

    private static void Check(JsonElement entry)
    {
        var file = entry.GetProperty("head").GetString()!;
        var head = HeadWeights.Read(ReferenceData.PathOf("heads", file));
        var x = NpyReader.ReadFloats(Golden("x"));
        var expectedProbabilities = NpyReader.ReadFloats(Golden("probs"));
        var expectedLogits = NpyReader.ReadFloats(Golden("logits"));
        using var session = new InferenceSession(HeadGraphWriter.Write(head, Dimension).ToBytes());

        var (logits, probabilities) = Run(session, head.Modalities, x);

        for (var row = 0; row < x.Shape[0]; row++)
        {
            for (var tag = 0; tag < HeadWeights.Tags; tag++)
            {
                var i = (row * HeadWeights.Tags) + tag;
                Assert.Equal(expectedProbabilities.Values[i], probabilities[i], 1e-6);

                // Rounding alone moves logits by this much between fp32 and fp64 (heads.json, fp32_vs_fp64_logit_max).
                Assert.Equal(expectedLogits.Values[i], logits[i], 1e-4);
            }

            Assert.Equal(
                Expected(entry.GetProperty("labels")[row]),
                Labels(probabilities.AsSpan(row * HeadWeights.Tags, HeadWeights.Tags))
            );
        }

        string Golden(string part) => ReferenceData.PathOf("golden", entry.GetProperty(part).GetString()!);
    }

    private static IEnumerable<int> Expected(JsonElement labels) => labels.EnumerateArray().Select(label => label.GetInt32());

    private static List<int> Labels(ReadOnlySpan<float> probabilities)
    {
        var labels = new List<int>();
        var best = 0;
        for (var tag = 0; tag < probabilities.Length; tag++)
        {
            best = probabilities[tag] > probabilities[best] ? tag : best;
            if (probabilities[tag] > 0.5f)
            {
                labels.Add(tag);
            }
        }

        return labels.Count > 0 ? labels : [best];
    }

    private static (float[] Logits, float[] Probabilities) Run(InferenceSession session, Modalities modalities, NpyArray<float> x)
    {
        var values = new List<OrtValue>();
        var names = session.InputMetadata.Keys.ToList();
        var start = 0;
        foreach (var name in names)
        {
            var width = name == "location" ? 2 : Dimension;
            var part = new float[x.Shape[0] * width];
            for (var row = 0; row < x.Shape[0]; row++)
            {
                x.Row(row).Slice(start, width).CopyTo(part.AsSpan(row * width));
            }

            values.Add(OrtValue.CreateTensorValueFromMemory(part, [x.Shape[0], width]));
            start += width;
        }

        Assert.Equal(x.Shape[1], start);
        Assert.Equal(HeadGraphWriter.InputWidth(modalities, Dimension), start);
        using var options = new RunOptions();
        using var results = session.Run(options, names, values, ["logits", "probabilities"]);
        values.ForEach(value => value.Dispose());
        return (results[0].GetTensorDataAsSpan<float>().ToArray(), results[1].GetTensorDataAsSpan<float>().ToArray());
    }
}
