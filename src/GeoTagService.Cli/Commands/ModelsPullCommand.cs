using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Graphs;
using GeoTagService.Models.Sources;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models pull</c>: the published model, fetched, verified, converted and checked.</summary>
internal static class ModelsPullCommand
{
    private const string WithoutNetwork =
        ". Behind a proxy, HTTPS_PROXY names it; without a network, --from takes a directory or a mirror that holds the files";

    public static Command Create()
    {
        var name = new Option<string?>("--bundle")
        {
            Description = "Which published model. Default, and the only one: clip-vit-b32.",
            HelpName = "NAME",
        };
        var target = new Option<string?>("--output")
        {
            Description = "Directory of the bundle. Default: under the models directory, where the service finds it.",
            HelpName = "DIR",
        };
        var from = new Option<string?>("--from")
        {
            Description = "A mirror's base address, or a directory of files fetched before, in place of the published homes.",
            HelpName = "URL|DIR",
        };
        var precision = new Option<string>("--precision")
        {
            Description = "Variants of the encoders to write, of fp32, fp16, int8. Default fp32.",
            HelpName = "LIST",
            DefaultValueFactory = _ => "fp32",
        };
        var keep = new Option<bool>("--keep-downloads") { Description = "Keep the fetched files beside the bundle." };
        var manifest = new Option<string?>("--sources")
        {
            Description = "A manifest of sources with other pins, in place of the built-in one.",
            HelpName = "FILE",
        };

        var command = new Command("pull", "Fetches the published model, verifies every byte, and makes a bundle of it.")
        {
            name,
            target,
            from,
            precision,
            keep,
            manifest,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var sources = ReadSources(parsed.GetValue(manifest));
                if (parsed.GetValue(name) is { } wanted && wanted != sources.Bundle)
                {
                    throw new CommandFailureException(ExitCode.Usage, $"no model '{wanted}' is published; there is {sources.Bundle}");
                }

                var options = new PullOptions
                {
                    OutputDirectory = parsed.GetValue(target) ?? DefaultOutput(sources.Bundle),
                    From = parsed.GetValue(from),
                    Precisions = ParsePrecisions(parsed.GetValue(precision)!),
                    KeepDownloads = parsed.GetValue(keep),
                    SelfCheck = (bundle, weights) => [.. ConversionCheck.Compare(bundle, weights)],
                };
                var pulled = await PullAsync(sources, options, error, cancellationToken).ConfigureAwait(false);
                Describe(pulled, error);
                parsed.InvocationConfiguration.Output.WriteLine(pulled.Directory);
                return ExitCode.Success;
            }
        );
        return command;
    }

    private static async Task<PulledBundle> PullAsync(
        SourceManifest sources,
        PullOptions options,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        using var client = BundlePuller.CreateClient();
        var puller = new BundlePuller(client, TimeProvider.System, sources, new TransferOptions());
        try
        {
            return await PullDisplay
                .ShowAsync(error, progress => puller.PullAsync(options, progress, cancellationToken))
                .ConfigureAwait(false);
        }
        catch (PullException fault)
        {
            // What no address gave has no cause of its own kind within.
            var hint = options.From is null && fault.InnerException is null ? WithoutNetwork : "";
            throw new CommandFailureException(ExitCode.Environment, fault.Message + hint, fault);
        }
    }

    private static void Describe(PulledBundle pulled, TextWriter error)
    {
        var manifest = pulled.Manifest;
        var variants = string.Join(", ", manifest.Encoders.Select(encoder => encoder.Precision).Distinct());
        error.WriteLine(
            pulled.WasThere
                ? $"geotag: {manifest.Name} {manifest.Version} ({variants}) is installed already in {pulled.Directory}"
                : $"geotag: installed {manifest.Name} {manifest.Version} ({variants}) with {manifest.Heads.Count} heads in {pulled.Directory}"
        );
        foreach (var result in pulled.SelfCheck)
        {
            error.WriteLine("geotag: " + ConversionCheck.Describe(result));
        }

        error.WriteLine(
            $"geotag: the service takes the newest bundle of the models directory; to name this one: GeoTag__Bundle={pulled.Directory}"
        );
    }

    private static string DefaultOutput(string bundle)
    {
        var models = BundleLocator.ModelsDirectory(ToolSettings.FromEnvironment().Tagging);
        return models.Length > 0
            ? Path.Combine(models, bundle)
            : throw new CommandFailureException(ExitCode.Usage, "this user has no models directory; say --output DIR");
    }

    private static SourceManifest ReadSources(string? path)
    {
        if (path is null)
        {
            return SourceManifest.Published();
        }

        try
        {
            using var stream = File.OpenRead(path);
            return SourceManifest.Parse(stream);
        }
        catch (PullException fault)
        {
            throw new CommandFailureException(ExitCode.Environment, $"{path}: {fault.Message}", fault);
        }
    }

    private static ClipPrecision[] ParsePrecisions(string list) =>
        [
            .. list.Split(',', StringSplitOptions.TrimEntries)
                .Distinct()
                .Select(word =>
                    word switch
                    {
                        "fp32" => ClipPrecision.Fp32,
                        "fp16" => ClipPrecision.Fp16,
                        "int8" => ClipPrecision.Int8,
                        _ => throw new CommandFailureException(
                            ExitCode.Usage,
                            $"there is no precision '{word}'; there are fp32, fp16, int8"
                        ),
                    }
                ),
        ];
}
