using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Graphs;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models build</c>: weights, vocabulary and heads to a verified bundle.</summary>
internal static class ModelsBuildCommand
{
    public static Command Create()
    {
        var clip = Required(
            "--clip",
            "FILE",
            "CLIP weights: OpenAI's .pt, Hugging Face's .bin, or .safetensors; a config.json beside them may state the attention heads."
        );
        var network = new Option<string?>("--photo-network")
        {
            Description = "A residual network for photographs (.safetensors) to put beside CLIP's photo tower, as in the miniature.",
            HelpName = "FILE",
        };
        var vocabulary = Required("--vocabulary", "FILE", "CLIP's merges, bpe_simple_vocab_16e6.txt.gz.");
        var heads = Required("--heads", "DIR", "Directory of the published heads (.pth, .safetensors or .onnx).");
        var target = Required("--output", "DIR", "Directory of the bundle, which must not exist yet.");
        var name = new Option<string?>("--name") { Description = "Name of the model. Default clip-vit-b32.", HelpName = "NAME" };
        var version = new Option<string?>("--bundle-version")
        {
            Description = "Semantic version of the bundle. Default 1.0.0.",
            HelpName = "VERSION",
        };
        var demonstration = new Option<bool>("--demonstration") { Description = "Mark its answers as not for use." };
        var precisions = new Option<string>("--precision")
        {
            Description = "Variants of the encoders, separated by commas: fp32, fp16 (for CUDA), int8 (for CPUs with VNNI). Default fp32.",
            HelpName = "LIST",
            DefaultValueFactory = _ => "fp32",
        };
        var skipCheck = new Option<bool>("--no-self-check")
        {
            Description = "Do not run the new encoders against a double-precision evaluation of the weights.",
        };

        var command = new Command("build", "Builds a bundle from weights on this machine.")
        {
            clip,
            network,
            vocabulary,
            heads,
            target,
            name,
            version,
            demonstration,
            precisions,
            skipCheck,
        };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            var recipe = new BundleRecipe
            {
                Clip = new ClipWeightsFile(Existing(parsed.GetRequiredValue(clip), File.Exists)),
                PhotoNetworkPath = parsed.GetValue(network) is { } path ? Existing(path, File.Exists) : null,
                VocabularyPath = Existing(parsed.GetRequiredValue(vocabulary), File.Exists),
                HeadsDirectory = Existing(parsed.GetRequiredValue(heads), Directory.Exists),
                OutputDirectory = parsed.GetRequiredValue(target),
                Precisions = ParsePrecisions(parsed.GetRequiredValue(precisions)),
                Purpose = parsed.GetValue(demonstration) ? BundlePurpose.Demonstration : BundlePurpose.Production,
            };
            recipe = parsed.GetValue(name) is { } given ? recipe with { Name = given } : recipe;
            recipe = parsed.GetValue(version) is { } number ? recipe with { Version = number } : recipe;

            var bundle = BundleBuilder.Build(recipe, new LineProgress(error));
            if (!parsed.GetValue(skipCheck))
            {
                Check(bundle, parsed.GetRequiredValue(clip), recipe.OutputDirectory, error);
            }

            error.WriteLine(
                $"geotag: {bundle.Manifest.Name} {bundle.Manifest.Version} with {bundle.Manifest.Heads.Count} heads is in {bundle.Origin}"
            );
            output.WriteLine(bundle.Digest);
            return ExitCode.Success;
        });
        return command;
    }

    /// <summary>Checks the new bundle; one that fails is removed, or the service would find it as any other.</summary>
    private static void Check(Bundle bundle, string weights, string directory, TextWriter error)
    {
        try
        {
            ConversionCheck.Run(bundle, weights, error);
        }
        catch (CommandFailureException)
        {
            Directory.Delete(directory, recursive: true);
            throw;
        }
    }

    private static Option<string> Required(string name, string value, string description) =>
        new(name)
        {
            Description = description,
            HelpName = value,
            Required = true,
        };

    private static ClipPrecision[] ParsePrecisions(string list) =>
        [
            .. list.Split(',', StringSplitOptions.TrimEntries)
                .Select(name =>
                    name switch
                    {
                        "fp32" => ClipPrecision.Fp32,
                        "fp16" => ClipPrecision.Fp16,
                        "int8" => ClipPrecision.Int8,
                        _ => throw new CommandFailureException(ExitCode.Usage, $"--precision: '{name}' is none of fp32, fp16, int8"),
                    }
                ),
        ];

    private static string Existing(string path, Func<string, bool> exists) =>
        exists(path) ? path : throw new CommandFailureException(ExitCode.Environment, $"{path}: there is no such file or directory");

    /// <summary>Reports on the caller's thread: <see cref="Progress{T}"/> would print out of order from the pool.</summary>
    private sealed class LineProgress(TextWriter error) : IProgress<string>
    {
        public void Report(string value) => error.WriteLine($"geotag: {value}");
    }
}
