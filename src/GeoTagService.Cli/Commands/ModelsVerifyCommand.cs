using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Models.Bundles;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models verify</c>: every check that the service makes at start.</summary>
internal static class ModelsVerifyCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var command = new Command("verify", "Checks a bundle's manifest, files and digests, and the real model's answers to a known title; prints its digest.") { bundle };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            var opened = BundleOption.Open(parsed.GetValue(bundle), ToolSettings.FromEnvironment().Tagging, error);
            var manifest = opened.Manifest;
            error.WriteLine(
                $"geotag: {manifest.Name} {manifest.Version} in {opened.Origin} is whole: "
                + $"{manifest.Files.Count} files, {manifest.Files.Sum(file => file.Bytes)} bytes");
            if (BundleSelfCheck.HasKnownAnswers(opened))
            {
                foreach (var result in ConversionCheck.Compare(opened, weights: null))
                {
                    error.WriteLine("geotag: " + ConversionCheck.Describe(result));
                    if (!result.Passed)
                    {
                        throw new CommandFailureException(
                            ExitCode.Environment, $"{result.What}: not the real model's answer; the bundle is not for use on this machine");
                    }
                }
            }

            output.WriteLine(opened.Digest);
            return ExitCode.Success;
        });
        return command;
    }
}
