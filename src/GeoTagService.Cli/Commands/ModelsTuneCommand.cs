using System.CommandLine;
using GeoTagService.Bench.Tuning;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models tune</c>: the settings with which a bundle is fastest on this machine's CPU, by measurement.</summary>
internal static class ModelsTuneCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var rounds = RoundsOption.Create(standard: 5);
        var command = new Command("tune", "Measures how a bundle runs fastest on this machine's CPU, and prints the settings as environment variables.")
        {
            bundle, rounds,
        };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var settings = ToolSettings.FromEnvironment();
                var search = new CpuPlanSearch(
                    BundleOption.Open(parsed.GetValue(bundle), settings.Tagging, error),
                    settings.Onnx,
                    RoundsOption.Read(parsed, rounds),
                    (what, times) => TimesTable.Write(what + ": milliseconds an item", times, error));
                foreach (var variable in search.Run(cancellationToken).Variables)
                {
                    parsed.InvocationConfiguration.Output.WriteLine(variable);
                }

                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }
}
