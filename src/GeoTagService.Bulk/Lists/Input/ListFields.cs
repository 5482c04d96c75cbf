using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>The fields of a row as they are read, and the first thing that is wrong with them.</summary>
internal sealed class ListFields(long position)
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    private string? _id;
    private string? _image;
    private string? _title;
    private string? _gridReference;
    private double? _lat;
    private double? _lon;
    private float[]? _imageEmbedding;
    private float[]? _titleEmbedding;
    private ListFault? _fault;

    /// <summary>Whether an id was given.</summary>
    public bool HasId => _id is not null;

    /// <summary>Notes what is wrong; the first fault counts.</summary>
    public void Reject(string? field, string detail) => _fault ??= new ListFault("malformed", field, detail);

    /// <summary>Takes a field's text. Empty is absent.</summary>
    public void Set(ListColumn column, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return;
        }

        switch (column)
        {
            case ListColumn.Id:
                _id = Text(column, text);
                break;
            case ListColumn.Image:
                _image = Text(column, text);
                break;
            case ListColumn.Title:
                _title = Text(column, text);
                break;
            case ListColumn.GridReference:
                _gridReference = Text(column, text);
                break;
            case ListColumn.Lat:
                _lat = Number("lat", text);
                break;
            case ListColumn.Lon:
                _lon = Number("lon", text);
                break;
            case ListColumn.ImageEmbedding:
                _imageEmbedding = Vector("imageEmbedding", text);
                break;
            default:
                _titleEmbedding = Vector("titleEmbedding", text);
                break;
        }
    }

    /// <summary>Takes a number.</summary>
    public void Set(ListColumn column, double value)
    {
        switch (column)
        {
            case ListColumn.Lat:
                _lat = value;
                break;
            case ListColumn.Lon:
                _lon = value;
                break;
            case ListColumn.Id:
                _id = value.ToString("R", CultureInfo.InvariantCulture);
                break;
            default:
                Reject(ListColumns.NameOf(column), $"{ListColumns.NameOf(column)} is a number.");
                break;
        }
    }

    /// <summary>Takes a vector.</summary>
    public void Set(ListColumn column, float[] values)
    {
        switch (column)
        {
            case ListColumn.ImageEmbedding:
                _imageEmbedding = values;
                break;
            case ListColumn.TitleEmbedding:
                _titleEmbedding = values;
                break;
            default:
                Reject(ListColumns.NameOf(column), $"{ListColumns.NameOf(column)} is a list.");
                break;
        }
    }

    /// <summary>The item.</summary>
    public ListItem ToItem() =>
        new()
        {
            Position = position,
            Id = _id ?? position.ToString(CultureInfo.InvariantCulture),
            Image = _image,
            Title = _title,
            Latitude = _lat,
            Longitude = _lon,
            GridReference = _gridReference,
            ImageEmbedding = _imageEmbedding,
            TitleEmbedding = _titleEmbedding,
            Fault = _fault,
        };

    private string? Text(ListColumn column, ReadOnlySpan<byte> text)
    {
        try
        {
            return Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            Reject(
                ListColumns.NameOf(column),
                $"{ListColumns.NameOf(column)} is not UTF-8: save the list as UTF-8, as 'iconv -f WINDOWS-1252 -t UTF-8' does."
            );
            return null;
        }
    }

    private double? Number(string field, ReadOnlySpan<byte> text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
        {
            return value;
        }

        Reject(field, $"{field} is not a number.");
        return null;
    }

    private float[]? Vector(string field, ReadOnlySpan<byte> base64)
    {
        var rented = ArrayPool<byte>.Shared.Rent(Base64.GetMaxDecodedFromUtf8Length(base64.Length));
        try
        {
            if (Base64.DecodeFromUtf8(base64, rented, out _, out var written) == OperationStatus.Done && written % sizeof(float) == 0)
            {
                var values = new float[written / sizeof(float)];
                rented.AsSpan(0, written).CopyTo(MemoryMarshal.AsBytes(values.AsSpan()));
                if (!BitConverter.IsLittleEndian)
                {
                    var bits = MemoryMarshal.Cast<float, uint>(values.AsSpan());
                    System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bits, bits);
                }

                return values;
            }

            Reject(field, $"{field} is not base64 of little-endian float32.");
            return null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }
}
