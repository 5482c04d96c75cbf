using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Models.Bundles;
using GeoTagService.Models.Sources;
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
        foreach (var result in Compare(bundle, weights))
        {
            error.WriteLine("geotag: " + Describe(result));
            if (!result.Passed)
            {
                throw new CommandFailureException(
                    ExitCode.Environment,
                    $"{result.What}: not what the weights give; the bundle was removed from {bundle.Origin}"
                );
            }
        }
    }

    /// <summary>Compares every precision with the weights, where they are given, and with the answers known of the real
    /// model, where it is that.</summary>
    public static IEnumerable<SelfCheckResult> Compare(Bundle bundle, IClipWeights? weights)
    {
        var reference = weights is null ? null : SelfCheckReference.Compute(weights, bundle.Manifest);
        foreach (var precision in bundle.Manifest.Encoders.Select(encoder => encoder.Precision).Distinct())
        {
            var options = new OnnxEncoderOptions
            {
                Accelerator = AcceleratorChoice.Cpu,
                Precision = Enum.Parse<PrecisionChoice>(precision, ignoreCase: true),
            };
            using var model = LoadedModel.Load(bundle, new OnnxClipEngine(options, NullLogger<OnnxClipEngine>.Instance));
            var results = reference is null ? [] : BundleSelfCheck.CompareWithWeights(model.Encoder, reference);
            if (IsPublished(bundle) && BundleSelfCheck.HasKnownAnswers(bundle))
            {
                results = [.. results, .. BundleSelfCheck.CompareWithKnownAnswers(model.Encoder, model.Tokenizer, model.Heads)];
            }

            foreach (var result in results)
            {
                yield return result with
                {
                    What = $"{result.What}, {precision}",
                };
            }
        }
    }

    /// <summary>Whether its encoders are OpenAI's: the published heads over other weights have no known answers.</summary>
    private static bool IsPublished(Bundle bundle)
    {
        var digests = bundle.Manifest.Provenance.Select(source => source.Sha256).ToHashSet(StringComparer.Ordinal);
        return SourceManifest.Published().Clip.Any(home => home.Files.All(file => digests.Contains(file.Sha256)));
    }

    /// <summary>A comparison in a few words.</summary>
    public static string Describe(SelfCheckResult result) =>
        $"{result.What}: differs by {result.Difference:E1}, allowed {result.Tolerance:E1}";
}
