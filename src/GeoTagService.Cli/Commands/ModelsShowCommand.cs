using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;

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
                parsed.GetValue(bundle), ToolSettings.FromEnvironment().Tagging, parsed.InvocationConfiguration.Error);
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
        output.WriteLine($"purpose    {(manifest.Purpose == BundlePurpose.Production ? "production" : "demonstration: its answers are not for use")}");
        output.WriteLine($"digest     {bundle.Digest}");
        output.WriteLine($"origin     {bundle.Origin}");
        if (manifest.Description is { } description)
        {
            output.WriteLine($"about      {description}");
        }

        var (vision, text) = (manifest.Geometry.Vision, manifest.Geometry.Text);
        output.WriteLine($"photos     {vision.ImageSize} px, patches of {vision.PatchSize}, width {vision.Width}, {vision.Layers} layers, {vision.AttentionHeads} attention heads");
        output.WriteLine($"titles     {text.ContextLength} tokens of {text.VocabularySize}, width {text.Width}, {text.Layers} layers, {text.AttentionHeads} attention heads");
        output.WriteLine($"embedding  {manifest.Geometry.EmbeddingDimension}");
        foreach (var encoder in manifest.Encoders)
        {
            output.WriteLine($"encoder    {encoder.File} ({encoder.Precision}, {encoder.Graph})");
        }

        output.WriteLine();
        output.WriteLine($"{"head",-28}{"exact match",12}{"macro F1",10}{"Kaggle",9}");
        foreach (var head in manifest.Heads)
        {
            var (exact, f1, kaggle) = (head.Metrics.ExactMatch, head.Metrics.MacroF1, head.Metrics.KaggleScore);
            output.WriteLine($"{head.Name,-28}{Figure(exact, "0.0000"),12}{Figure(f1, "0.0000"),10}{Figure(kaggle, "0.00000"),9}");
        }

        output.WriteLine();
        foreach (var source in manifest.Provenance)
        {
            output.WriteLine($"from       {source.What}: {source.Location ?? "unnamed"}, {source.Bytes} bytes, sha256 {source.Sha256}");
        }
    }

    private static string Figure(double? value, string format) => value?.ToString(format, CultureInfo.InvariantCulture) ?? "–";
}
