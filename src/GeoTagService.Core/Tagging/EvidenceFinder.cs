using GeoTagService.Core.Encoders;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>Encodes a photo once whole and once for every patch covered, in the same lane as everybody's photos.</summary>
internal sealed class EvidenceFinder(LoadedModel model, EncoderLanes lanes, PhotoPreparer photos, ItemEncoder encoder)
{
    /// <summary>Patches along an edge: those of ViT-B/32 at 224 pixels.</summary>
    private const int PatchesPerEdge = 7;

    /// <summary>The photo whole, and with each patch covered.</summary>
    public const int Crops = 1 + (PatchesPerEdge * PatchesPerEdge);

    // One explanation may not fill the queue: so many crops wait at a time.
    private const int CropsAtOnce = 8;

    /// <summary>Finds the evidence for one tag.</summary>
    /// <param name="plan">What was settled of the item.</param>
    /// <param name="input">The item.</param>
    /// <param name="tagId">Id of the tag.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<Outcome<PhotoEvidence>> FindAsync(TagPlan plan, TagInput input, string? tagId, CancellationToken cancellationToken)
    {
        var found = TagCatalog.Find(tagId);
        if (!found.IsSuccess)
        {
            return found.Error;
        }

        var tag = found.Value;

        if (input.Image is not { } photo)
        {
            return new TaggingError(TaggingErrorCode.MissingInput, "image", "Evidence is looked for in a photo, and there is none.");
        }

        if (!plan.Needed.HasFlag(Modalities.Image))
        {
            return new TaggingError(
                TaggingErrorCode.InvalidValue,
                "head",
                $"The head {plan.Head.Head.Name} does not look at the photo; name one that does."
            );
        }

        float[] title = [];
        if (plan.Needed.HasFlag(Modalities.Title))
        {
            var encoded = await encoder
                .EncodeAsync(null, input.Title ?? string.Empty, applyOrientation: true, input.Options.Timeout, cancellationToken)
                .ConfigureAwait(false);
            if (!encoded.IsSuccess)
            {
                return encoded.Error;
            }

            title = encoded.Value.Embeddings.Title ?? [];
        }

        var crops = await EncodeAsync(photo, input.Options, cancellationToken).ConfigureAwait(false);
        return crops.IsSuccess ? Score(plan, tag, crops.Value, title) : crops.Error;
    }

    private PhotoEvidence Score(TagPlan plan, Tag tag, float[][] crops, float[] title)
    {
        var (latitude, longitude) = plan.LocationFeatures;
        float[] location = plan.Needed.HasFlag(Modalities.Location) ? [latitude, longitude] : [];
        var logits = new float[crops.Length * TagCatalog.Count];
        model
            .Find(plan.Head.Head)
            .Score(
                crops.Length,
                crops.SelectMany(crop => crop).ToArray(),
                Enumerable.Repeat(title, crops.Length).SelectMany(row => row).ToArray(),
                Enumerable.Repeat(location, crops.Length).SelectMany(row => row).ToArray(),
                logits,
                new float[logits.Length]
            );
        if (plan.PriorPlace is not null)
        {
            var places = Enumerable.Repeat(plan.PriorPlace, crops.Length).ToArray();
            model.PlacePrior!.Add(plan.Head.Head.PlaceWeights!, places, logits, new float[logits.Length]);
        }

        float[][] drops =
        [
            .. Enumerable
                .Range(0, PatchesPerEdge)
                .Select(row =>
                    Enumerable.Range(0, PatchesPerEdge).Select(column => Logit(0) - Logit(1 + (row * PatchesPerEdge) + column)).ToArray()
                ),
        ];
        return new PhotoEvidence(tag, plan.Head.Head, Logit(0), drops);

        float Logit(int crop) => logits[(crop * TagCatalog.Count) + tag.HeadRow];
    }

    /// <summary>Embeddings of the whole crop (first) and of the crop with each patch covered, row by row.</summary>
    private async Task<Outcome<float[][]>> EncodeAsync(ReadOnlyMemory<byte> image, TagOptions options, CancellationToken cancellationToken)
    {
        var prepared = await photos.PrepareAsync(image, options.ApplyOrientation, options.Timeout, cancellationToken).ConfigureAwait(false);
        if (!prepared.IsSuccess)
        {
            return prepared.Error;
        }

        using var whole = prepared.Value.Crop;
        var cover = CoverColour();
        var embeddings = new float[Crops][];
        for (var from = 0; from < embeddings.Length; from += CropsAtOnce)
        {
            var wave = Enumerable.Range(from, Math.Min(CropsAtOnce, embeddings.Length - from)).ToArray();
            var encoded = await Task.WhenAll(
                    wave.Select(n =>
                        lanes.Images.SubmitAsync(
                            n == 0 ? whole.Copy() : Covered(whole, (n - 1) / PatchesPerEdge, (n - 1) % PatchesPerEdge, cover),
                            options.Timeout,
                            cancellationToken
                        )
                    )
                )
                .ConfigureAwait(false);
            for (var i = 0; i < wave.Length; i++)
            {
                if (!encoded[i].IsSuccess)
                {
                    return encoded[i].Error!;
                }

                embeddings[wave[i]] = encoded[i].Value!.Value;
            }
        }

        return embeddings;
    }

    /// <summary>The colour that normalises to about zero: what the encoder takes for nothing in particular.</summary>
    private byte[] CoverColour() => [.. model.Bundle.Manifest.Preprocessing.Mean.Select(mean => (byte)Math.Round(mean * 255))];

    private static ImageCrop Covered(ImageCrop whole, int row, int column, byte[] colour)
    {
        var covered = whole.Copy();
        var (top, bottom) = Range(whole.Size, row);
        var (left, right) = Range(whole.Size, column);
        for (var y = top; y < bottom; y++)
        {
            var pixels = covered.Target[(((y * whole.Size) + left) * 3)..(((y * whole.Size) + right) * 3)];
            for (var i = 0; i < pixels.Length; i++)
            {
                pixels[i] = colour[i % 3];
            }
        }

        return covered;
    }

    private static (int From, int To) Range(int size, int patch) => (size * patch / PatchesPerEdge, size * (patch + 1) / PatchesPerEdge);
}
