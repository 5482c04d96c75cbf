using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GeoTagService.Core.Places;

/// <summary>The two grids that places in Britain and Ireland are written in.</summary>
public enum Grid
{
    /// <summary>Ordnance Survey's National Grid (EPSG:27700): two letters, "TQ 30 80".</summary>
    British,

    /// <summary>The Irish Grid (EPSG:29903): one letter, "O 15 34".</summary>
    Irish,
}

/// <summary>
/// A square of the British or the Irish grid, from 100 km down to 1 m, as a grid reference names it. Immutable; equal
/// when grid, corner and precision are equal.
/// </summary>
public sealed record GridReference
{
    private GridReference(Grid grid, int easting, int northing, int precision)
    {
        Grid = grid;
        Easting = easting;
        Northing = northing;
        Precision = precision;
    }

    /// <summary>Which grid.</summary>
    public Grid Grid { get; }

    /// <summary>Metres east of the grid's origin to the square's south-west corner; a multiple of <see cref="Precision"/>.</summary>
    public int Easting { get; }

    /// <summary>Metres north of the grid's origin to the square's south-west corner; a multiple of <see cref="Precision"/>.</summary>
    public int Northing { get; }

    /// <summary>Edge of the square in metres: 100,000, 10,000, 1,000, 100, 10 or 1.</summary>
    public int Precision { get; }

    /// <summary>WGS84 position of the square's centre, good to about 4 m.</summary>
    public GeoPosition Centre
    {
        get
        {
            // Nine decimals are a tenth of a millimetre; what is behind them is the arithmetic's.
            var (latitude, longitude) = NationalGrid.Of(Grid).Unproject(Easting + (Precision / 2.0), Northing + (Precision / 2.0));
            return new GeoPosition(Math.Round(latitude, 9), Math.Round(longitude, 9));
        }
    }

    /// <summary>WGS84 positions of the corners, from the south-west one against the clock, good to about 4 m.</summary>
    public IReadOnlyList<GeoPosition> Corners
    {
        get
        {
            var projection = NationalGrid.Of(Grid);
            return
            [
                projection.Unproject(Easting, Northing),
                projection.Unproject(Easting + Precision, Northing),
                projection.Unproject(Easting + Precision, Northing + Precision),
                projection.Unproject(Easting, Northing + Precision),
            ];
        }
    }

    /// <summary>The square of this size that holds this one.</summary>
    /// <param name="precisionMetres">Edge of the square: a power of ten from this one's to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is another number, or smaller.</exception>
    public GridReference Within(int precisionMetres)
    {
        ThrowIfNoEdge(precisionMetres);
        ArgumentOutOfRangeException.ThrowIfLessThan(precisionMetres, Precision);
        return new GridReference(
            Grid,
            Easting / precisionMetres * precisionMetres,
            Northing / precisionMetres * precisionMetres,
            precisionMetres
        );
    }

    /// <summary>The square as far away in whole squares, or null where the grid has none.</summary>
    public GridReference? Neighbour(int east, int north)
    {
        var (easting, northing) = (Easting + (east * Precision), Northing + (north * Precision));
        return NationalGrid.Of(Grid).Covers(easting, northing) ? new GridReference(Grid, easting, northing, Precision) : null;
    }

    /// <summary>Reads a grid reference: letters in either case, digits with or without spaces, any precision.</summary>
    /// <param name="text">E.g. <c>TQ 30 80</c>, <c>ng9051</c>, <c>O1234</c>, <c>SV</c>.</param>
    /// <param name="reference">The square, when the text names one.</param>
    /// <param name="problem">Otherwise a sentence for the user that says what is wrong.</param>
    public static bool TryParse(string? text, [NotNullWhen(true)] out GridReference? reference, [NotNullWhen(false)] out string? problem)
    {
        problem = GridReferenceText.Read(text, out var grid, out var easting, out var northing, out var precision);
        reference = problem is null ? new GridReference(grid, easting, northing, precision) : null;
        return problem is null;
    }

    /// <summary>
    /// The square that a position lies in: of the Irish grid on and around the island of Ireland, otherwise of the
    /// British one; null outside both.
    /// </summary>
    /// <param name="position">WGS84 position.</param>
    /// <param name="precisionMetres">Edge of the square: a power of ten from 1 to 100,000.</param>
    /// <exception cref="ArgumentOutOfRangeException">The precision is another number.</exception>
    public static GridReference? FromPosition(GeoPosition position, int precisionMetres) =>
        FromPosition(position, precisionMetres, IrelandOutline.Contains(position) ? Grid.Irish : Grid.British);

    /// <summary>The square of one particular grid that a position lies in, or null outside it.</summary>
    internal static GridReference? FromPosition(GeoPosition position, int precisionMetres, Grid grid)
    {
        ThrowIfNoEdge(precisionMetres);

        // Far from both grids the projection's series runs wild; the box also turns NaN away.
        if (position is not { Latitude: > 48 and < 63, Longitude: > -14 and < 5 })
        {
            return null;
        }

        var projection = NationalGrid.Of(grid);
        var (easting, northing) = projection.Project(position);
        return projection.Covers(easting, northing)
            ? new GridReference(
                grid,
                (int)easting / precisionMetres * precisionMetres,
                (int)northing / precisionMetres * precisionMetres,
                precisionMetres
            )
            : null;
    }

    /// <summary>Metres from a position to the nearest point of this square; zero inside it.</summary>
    internal double DistanceTo(GeoPosition position)
    {
        // The centre is good enough for anything that is not near, and safe where the projection is not.
        var fromCentre = GeoDistance.Metres(Centre, position);
        if (fromCentre > 1_000_000)
        {
            return fromCentre;
        }

        var (easting, northing) = NationalGrid.Of(Grid).Project(position);
        var east = Math.Max(0, Math.Max(Easting - easting, easting - (Easting + Precision)));
        var north = Math.Max(0, Math.Max(Northing - northing, northing - (Northing + Precision)));
        return Math.Sqrt((east * east) + (north * north));
    }

    /// <summary>Letters and digits parted by spaces, as people write them: <c>TQ 30 80</c>.</summary>
    public override string ToString() => ToString(spaced: true);

    /// <summary>The reference with spaces (<c>TQ 30 80</c>) or without (<c>TQ3080</c>); both are read back.</summary>
    public string ToString(bool spaced)
    {
        var letters = GridReferenceText.Letters(Grid, Easting, Northing);
        if (Precision == GridReferenceText.LetteredSquare)
        {
            return letters;
        }

        var digits = "D" + GridReferenceText.DigitsOf(Precision).ToString(CultureInfo.InvariantCulture);
        var east = (Easting % GridReferenceText.LetteredSquare / Precision).ToString(digits, CultureInfo.InvariantCulture);
        var north = (Northing % GridReferenceText.LetteredSquare / Precision).ToString(digits, CultureInfo.InvariantCulture);
        return spaced ? $"{letters} {east} {north}" : letters + east + north;
    }

    private static void ThrowIfNoEdge(int precisionMetres)
    {
        if (precisionMetres is not (1 or 10 or 100 or 1_000 or 10_000 or 100_000))
        {
            throw new ArgumentOutOfRangeException(
                nameof(precisionMetres),
                precisionMetres,
                "the edge of a square is a power of ten from 1 to 100,000 metres"
            );
        }
    }
}
