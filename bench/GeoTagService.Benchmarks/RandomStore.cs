using GeoTagService.Core.Bundles;
using GeoTagService.Training.Datasets.SemiSynthetic;
using GeoTagService.Training.Storage;

namespace GeoTagService.Benchmarks;

/// <summary>A store of semi-synthetic embeddings and places, as <c>geotag embed</c> would have left it: for measuring how
/// fast an archive is scored again.</summary>
internal static class RandomStore
{
    private const int RowsPerSample = 100_000;
    private const int RowsPerShard = 65_536;
    private const int RowsPerCommit = 16_384;

    public static void Write(string directory, int rows, string bundle)
    {
        var layout = new StoreLayout(
            StoreLayout.CurrentFormat,
            SemiSyntheticSet.Dimension,
            StorePrecision.Fp16,
            BundleReader.OpenDirectory(bundle).Digest,
            RowsPerShard
        );
        using var store = EmbeddingStoreWriter.Open(directory, layout);
        var (image, title, place) = (new float[layout.Dimension], new float[layout.Dimension], new float[2]);
        for (var from = 0; from < rows; from += RowsPerSample)
        {
            var sample = SemiSyntheticSet.Create(Math.Min(RowsPerSample, rows - from), seed: 1 + (from / RowsPerSample));
            for (var row = 0; row < sample.Rows; row++)
            {
                sample.Image!.CopyRow(row, image);
                sample.Title!.CopyRow(row, title);
                sample.Location!.CopyRow(row, place);
                var parts = RowParts.Image | RowParts.Title | RowParts.Place;
                store.Add(new StoreEntry(1 + from + row, parts, place[0], place[1]), image, title);
                if (row % RowsPerCommit == RowsPerCommit - 1)
                {
                    store.Commit();
                }
            }

            store.Commit();
        }
    }
}
