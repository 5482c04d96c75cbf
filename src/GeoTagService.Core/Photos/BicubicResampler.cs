using System.Buffers;

namespace GeoTagService.Core.Photos;

/// <summary>
/// Both passes over one photo while its rows come in. Where the photo stands upright, a row is weighed along itself and
/// the result enters the ring; where its axes are exchanged, the upright photo's rows are the stored columns, so the
/// stored rows enter the ring and are weighed against each other first. Either way the order of the passes, and so
/// the rounding between them, is that of the upright photo.
/// </summary>
internal sealed unsafe class BicubicResampler : IDisposable
{
    private readonly ResampleKernel _columns;
    private readonly ResampleKernel _lines;
    private readonly bool _exchanged;
    private readonly PixelLayout _layout;
    private readonly ImageCrop _crop;
    private readonly ResampleInstructions _instructions;
    private readonly int _stride;
    private readonly int _ringRows;
    private byte[]? _scratch;

    /// <summary>Prepares the passes.</summary>
    /// <param name="columns">Weights along stored rows.</param>
    /// <param name="lines">Weights along stored columns.</param>
    /// <param name="exchanged">Whether stored columns are the upright photo's rows.</param>
    /// <param name="layout">Meaning of the four bytes.</param>
    /// <param name="crop">Receives the result.</param>
    /// <param name="instructions">Vector width.</param>
    public BicubicResampler(
        ResampleKernel columns,
        ResampleKernel lines,
        bool exchanged,
        PixelLayout layout,
        ImageCrop crop,
        ResampleInstructions instructions
    )
    {
        _columns = columns;
        _lines = lines;
        _exchanged = exchanged;
        _layout = layout;
        _crop = crop;
        _instructions = instructions;
        var pixels = exchanged ? columns.End - columns.First : columns.Length;
        _stride = Align(pixels * 4);
        _ringRows = lines.MaxTaps;
        _scratch = ArrayPool<byte>.Shared.Rent(
            checked((_ringRows * _stride) + _stride + ImageRows.RowPadding + Align(crop.Size * 4) + (crop.Size * 3))
        );
    }

    /// <summary>Reads the rows and fills the crop.</summary>
    /// <param name="rows">A photo that was not started yet.</param>
    /// <returns>Null, or the fault that the rows met.</returns>
    public TaggingError? Run(ImageRows rows)
    {
        var region = new PixelRegion(_columns.First, _lines.First, _columns.End - _columns.First, _lines.End - _lines.First);
        if (rows.Start(region) is { } refused)
        {
            return refused;
        }

        fixed (byte* ring = _scratch)
        {
            var done = 0;
            for (var index = _lines.First; index < _lines.End; index++)
            {
                if (rows.ReadRow(out var row) is { } damaged)
                {
                    return damaged;
                }

                Enter(row, ring + ((nint)(index % _ringRows) * _stride));
                while (done < _lines.Length && IsComplete(done, index + 1))
                {
                    Emit(ring, Output(done));
                    done++;
                }
            }
        }

        return null;
    }

    public void Dispose()
    {
        var scratch = _scratch;
        _scratch = null;
        if (scratch is not null)
        {
            ArrayPool<byte>.Shared.Return(scratch);
        }
    }

    private static int Align(int bytes) => (bytes + VerticalPass.RowAlignment - 1) / VerticalPass.RowAlignment * VerticalPass.RowAlignment;

    // A mirrored axis has its outputs in falling order of input.
    private int Output(int step) => _lines.Starts[0] <= _lines.Starts[^1] ? step : _lines.Length - 1 - step;

    private bool IsComplete(int step, int rowsRead)
    {
        var output = Output(step);
        return _lines.Starts[output] + _lines.Counts[output] <= rowsRead;
    }

    private void Enter(ReadOnlySpan<byte> row, byte* slot)
    {
        if (_exchanged)
        {
            row[..Math.Min(row.Length, _stride)].CopyTo(new Span<byte>(slot, _stride));
            return;
        }

        fixed (byte* pixels = row)
        {
            HorizontalPass.Run(pixels, _columns.First, _columns, slot, _instructions);
        }
    }

    private void Emit(byte* ring, int output)
    {
        var line = ring + ((nint)_ringRows * _stride);
        var weights = _lines.Weights.AsSpan(output * _lines.Stride, _lines.Counts[output]);
        VerticalPass.Run(ring, _ringRows, _stride, _lines.Starts[output], weights, line, _instructions);
        var size = _crop.Size;
        var target = _crop.Target;
        if (!_exchanged)
        {
            CropColours.ToRgb(new ReadOnlySpan<byte>(line, size * 4), _layout, target.Slice(output * size * 3, size * 3));
            return;
        }

        var column = line + _stride + ImageRows.RowPadding;
        HorizontalPass.Run(line, _columns.First, _columns, column, _instructions);
        var rgb = new Span<byte>(column + Align(size * 4), size * 3);
        CropColours.ToRgb(new ReadOnlySpan<byte>(column, size * 4), _layout, rgb);
        for (var y = 0; y < size; y++)
        {
            rgb.Slice(y * 3, 3).CopyTo(target[(((y * size) + output) * 3)..]);
        }
    }
}
