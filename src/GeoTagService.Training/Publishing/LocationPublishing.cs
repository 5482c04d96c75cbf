using System.Numerics;
using System.Text.Json;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Bundles;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Places;

namespace GeoTagService.Training.Publishing;

/// <summary>Adds a location encoder to a bundle, as a new bundle: a bundle is never changed.</summary>
public static class LocationPublishing
{
    private const string EncoderFile = "places/encoder.onnx";
    private const string SquaresFile = "places/squares.csv";

    /// <summary>Writes the new bundle; an encoder that the source has is replaced.</summary>
    /// <param name="source">The bundle to start from.</param>
    /// <param name="training">The encoder.</param>
    /// <param name="recipe">How it was trained.</param>
    /// <param name="photos">What it learnt from.</param>
    /// <param name="data">What that was, in words.</param>
    /// <param name="output">Directory of the new bundle, which must not exist or be empty.</param>
    /// <param name="leftOut">Squares whose photos it did not learn from, or null.</param>
    /// <returns>The new bundle, verified.</returns>
    /// <exception cref="BundleException">The output exists, or a head has a prior that was fitted with the encoder that it has.</exception>
    public static Bundle Add(
        Bundle source,
        LocationTraining training,
        LocationEncoderRecipe recipe,
        PlacedLabels photos,
        string data,
        string output,
        HeldOutSquares? leftOut = null
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(training);
        ArgumentNullException.ThrowIfNull(recipe);
        ArgumentNullException.ThrowIfNull(photos);
        if (source.Manifest.Heads.FirstOrDefault(head => head.PlacePrior is not null) is { } fitted)
        {
            throw new BundleException(
                $"head '{fitted.Name}' has a place prior that was fitted with the location encoder of {source.Manifest.Name}, which would be "
                    + "replaced; start from the bundle that the head was added to, and train the head again afterwards"
            );
        }

        return BundleBuilder.Publish(
            output,
            building =>
            {
                var manifest = source.Manifest;
                var kept = manifest
                    .Files.Where(file => file.Path != manifest.LocationEncoder?.File && file.Path != manifest.LocationEncoder?.Squares)
                    .ToList();
                foreach (var file in kept)
                {
                    var target = Path.Combine(building, file.Path);
                    Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                    using var from = source.OpenRead(file.Path);
                    using var to = File.Create(target);
                    from.CopyTo(to);
                }

                Directory.CreateDirectory(Path.Combine(building, "places"));
                training.Encoder.ToGraph().Save(Path.Combine(building, EncoderFile));
                File.WriteAllText(
                    Path.Combine(building, SquaresFile),
                    SquareCounts.ToCsv(SquareCounts.Of(photos, Enumerable.Range(0, photos.Rows)))
                );
                var encoder = FileDigest.Describe(building, EncoderFile);
                var json = JsonSerializer.Serialize(
                    manifest with
                    {
                        LocationEncoder = new BundleLocationEncoder(
                            EncoderFile,
                            SquaresFile,
                            training.Encoder.Dimension,
                            photos.Rows,
                            data,
                            SharesOf(photos),
                            training.Strengths,
                            recipe.BlockEdge,
                            Math.Round(training.Losses.Values.Min(), 6),
                            leftOut?.ToString()
                        ),
                        Files =
                        [
                            .. kept.Append(encoder)
                                .Append(FileDigest.Describe(building, SquaresFile))
                                .OrderBy(file => file.Path, StringComparer.Ordinal),
                        ],
                        Provenance =
                        [
                            .. manifest.Provenance,
                            new BundleSource(
                                HeldOutFigures.ExtendedFrom,
                                $"{manifest.Name} {manifest.Version}",
                                manifest.Files.Sum(file => file.Bytes),
                                source.Digest
                            ),
                            new BundleSource("location encoder", "encoder.onnx, trained here", encoder.Bytes, encoder.Sha256),
                        ],
                    },
                    BundleJson.Default.BundleManifest
                );
                File.WriteAllText(Path.Combine(building, BundleManifest.FileName), json + "\n");
            }
        );
    }

    private static float[] SharesOf(PlacedLabels photos)
    {
        var shares = new float[TagCatalog.Count];
        foreach (var labels in photos.Labels)
        {
            for (var left = labels; left != 0; left &= left - 1)
            {
                shares[BitOperations.TrailingZeroCount(left)] += 1f / photos.Rows;
            }
        }

        return [.. shares.Select(share => Math.Min(1, share))];
    }
}
