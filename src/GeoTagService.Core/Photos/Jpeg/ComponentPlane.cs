using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace GeoTagService.Core.Photos.Jpeg;

/// <summary>The samples of one component for the last three rows of units, and their way to full size.</summary>
internal sealed unsafe class ComponentPlane : IDisposable
{
    // The unit being read out and one to either side, which smoothing looks at.
    private const int KeptUnits = 3;

    // Vectors write past the end of a row.
    private const int Padding = 64;

    private readonly int _ringRows;
    private readonly int _samplesAcross;
    private readonly int _samplesDown;
    private readonly bool _doublesColumns;
    private readonly bool _doublesRows;
    private readonly byte* _samples;
    private readonly ushort* _sums;

    public ComponentPlane(BaselineFrame frame, JpegComponent component)
    {
        Component = component;
        _ringRows = component.Vertical * 8 * KeptUnits;
        _samplesAcross = ((frame.Width * component.Horizontal) + frame.MaxHorizontal - 1) / frame.MaxHorizontal;
        _samplesDown = ((frame.Height * component.Vertical) + frame.MaxVertical - 1) / frame.MaxVertical;
        _doublesColumns = component.Horizontal < frame.MaxHorizontal;
        _doublesRows = component.Vertical < frame.MaxVertical;
        Stride = (frame.UnitsAcross * component.Horizontal * 8) + Padding;
        _samples = (byte*)NativeMemory.AllocZeroed((nuint)(Stride * _ringRows));
        _sums = (ushort*)NativeMemory.Alloc((nuint)((Stride + (2 * Padding)) * sizeof(ushort))) + Padding;
    }

    /// <summary>What is stored here.</summary>
    public JpegComponent Component { get; }

    /// <summary>Bytes between rows of samples.</summary>
    public int Stride { get; }

    /// <summary>Last first coefficient, which the next is relative to.</summary>
    public int Prediction { get; set; }

    /// <summary>Where a block's first sample goes.</summary>
    /// <param name="blockRow">Row of blocks in the whole component.</param>
    /// <param name="blockColumn">Column of blocks.</param>
    public byte* BlockAt(int blockRow, int blockColumn) => _samples + ((nint)(blockRow * 8 % _ringRows) * Stride) + (blockColumn * 8);

    /// <summary>The samples of one row at full size.</summary>
    /// <param name="y">Row of the picture.</param>
    /// <param name="left">First column, a multiple of 32.</param>
    /// <param name="count">Columns, a multiple of 32.</param>
    /// <param name="target">Receives <paramref name="count"/> bytes, where the samples have to be enlarged.</param>
    /// <returns>The first sample: in <paramref name="target"/>, or in place where nothing is to be done.</returns>
    public byte* Row(int y, int left, int count, byte* target)
    {
        if (!_doublesColumns)
        {
            return SampleRow(y) + left;
        }

        // libjpeg's "fancy" upsampling: three parts of the nearer sample, one of the farther, in both directions.
        var first = left / 2;
        var samples = count / 2;
        if (_doublesRows)
        {
            SumRows(SampleRow(y / 2), SampleRow((y & 1) == 0 ? (y / 2) - 1 : (y / 2) + 1), first, samples);
            Spread(first, samples, evenRound: 8, oddRound: 7, shift: 4, target);
        }
        else
        {
            WidenRow(SampleRow(y), first, samples);
            Spread(first, samples, evenRound: 1, oddRound: 2, shift: 2, target);
        }

        return target;
    }

    public void Dispose()
    {
        NativeMemory.Free(_samples);
        NativeMemory.Free(_sums - Padding);
    }

    private byte* SampleRow(int row) => _samples + ((nint)(Math.Clamp(row, 0, _samplesDown - 1) % _ringRows) * Stride);

    private void SumRows(byte* nearer, byte* farther, int first, int samples)
    {
        // One group more at either end serves the neighbours.
        for (var i = Math.Max(first - 16, 0); i < first + samples + 16 && i < Stride - 15; i += 16)
        {
            var (nearLow, nearHigh) = Vector128.Widen(Vector128.Load(nearer + i));
            var (farLow, farHigh) = Vector128.Widen(Vector128.Load(farther + i));
            (nearLow + nearLow + nearLow + farLow).Store(_sums + i);
            (nearHigh + nearHigh + nearHigh + farHigh).Store(_sums + i + 8);
        }

        RepeatEnds();
    }

    private void WidenRow(byte* row, int first, int samples)
    {
        for (var i = Math.Max(first - 16, 0); i < first + samples + 16 && i < Stride - 15; i += 16)
        {
            var (low, high) = Vector128.Widen(Vector128.Load(row + i));
            low.Store(_sums + i);
            high.Store(_sums + i + 8);
        }

        RepeatEnds();
    }

    private void RepeatEnds()
    {
        _sums[-1] = _sums[0];
        _sums[_samplesAcross] = _sums[_samplesAcross - 1];
    }

    private void Spread(int first, int samples, ushort evenRound, ushort oddRound, int shift, byte* target)
    {
        var even = Vector128.Create(evenRound);
        var odd = Vector128.Create(oddRound);
        for (var i = 0; i < samples; i += 8)
        {
            var sum = _sums + first + i;
            var three = Vector128.Load(sum);
            three += three + three;
            var left = (three + Vector128.Load(sum - 1) + even) >>> shift;
            var right = (three + Vector128.Load(sum + 1) + odd) >>> shift;
            (left | (right << 8)).AsByte().Store(target + (i * 2));
        }
    }
}
