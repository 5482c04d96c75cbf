using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Exchange;
using GeoTagService.Models.Weights;

namespace GeoTagService.Cli.Commands;

/// <summary>Parts of a bundle that can be exported.</summary>
internal enum ExportedPart
{
    /// <summary>The classification heads, as tensors.</summary>
    Heads,

    /// <summary>The encoders, as ONNX of standard operators with their configuration.</summary>
    Towers,
}

/// <summary><c>geotag models export</c>: a bundle's parts for other programs.</summary>
internal static class ModelsExportCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var target = new Option<string>("--output")
        {
            Description = "Directory to write into, which must not exist or be empty.",
            HelpName = "DIR",
            Required = true,
        };
        var parts = new Option<ExportedPart[]>("--part")
        {
            Description =
                "Heads (in heads/) or Towers (in onnx/, with config.json, preprocessor_config.json, tokenizer.json); may be repeated. Default both.",
            HelpName = "PART",
        };
        var formats = new Option<HeadFormat[]>("--format")
        {
            Description = "Pth (PyTorch state dicts, as published) or Safetensors, for the heads; may be repeated. Default Pth.",
            HelpName = "FORMAT",
        };
        var heads = new Option<string[]>("--head") { Description = "Only this head; may be repeated.", HelpName = "NAME" };
        var clip = new Option<string?>("--clip")
        {
            Description = "Weights that the bundle was made from, where it has no fp32 towers of its own.",
            HelpName = "FILE",
        };
        var command = new Command("export", "Writes a bundle's heads and towers for PyTorch, transformers.js and Optimum.")
        {
            bundle,
            target,
            parts,
            formats,
            heads,
            clip,
        };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var opened = BundleOption.Open(
                parsed.GetValue(bundle),
                ToolSettings.FromEnvironment().Tagging,
                parsed.InvocationConfiguration.Error
            );
            var directory = parsed.GetRequiredValue(target);
            if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any()))
            {
                throw new CommandFailureException(
                    ExitCode.Usage,
                    $"{directory} is there already and not empty; {target.Name} names another directory"
                );
            }

            var wanted = parsed.GetValue(parts) is { Length: > 0 } given ? given : Enum.GetValues<ExportedPart>();
            try
            {
                if (wanted.Contains(ExportedPart.Heads))
                {
                    var how = parsed.GetValue(formats) is { Length: > 0 } named ? named.Distinct().ToArray() : [HeadFormat.Pth];
                    Print(BundleExport.Heads(opened, Path.Combine(directory, "heads"), how, parsed.GetValue(heads) ?? []), output);
                }

                if (wanted.Contains(ExportedPart.Towers))
                {
                    using var weights = parsed.GetValue(clip) is { } path ? ClipWeights.Open(path) : null;
                    Print(BundleExport.Towers(opened, directory, weights), output);
                }
            }
            catch (Exception fault) when (fault is BundleException or WeightsFormatException or FileNotFoundException)
            {
                throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static void Print(IReadOnlyList<string> files, TextWriter output)
    {
        foreach (var file in files)
        {
            output.WriteLine(file);
        }
    }
}
