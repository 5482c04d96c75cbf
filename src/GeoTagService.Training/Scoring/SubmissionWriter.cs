using System.IO.Compression;
using System.Text;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Training.Scoring;

/// <summary>Writes the competition's submissions: a zipped CSV of <c>gridimage_id</c> and the 49 tags in
/// <c>train.csv</c>'s order, 0 or 1, at least one 1 a line.</summary>
public static class SubmissionWriter
{
    private const int Batch = 4096;

    /// <summary>Writes NAME.zip for every head, in one pass over the photos.</summary>
    public static void Write(
        PhotoSet photos,
        IReadOnlyList<HeadFile> heads,
        string directory,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(photos);
        ArgumentNullException.ThrowIfNull(heads);
        Directory.CreateDirectory(directory);
        var rows = TagCatalog.CompetitionColumns.Select(HeadRow).ToArray();
        var header = $"{LabelTable.IdColumn},{string.Join(',', TagCatalog.CompetitionColumns)}\n";
        var scorers = new List<GraphScorer>();
        var texts = heads.Select(_ => new StringBuilder(header)).ToArray();
        try
        {
            scorers.AddRange(heads.Select(head => new GraphScorer(head, photos.Data)));
            var probabilities = new float[Batch * TagCatalog.Count];
            for (var from = 0; from < photos.Data.Rows; from += Batch)
            {
                cancellationToken.ThrowIfCancellationRequested();
                var batch = Enumerable.Range(from, Math.Min(Batch, photos.Data.Rows - from)).ToArray();
                for (var head = 0; head < scorers.Count; head++)
                {
                    scorers[head].Score(batch, probabilities);
                    for (var i = 0; i < batch.Length; i++)
                    {
                        var set = scorers[head].Decide(probabilities.AsSpan(i * TagCatalog.Count, TagCatalog.Count), DecisionRule.Fallback);
                        Append(texts[head], photos.Ids[batch[i]], set, rows);
                    }
                }
            }
        }
        finally
        {
            scorers.ForEach(scorer => scorer.Dispose());
        }

        for (var head = 0; head < heads.Count; head++)
        {
            Save(Path.Combine(directory, heads[head].Name + ".zip"), heads[head].Name + ".csv", texts[head].ToString());
        }
    }

    private static int HeadRow(string column) =>
        TagCatalog.TryGet(column, out var tag) ? tag.HeadRow : throw new InvalidOperationException($"the catalogue lacks {column}");

    private static void Append(StringBuilder text, long id, ulong set, int[] rows)
    {
        text.Append(id);
        foreach (var row in rows)
        {
            text.Append(',').Append((char)('0' + (set >> row & 1)));
        }

        text.Append('\n');
    }

    private static void Save(string path, string name, string content) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
                using var entry = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                entry.Write(Encoding.ASCII.GetBytes(content));
            }
        );
}
