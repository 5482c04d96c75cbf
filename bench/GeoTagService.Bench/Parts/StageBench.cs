using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Bench.Parts;

/// <summary>The stages of one lone request, each by itself, and the whole way of one item through the workshop.</summary>
public static class StageBench
{
    /// <summary>Times them in turns.</summary>
    /// <param name="tagger">A warmed tagger whose cache is off.</param>
    /// <param name="rounds">Runs of each stage.</param>
    /// <param name="cancellationToken">Ends it between two runs.</param>
    public static IReadOnlyList<VariantTimes> Run(PhotoTagger tagger, int rounds, CancellationToken cancellationToken)
    {
        var model = tagger.Model;
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), model.Encoder.Geometry.ImageSize);
        using var items = new BenchItems(preprocessor, model.Tokenizer);
        var (image, title) = (new float[model.Encoder.Geometry.EmbeddingDimension], new float[model.Encoder.Geometry.EmbeddingDimension]);
        var crop = items.Crops(1);
        var tokens = items.Tokens[..1];
        var head = model.Heads.OrderByDescending(candidate => candidate.Descriptor.Modalities).First();
        var used = head.Descriptor.Modalities;
        var (logits, probabilities) = (new float[model.Bundle.Manifest.Tags.Count], new float[model.Bundle.Manifest.Tags.Count]);
        var input = new TagInput
        {
            Image = items.Photos[0],
            Title = items.Titles[0],
            Latitude = 54.5,
            Longitude = -3.25,
        };
        var stamp = model.Bundle.ToStamp();
        TagResult? result = null;

        void Decode() => preprocessor.Prepare(items.Photos[0], BenchItems.Request, CancellationToken.None).Value!.Dispose();
        void EncodePhoto() => model.Encoder.EncodeImages(crop, image);
        void EncodeTitle() => model.Encoder.EncodeTitles(tokens, title);
        return Turns.Measure(
            [
                new("decode, resize, crop", 1, Decode),
                new("tokenise", 1, () => model.Tokenizer.Encode(items.Titles[0])),
                new("encode photo", 1, EncodePhoto),
                new("encode title", 1, EncodeTitle),
                new(
                    "head",
                    1,
                    () =>
                        head.Score(
                            1,
                            used.HasFlag(Modalities.Image) ? image : [],
                            used.HasFlag(Modalities.Title) ? title : [],
                            used.HasFlag(Modalities.Location) ? [0.5f, 0.5f] : [],
                            logits,
                            probabilities
                        )
                ),
                new(
                    "bare: decode, encode photo, encode title",
                    1,
                    () =>
                    {
                        Decode();
                        EncodePhoto();
                        EncodeTitle();
                    }
                ),
                new("the whole item", 1, () => result = tagger.TagAsync(input, cancellationToken).GetAwaiter().GetResult().Value),
                new(
                    "serialise",
                    1,
                    () =>
                        JsonSerializer.SerializeToUtf8Bytes(
                            result!.ToResponse(model.Bundle.Manifest.Tags, stamp),
                            TagJson.Default.TagResponse
                        )
                ),
            ],
            rounds,
            cancellationToken
        );
    }
}
