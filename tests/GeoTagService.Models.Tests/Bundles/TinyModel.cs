using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Weights;

namespace GeoTagService.Models.Tests.Bundles;

/// <summary>The parts of a bundle with untrained weights, in files, as a user would have them.</summary>
internal sealed class TinyModel
{
    private const int Merges = 300;
    private const int SmallestVocabulary = 514;
    private const int Hidden = 32;
    private const int Seed = 20240601;

    private readonly string _directory;

    /// <summary>Writes the parts into a directory.</summary>
    public TinyModel(string directory)
    {
        _directory = directory;
        new RandomClipWeights(Geometry, Seed).WriteSafetensors(WeightsPath);
        File.WriteAllText(Path.Combine(directory, "merges.txt"), LandscapeMerges.Write(Merges));
        Directory.CreateDirectory(HeadsDirectory);
        foreach (var head in PublishedHeads.All.Values)
        {
            WriteHead(head.Name, HeadName.Parse(head.Name), Geometry.EmbeddingDimension);
        }
    }

    public static BundleGeometry Geometry { get; } =
        new(
            EmbeddingDimension: 32,
            new VisionGeometry(ImageSize: 224, PatchSize: 32, Width: 64, Layers: 2, AttentionHeads: 1),
            new TextGeometry(ContextLength: 77, SmallestVocabulary + Merges, Width: 64, Layers: 2, AttentionHeads: 1)
        );

    public string WeightsPath => Path.Combine(_directory, "clip.safetensors");

    public string HeadsDirectory => Path.Combine(_directory, "heads");

    public string OutputDirectory => Path.Combine(_directory, "bundle");

    public BundleRecipe Recipe =>
        new()
        {
            Clip = new ClipWeightsFile(WeightsPath),
            VocabularyPath = Path.Combine(_directory, "merges.txt"),
            HeadsDirectory = HeadsDirectory,
            OutputDirectory = OutputDirectory,
            Name = "miniature",
            Version = "0.1.0",
            Purpose = BundlePurpose.Demonstration,
            Description = "Untrained weights in the final format: shows how the service works, its answers mean nothing.",
        };

    /// <summary>Writes a random head for embeddings of some length.</summary>
    public void WriteHead(string fileName, HeadName name, int embeddingDimension)
    {
        var inputs = HeadGraphWriter.InputWidth(name.Modalities, embeddingDimension);
        (string Prefix, int Outputs, int Inputs)[] layers =
            name.Kind == HeadKind.Linear
                ? [(string.Empty, HeadWeights.Tags, inputs)]
                : [("0.", Hidden, inputs), ("3.", HeadWeights.Tags, Hidden)];
        var tensors = layers
            .SelectMany(layer =>
                new[]
                {
                    new ArchivedTensor(layer.Prefix + "weight", "float32", [layer.Outputs, layer.Inputs]),
                    new ArchivedTensor(layer.Prefix + "bias", "float32", [layer.Outputs]),
                }
            )
            .ToList();
        using var writer = new SafetensorsWriter(Path.Combine(HeadsDirectory, fileName + ".safetensors"), tensors);
        var random = new Random(fileName.Aggregate(Seed, (sum, letter) => unchecked((sum * 31) + letter)));
        foreach (var tensor in tensors)
        {
            // Biases pull most tags below the threshold, as in trained heads.
            var centre = tensor.Shape.Count == 1 && tensor.Shape[0] == HeadWeights.Tags ? -1.5 : 0;
            var values = new float[tensor.Elements];
            for (var i = 0; i < values.Length; i++)
            {
                values[i] = (float)(centre + ((random.NextDouble() - 0.5) * 0.8));
            }

            writer.Write(tensor.Name, values);
        }
    }
}
