using System.CommandLine;
using System.Text.Json.Serialization;
using GeoTagService.Bench.Parts;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag bench encoder</c> and <c>geotag bench stages</c>: the parts of a request in this process.</summary>
internal static class BenchPartsCommands
{
    public static Command CreateEncoder() =>
        Create(
            "encoder",
            "Times the bare encoders over batch sizes, threads and sessions.",
            (directory, rounds, error, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var settings = ToolSettings.FromEnvironment();
                        return EncoderBench.Run(
                            BundleOption.Open(directory, settings.Tagging, error),
                            settings.Onnx,
                            rounds,
                            cancellationToken
                        );
                    },
                    cancellationToken
                )
        );

    public static Command CreateDecode() =>
        Create(
            "decode",
            "Times decoding, resizing and cropping on one core and on more: what a card has to wait for.",
            (directory, rounds, error, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var settings = ToolSettings.FromEnvironment();
                        var size = BundleOption.Open(directory, settings.Tagging, error).Manifest.Geometry.Vision.ImageSize;
                        return DecodeBench.Run(size, rounds, cancellationToken);
                    },
                    cancellationToken
                )
        );

    public static Command CreateStages() =>
        Create(
            "stages",
            "Times the stages of one lone request.",
            async (directory, rounds, error, cancellationToken) =>
            {
                var session = await TaggerSession.OpenAsync(directory, error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    return await Task.Run(() => StageBench.Run(session.Tagger, rounds, cancellationToken), cancellationToken)
                        .ConfigureAwait(false);
                }
            }
        );

    private static Command Create(
        string name,
        string description,
        Func<string?, int, TextWriter, CancellationToken, Task<IReadOnlyList<VariantTimes>>> measure
    )
    {
        var bundle = BundleOption.Create();
        var rounds = RoundsOption.Create(standard: 20);
        var json = ReportFileOption.Create("--json", "Write the times as JSON.");
        var command = new Command(name, description) { bundle, rounds, json };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var times = await measure(
                        parsed.GetValue(bundle),
                        RoundsOption.Read(parsed, rounds),
                        parsed.InvocationConfiguration.Error,
                        cancellationToken
                    )
                    .ConfigureAwait(false);
                TimesTable.Write("milliseconds an item", times, parsed.InvocationConfiguration.Output);
                await ReportFileOption
                    .WriteAsync(parsed.GetValue(json), times, PartsJson.Default.IReadOnlyListVariantTimes, cancellationToken)
                    .ConfigureAwait(false);
                return ExitCode.Success;
            }
        );
        return command;
    }
}

/// <summary>How times become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(IReadOnlyList<VariantTimes>))]
internal sealed partial class PartsJson : JsonSerializerContext;
