using System.Buffers;
using System.Runtime.InteropServices;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>
/// Decodes a baseline JPEG row by row: three rows of units are in memory, blocks outside the region are read but not
/// transformed, and data that ends early or cannot be is found at once. The pixels are libjpeg's.
/// </summary>
internal sealed unsafe class BaselineJpegRows : ImageRows
{
    private const string Format = "JPEG";
    private const int ColumnAlignment = 32;

    private readonly BaselineFrame _frame;
    private readonly ComponentPlane[] _planes;
    private readonly byte*[] _rows = new byte*[4];
    private MemoryHandle _pin;
    private EntropyReader _reader;
    private PixelRegion _region;
    private byte* _scratch;
    private byte* _pixels;
    private int _left;
    private int _columns;
    private int _next;
    private int _unitRow;
    private int _unitsToRestart;
    private int _restart;

    public BaselineJpegRows(BaselineFrame frame, ReadOnlyMemory<byte> encoded, ExifOrientation orientation)
    {
        _frame = frame;
        Orientation = orientation;
        _pin = encoded.Pin();
        var start = (byte*)_pin.Pointer;
        _reader = new EntropyReader(start + frame.DataOffset, start + encoded.Length);
        _unitsToRestart = frame.RestartInterval;
        _planes = [.. frame.Components.Select(component => new ComponentPlane(frame, component))];
    }

    public override int Width => _frame.Width;

    public override int Height => _frame.Height;

    public override PixelLayout Layout =>
        _frame.Colours is JpegColourModel.Cmyk or JpegColourModel.Ycck ? PixelLayout.Cmyk : PixelLayout.Rgbx;

    public override ExifOrientation Orientation { get; }

    public override TaggingError? Start(PixelRegion region)
    {
        _region = region;
        _next = region.Top;
        _left = region.Left / ColumnAlignment * ColumnAlignment;
        _columns = (region.Left + region.Width - _left + ColumnAlignment - 1) / ColumnAlignment * ColumnAlignment;
        _scratch = (byte*)NativeMemory.Alloc((nuint)(_columns * _rows.Length));
        _pixels = (byte*)NativeMemory.Alloc((nuint)((_columns * 4) + RowPadding));
        return null;
    }

    public override TaggingError? ReadRow(out ReadOnlySpan<byte> row)
    {
        row = default;

        // Smoothing looks one sample, that is two rows, ahead.
        var needed = Math.Min((_next + 2) / _frame.UnitHeight, _frame.UnitsDown - 1);
        while (_unitRow <= needed)
        {
            if (ReadUnitRow() is { } fault)
            {
                return fault;
            }
        }

        for (var i = 0; i < _rows.Length; i++)
        {
            _rows[i] = i < _planes.Length ? _planes[i].Row(_next, _left, _columns, _scratch + (i * _columns)) : _rows[0];
        }

        JpegColours.Write(_frame.Colours, _rows[0], _rows[1], _rows[2], _rows[3], _columns, _pixels);
        row = new ReadOnlySpan<byte>(_pixels + ((_region.Left - _left) * 4), (_region.Width * 4) + RowPadding);
        _next++;
        return null;
    }

    public override TaggingError? Finish()
    {
        while (_unitRow < _frame.UnitsDown)
        {
            if (ReadUnitRow() is { } fault)
            {
                return fault;
            }
        }

        return null;
    }

    protected override void Dispose(bool disposing)
    {
        foreach (var plane in _planes)
        {
            plane.Dispose();
        }

        NativeMemory.Free(_scratch);
        NativeMemory.Free(_pixels);
        _scratch = null;
        _pixels = null;
        _pin.Dispose();
    }

    private TaggingError? ReadUnitRow()
    {
        Cancellation.ThrowIfCancellationRequested();
        // One unit more on either side serves the smoothing at the region's edge.
        var firstUnit = (_left / _frame.UnitWidth) - 1;
        var lastUnit = ((_left + _columns) / _frame.UnitWidth) + 1;
        var top = _unitRow * _frame.UnitHeight;
        var isNeeded = top + _frame.UnitHeight + 2 > _region.Top && top < _region.Top + _region.Height + 2;
        var block = stackalloc int[64];
        for (var unit = 0; unit < _frame.UnitsAcross; unit++)
        {
            if (PassRestart() is { } misplaced)
            {
                return misplaced;
            }

            var result = ReadUnit(unit, isNeeded && unit >= firstUnit && unit <= lastUnit, block);
            if (result != BlockResult.Whole)
            {
                return Fault(result);
            }
        }

        _unitRow++;
        return null;
    }

    private BlockResult ReadUnit(int unit, bool isNeeded, int* block)
    {
        foreach (var plane in _planes)
        {
            var component = plane.Component;
            var prediction = plane.Prediction;
            fixed (int* quantization = component.Quantization)
            {
                for (var index = 0; index < component.Horizontal * component.Vertical; index++)
                {
                    new Span<int>(block, 64).Clear();
                    var result = _reader.ReadBlock(component.Dc, component.Ac, quantization, block, ref prediction, out var last);
                    if (result != BlockResult.Whole)
                    {
                        return result;
                    }

                    if (isNeeded)
                    {
                        var target = plane.BlockAt(
                            (_unitRow * component.Vertical) + (index / component.Horizontal),
                            (unit * component.Horizontal) + (index % component.Horizontal)
                        );
                        if (last == 0)
                        {
                            InverseDct.RunFlat(block[0], target, plane.Stride);
                        }
                        else
                        {
                            InverseDct.Run(block, target, plane.Stride);
                        }
                    }
                }
            }

            plane.Prediction = prediction;
        }

        return BlockResult.Whole;
    }

    private TaggingError? PassRestart()
    {
        if (_frame.RestartInterval == 0 || _unitsToRestart-- > 0)
        {
            return null;
        }

        var result = _reader.PassRestart(_restart);
        if (result != BlockResult.Whole)
        {
            return Fault(result);
        }

        _restart = (_restart + 1) & 7;
        _unitsToRestart = _frame.RestartInterval - 1;
        foreach (var plane in _planes)
        {
            plane.Prediction = 0;
        }

        return null;
    }

    private static TaggingError Fault(BlockResult result) =>
        result == BlockResult.Truncated ? ImageFaults.Truncated(Format) : ImageFaults.Damaged(Format);
}
