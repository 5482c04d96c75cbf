using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models show</c>: what a bundle says of itself.</summary>
internal static class ModelsShowCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var json = new Option<bool>("--json") { Description = "Print the manifest, bundle.json." };
        var command = new Command("show", "Describes a bundle: provenance, geometry, heads and their measured quality.") { bundle, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var opened = BundleOption.Open(
                parsed.GetValue(bundle),
                ToolSettings.FromEnvironment().Tagging,
                parsed.InvocationConfiguration.Error
            );
            if (parsed.GetValue(json))
            {
                output.WriteLine(JsonSerializer.Serialize(opened.Manifest, BundleJson.Default.BundleManifest));
            }
            else
            {
                Describe(opened, output);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Describe(Bundle bundle, TextWriter output)
    {
        var manifest = bundle.Manifest;
        output.WriteLine($"name       {manifest.Name} {manifest.Version}");
        output.WriteLine(
            $"purpose    {(manifest.Purpose == BundlePurpose.Production ? "production" : "demonstration: its answers are not for use")}"
        );
        output.WriteLine($"digest     {bundle.Digest}");
        output.WriteLine($"origin     {bundle.Origin}");
        if (manifest.Description is { } description)
        {
            output.WriteLine($"about      {description}");
        }

        var (vision, text) = (manifest.Geometry.Vision, manifest.Geometry.Text);
        output.WriteLine(
            $"photos     {vision.ImageSize} px, patches of {vision.PatchSize}, width {vision.Width}, {vision.Layers} layers, {vision.AttentionHeads} attention heads"
        );
        output.WriteLine(
            $"titles     {text.ContextLength} tokens of {text.VocabularySize}, width {text.Width}, {text.Layers} layers, {text.AttentionHeads} attention heads"
        );
        output.WriteLine($"embedding  {manifest.Geometry.EmbeddingDimension}");
        foreach (var encoder in manifest.Encoders)
        {
            output.WriteLine($"encoder    {encoder.File} ({encoder.Precision}, {encoder.Graph})");
        }

        output.WriteLine();
        DescribeHeads(manifest.Heads, output);
        DescribePlaces(manifest, output);

        output.WriteLine();
        foreach (var source in manifest.Provenance)
        {
            output.WriteLine($"from       {source.What}: {source.Location ?? "unnamed"}, {source.Bytes} bytes, sha256 {source.Sha256}");
        }
    }

    private static void DescribePlaces(BundleManifest manifest, TextWriter output)
    {
        if (manifest.LocationEncoder is { } places)
        {
            output.WriteLine();
            output.WriteLine(
                $"places     {places.File}: {places.Dimension} numbers, learnt from {places.Photos} photos ({places.Data})"
                    + (places.LeftOut is { } leftOut ? $", without {leftOut}" : string.Empty)
            );
        }

        foreach (var head in manifest.Heads)
        {
            if (head.PlacePrior is { } prior)
            {
                var used = prior.Weights.Count(weight => weight > 0);
                output.WriteLine(
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"prior      {head.Name}: a place's log-odds with weights {prior.Weights.Min():0.00} to {prior.Weights.Max():0.00}, {prior.Weights.Average():0.00} in the mean, for {used} of {prior.Weights.Count} tags"
                    )
                );
            }
        }
    }

    /// <summary>Figures of one rule stand under each other only, and each line says on which photos they were taken.</summary>
    private static void DescribeHeads(IReadOnlyList<BundleHead> heads, TextWriter output)
    {
        var photos = heads.SelectMany(Rows).Where(row => row.Photos is not null).Select(row => row.Photos).Distinct().ToList();
        output.WriteLine($"{"", -26}{"thresholds alone", 22}{"with fallback", 22}{"rule not stated", 22}");
        output.WriteLine($"{"head", -26}{Columns}{Columns}{Columns}{"Kaggle", 9}{"photos", 8}");
        foreach (var head in heads)
        {
            foreach (var (name, metrics, set) in Rows(head))
            {
                var cells = new[] { (DecisionRule?)DecisionRule.Threshold, DecisionRule.Fallback, null }
                    .Select(rule => metrics.By(rule))
                    .Select(scores => $"{Figure(scores.ExactMatch, "0.0000"), 13}{Figure(scores.MacroF1, "0.0000"), 9}");
                output.WriteLine(
                    $"{name, -26}{string.Concat(cells)}{Figure(metrics.KaggleScore, "0.00000"), 9}{(set is null ? string.Empty : $"[{photos.IndexOf(set) + 1}]"), 8}"
                );
            }
        }

        for (var i = 0; i < photos.Count; i++)
        {
            output.WriteLine($"[{i + 1}] {photos[i]}");
        }
    }

    /// <summary>The head's own figures, then those on further photos.</summary>
    private static IEnumerable<(string Name, HeadMetrics Metrics, string? Photos)> Rows(BundleHead head)
    {
        yield return (
            head.Name,
            head.Metrics,
            head.Metrics is { ExactMatch: null, MacroF1: null } ? null : head.Metrics.Split ?? "photos that the bundle does not name"
        );
        foreach (var figures in head.Metrics.Further ?? [])
        {
            var metrics = new HeadMetrics(figures.ExactMatch, figures.MacroF1, null)
            {
                ExactMatchWithFallback = figures.ExactMatchWithFallback,
                MacroF1WithFallback = figures.MacroF1WithFallback,
                Rule = DecisionRule.Threshold,
            };
            yield return (string.Empty, metrics, figures.Split);
        }
    }

    private static string Columns => $"{"exact match", 13}{"macro F1", 9}";

    private static string Figure(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
