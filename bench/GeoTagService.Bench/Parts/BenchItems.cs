using GeoTagService.Bench.Load;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Titles;

namespace GeoTagService.Bench.Parts;

/// <summary>Photos and titles as the stages of a request see them.</summary>
public sealed class BenchItems : IDisposable
{
    private const int Count = 64;
    private const long MaxPixels = 100_000_000;

    private readonly ImageCrop[] _crops;

    /// <summary>Makes the items.</summary>
    public BenchItems(ImagePreprocessor preprocessor, ClipTokenizer tokenizer)
    {
        Photos = SyntheticPhotos.Create(Count / 4);
        Titles = [.. Enumerable.Range(0, Count).Select(number => SyntheticTitles.Of(number))];
        _crops = [.. Photos.Select(photo => preprocessor.Prepare(photo, Request).Value!)];
        Tokens = [.. Titles.Select(title => tokenizer.Encode(title).Ids)];
    }

    /// <summary>How photos are decoded.</summary>
    public static ImageDecodeRequest Request { get; } = new(MaxPixels, ApplyOrientation: true);

    /// <summary>JPEGs of 640 × 480.</summary>
    public byte[][] Photos { get; }

    /// <summary>Titles.</summary>
    public string[] Titles { get; }

    /// <summary>Their tokens.</summary>
    public ReadOnlyMemory<int>[] Tokens { get; }

    /// <summary>So many crops, from the first on and round again.</summary>
    public ReadOnlyMemory<byte>[] Crops(int count) => [.. Enumerable.Range(0, count).Select(i => _crops[i % _crops.Length].Pixels)];

    /// <summary>The tokens of so many titles, from the first on and round again.</summary>
    public ReadOnlyMemory<int>[] TokensOf(int count) => [.. Enumerable.Range(0, count).Select(i => Tokens[i % Tokens.Length])];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var crop in _crops)
        {
            crop.Dispose();
        }
    }
}
