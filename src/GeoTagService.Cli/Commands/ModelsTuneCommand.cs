using System.CommandLine;
using GeoTagService.Bench.Parts;
using GeoTagService.Bench.Tuning;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Onnx;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models tune</c>: the settings with which a bundle is fastest on this machine's card, or else its CPU, by
/// measurement.</summary>
internal static class ModelsTuneCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var rounds = RoundsOption.Create(standard: 5);
        var command = new Command(
            "tune",
            "Measures how a bundle runs fastest on this machine's card, where the settings let it use one, or else its CPU, and prints the settings as environment variables."
        )
        {
            bundle,
            rounds,
        };
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var error = parsed.InvocationConfiguration.Error;
                        var settings = ToolSettings.FromEnvironment();
                        var opened = BundleOption.Open(parsed.GetValue(bundle), settings.Tagging, error);
                        var turns = RoundsOption.Read(parsed, rounds);
                        void Report(string what, IReadOnlyList<VariantTimes> times) =>
                            TimesTable.Write(what + ": milliseconds an item", times, error);
                        IEnumerable<string> variables;
                        using (var search = CardPlanSearch.TryOpen(opened, settings.Onnx, turns, Report))
                        {
                            if (search is null && settings.Onnx.Accelerator != AcceleratorChoice.Cpu)
                            {
                                error.WriteLine(
                                    "geotag: no card can be used, so the CPU is measured; GeoTag__Onnx__Accelerator=cuda tells why"
                                );
                            }

                            variables = search is not null
                                ? search.Run(error, cancellationToken).Variables
                                : new CpuPlanSearch(opened, settings.Onnx, turns, Report).Run(cancellationToken).Variables;
                        }

                        foreach (var variable in variables)
                        {
                            parsed.InvocationConfiguration.Output.WriteLine(variable);
                        }

                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }
}
