using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Weights;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models random</c>: a CLIP of a published geometry with random weights, to develop and measure with
/// where the real one is not at hand.</summary>
internal static class ModelsRandomCommand
{
    private static readonly Dictionary<string, BundleGeometry> Geometries = new(StringComparer.Ordinal)
    {
        ["vit-b-32"] = RandomClipWeights.VitB32,
        ["vit-b-16"] = new(512, new VisionGeometry(224, 16, 768, 12, 12), new TextGeometry(77, 49408, 512, 12, 8)),
        ["vit-l-14"] = new(768, new VisionGeometry(224, 14, 1024, 24, 16), new TextGeometry(77, 49408, 768, 12, 12)),
        ["tiny"] = new(32, new VisionGeometry(32, 16, 64, 2, 1), new TextGeometry(16, 514, 64, 2, 1)),
    };

    public static Command Create()
    {
        var target = new Option<string>("--output")
        {
            Description = "The .safetensors file; an existing one is replaced.",
            HelpName = "FILE",
            Required = true,
        };
        var geometry = new Option<string>("--geometry")
        {
            Description = $"One of {string.Join(", ", Geometries.Keys)}. Default vit-b-32.",
            HelpName = "NAME",
            DefaultValueFactory = _ => "vit-b-32",
        };
        var seed = new Option<int>("--seed")
        {
            Description = "The same seed gives the same file. Default 1.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var command = new Command(
            "random",
            "Writes random CLIP weights, for development and measurements: answers mean nothing, speed and size are real."
        )
        {
            target,
            geometry,
            seed,
        };
        command.SetAction(parsed =>
        {
            var name = parsed.GetRequiredValue(geometry);
            if (!Geometries.TryGetValue(name, out var sizes))
            {
                throw new CommandFailureException(ExitCode.Usage, $"--geometry: '{name}' is none of {string.Join(", ", Geometries.Keys)}");
            }

            var path = parsed.GetRequiredValue(target);
            using var weights = new RandomClipWeights(sizes, parsed.GetValue(seed));
            weights.WriteSafetensors(path);
            parsed.InvocationConfiguration.Output.WriteLine(path);
            return ExitCode.Success;
        });
        return command;
    }
}
