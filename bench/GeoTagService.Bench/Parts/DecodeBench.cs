using GeoTagService.Bench.Load;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Bench.Parts;

/// <summary>Decoding alone, on one core and on more: what a card has to wait for.</summary>
public static class DecodeBench
{
    private const int Distinct = 8;

    /// <summary>What is decoded.</summary>
    /// <param name="Name">In the report.</param>
    /// <param name="Width">Pixels.</param>
    /// <param name="Height">Pixels.</param>
    /// <param name="EachCore">Photos that each core decodes in a run.</param>
    /// <param name="IsReduced">Whether at a reduced DCT scale.</param>
    public sealed record Photo(string Name, int Width, int Height, int EachCore, bool IsReduced)
    {
        /// <summary>A photo as a page shows it.</summary>
        public static Photo Small { get; } = new("640 x 480", 640, 480, 32, IsReduced: false);

        /// <summary>A photo as a camera writes it.</summary>
        public static Photo Large { get; } = new("4000 x 3000", 4000, 3000, 4, IsReduced: false);

        /// <summary>The same, decoded at a reduced scale.</summary>
        public static Photo LargeReduced { get; } = Large with { Name = "4000 x 3000, reduced DCT scale", IsReduced = true };
    }

    /// <summary>Times all photos on 1, 2, 4 … cores.</summary>
    /// <param name="imageSize">Edge of the crop.</param>
    /// <param name="rounds">Runs of each variant.</param>
    /// <param name="cancellationToken">Ends it between two runs.</param>
    public static IReadOnlyList<VariantTimes> Run(int imageSize, int rounds, CancellationToken cancellationToken)
    {
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), imageSize);
        var cores = new SortedSet<int> { Environment.ProcessorCount };
        for (var count = 1; count < Environment.ProcessorCount; count *= 2)
        {
            cores.Add(count);
        }

        Photo[] photos = [Photo.Small, Photo.Large, Photo.LargeReduced];
        return Turns.Measure([.. photos.SelectMany(photo => Variants(preprocessor, photo, [.. cores]))], rounds, cancellationToken);
    }

    /// <summary>One photo's decoding on so many cores each.</summary>
    public static IReadOnlyList<Variant> Variants(ImagePreprocessor preprocessor, Photo photo, IReadOnlyList<int> cores)
    {
        var files = SyntheticPhotos.Create(Distinct, photo.Width, photo.Height);
        var request = BenchItems.Request with { ReducedScaleTarget = photo.IsReduced ? 2 * preprocessor.ImageSize : 0 };
        return
        [
            .. cores.Select(count => new Variant(
                $"{photo.Name}, {count} {(count == 1 ? "core" : "cores")}",
                count * photo.EachCore,
                () =>
                    Parallel.For(
                        0,
                        count * photo.EachCore,
                        new ParallelOptions { MaxDegreeOfParallelism = count },
                        index => preprocessor.Prepare(files[index % files.Length], request).Value!.Dispose()
                    )
            )),
        ];
    }
}
