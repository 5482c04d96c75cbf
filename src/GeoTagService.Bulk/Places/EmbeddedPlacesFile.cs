using System.Globalization;
using System.Text;
using GeoTagService.Core.Tags;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Bulk.Places;

/// <summary>Writes embeddings of places: CSV with a column a number, or Parquet with one list a place.</summary>
/// <param name="dimension">Length of an embedding.</param>
/// <param name="latitudeFirst">Whether CSV has latitude before longitude.</param>
/// <param name="withShares">Whether the expected share of each tag goes with it.</param>
public sealed class EmbeddedPlacesFile(int dimension, bool latitudeFirst, bool withShares)
{
    private const int RowsPerGroup = 50_000;

    /// <summary>Writes a file, by its ending; it appears when it is whole.</summary>
    public async Task WriteAsync(string path, IEnumerable<EmbeddedPlace> places, CancellationToken cancellationToken)
    {
        var temporary = path + ".tmp";
        try
        {
            if (Path.GetExtension(path).Equals(".parquet", StringComparison.OrdinalIgnoreCase))
            {
                await WriteParquetAsync(temporary, places, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                WriteTable(temporary, places, cancellationToken);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private void WriteTable(string path, IEnumerable<EmbeddedPlace> places, CancellationToken cancellationToken)
    {
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        var names = Enumerable.Range(0, dimension).Select(i => $"e{i}").Prepend(latitudeFirst ? "lat,lon" : "lon,lat");
        writer.WriteLine(string.Join(',', withShares ? names.Concat(TagCatalog.Tags.Select(tag => tag.Id)) : names));
        foreach (var place in places)
        {
            cancellationToken.ThrowIfCancellationRequested();
            var (first, second) = (place.Position.Latitude, place.Position.Longitude);
            (first, second) = latitudeFirst ? (first, second) : (second, first);
            writer.Write(string.Create(CultureInfo.InvariantCulture, $"{first},{second}"));
            Write(place.Embedding.Span, dimension);
            Write(place.Shares.Span, withShares ? TagCatalog.Count : 0);
            writer.WriteLine();
        }

        void Write(ReadOnlySpan<float> values, int columns)
        {
            for (var column = 0; column < columns; column++)
            {
                writer.Write(',');
                writer.Write(values.IsEmpty ? "" : values[column].ToString("G9", CultureInfo.InvariantCulture));
            }
        }
    }

    private async Task WriteParquetAsync(string path, IEnumerable<EmbeddedPlace> places, CancellationToken cancellationToken)
    {
        var (lat, lon, id) = (new DataField<double>("lat"), new DataField<double>("lon"), new DataField<string>("id", true));
        var embedding = new ListField("embedding", new DataField<float>(ListField.ElementName, true));
        var shares = withShares ? TagCatalog.Tags.Select(tag => new DataField<float>(tag.Id, true)).ToArray() : [];
        var file = File.Create(path);
        await using (file.ConfigureAwait(false))
        {
            var writer = await ParquetWriter
                .CreateAsync(new ParquetSchema([lat, lon, id, embedding, .. shares]), file, cancellationToken: cancellationToken)
                .ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                foreach (var rows in places.Chunk(RowsPerGroup))
                {
                    using var group = writer.CreateRowGroup();
                    await WriteAsync(group, lat, row => row.Position.Latitude).ConfigureAwait(false);
                    await WriteAsync(group, lon, row => row.Position.Longitude).ConfigureAwait(false);
                    await group.WriteAsync(id, rows.Select(row => row.Id!).ToList()).ConfigureAwait(false);
                    // A place outside both grids has a list of one null: the writer knows no empty list.
                    await group
                        .WriteAsync<float>(
                            (DataField)embedding.Item,
                            rows.SelectMany(row => row.Embedding.IsEmpty ? [null] : Numbers(row.Embedding)).ToArray(),
                            rows.SelectMany(row => Enumerable.Range(0, Math.Max(1, row.Embedding.Length)).Select(at => Math.Min(at, 1)))
                                .ToArray(),
                            cancellationToken: cancellationToken
                        )
                        .ConfigureAwait(false);
                    for (var tag = 0; tag < shares.Length; tag++)
                    {
                        var at = tag;
                        await group
                            .WriteAsync<float>(
                                shares[tag],
                                rows.Select(row => row.Shares.IsEmpty ? (float?)null : row.Shares.Span[at]).ToArray(),
                                cancellationToken: cancellationToken
                            )
                            .ConfigureAwait(false);
                    }

                    Task WriteAsync(ParquetRowGroupWriter into, DataField field, Func<EmbeddedPlace, double> value) =>
                        into.WriteAsync<double>(field, rows.Select(value).ToArray(), cancellationToken: cancellationToken);
                }
            }
        }

        static float?[] Numbers(ReadOnlyMemory<float> values) => Array.ConvertAll(values.ToArray(), value => (float?)value);
    }
}
