using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Weights;
using GeoTagService.Onnx;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Cli.Execution;

/// <summary>Runs every precision of a fresh bundle against the weights that it was converted from.</summary>
internal static class ConversionCheck
{
    /// <summary>Prints each comparison.</summary>
    /// <param name="bundle">The bundle.</param>
    /// <param name="weightsPath">The weights file.</param>
    /// <param name="error">Where to print.</param>
    /// <exception cref="CommandFailureException">One does not pass.</exception>
    public static void Run(Bundle bundle, string weightsPath, TextWriter error)
    {
        using var weights = ClipWeights.Open(weightsPath);
        foreach (var precision in bundle.Manifest.Encoders.Select(encoder => encoder.Precision).Distinct())
        {
            var options = new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                Precision = Enum.Parse<PrecisionChoice>(precision, ignoreCase: true),
            };
            var encoder = new OnnxClipEngine(options, NullLogger<OnnxClipEngine>.Instance).LoadEncoder(bundle);
            using var owned = encoder as IDisposable;
            foreach (var result in BundleSelfCheck.CompareWithWeights(encoder, bundle, weights))
            {
                error.WriteLine($"geotag: {result.What}, {precision}: differs by {result.Difference:E1}, allowed {result.Tolerance:E1}");
                if (!result.Passed)
                {
                    throw new CommandFailureException(
                        ExitCode.Environment, $"the {precision} {result.What} is wrong on this machine; the bundle in {bundle.Origin} is not for use");
                }
            }
        }
    }
}
