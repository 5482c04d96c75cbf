using ProjNet.CoordinateSystems;
using ProjNet.CoordinateSystems.Transformations;

namespace GeoTagService.Core.Places;

/// <summary>
/// A grid's projection: WGS84 degrees to eastings and northings and back. The datum shift is the published 7-parameter
/// Helmert, good to about 4 m against the surveyed shift. Built once; both transforms only read, so many threads may
/// share them.
/// </summary>
internal sealed class NationalGrid
{
    // EPSG:27700 with the shift of EPSG:1314 (OSGB36 to WGS 84).
    private const string BritishDefinition = """
        PROJCS["OSGB36 / British National Grid",
          GEOGCS["OSGB36",
            DATUM["Ordnance Survey of Great Britain 1936",
              SPHEROID["Airy 1830",6377563.396,299.3249646],
              TOWGS84[446.448,-125.157,542.06,0.15,0.247,0.842,-20.489]],
            PRIMEM["Greenwich",0], UNIT["degree",0.0174532925199433]],
          PROJECTION["Transverse_Mercator"],
          PARAMETER["latitude_of_origin",49], PARAMETER["central_meridian",-2],
          PARAMETER["scale_factor",0.9996012717],
          PARAMETER["false_easting",400000], PARAMETER["false_northing",-100000],
          UNIT["metre",1]]
        """;

    // EPSG:29903 (TM75 / Irish Grid) with the shift of EPSG:1954 (TM75 to WGS 84).
    private const string IrishDefinition = """
        PROJCS["TM75 / Irish Grid",
          GEOGCS["TM75",
            DATUM["Geodetic Datum of 1965",
              SPHEROID["Airy Modified 1849",6377340.189,299.3249646],
              TOWGS84[482.5,-130.6,564.6,-1.042,-0.214,-0.631,8.15]],
            PRIMEM["Greenwich",0], UNIT["degree",0.0174532925199433]],
          PROJECTION["Transverse_Mercator"],
          PARAMETER["latitude_of_origin",53.5], PARAMETER["central_meridian",-8],
          PARAMETER["scale_factor",1.000035],
          PARAMETER["false_easting",200000], PARAMETER["false_northing",250000],
          UNIT["metre",1]]
        """;

    private readonly MathTransform _project;
    private readonly MathTransform _unproject;

    private NationalGrid(string definition, int width, int height)
    {
        var projected = (ProjectedCoordinateSystem)new CoordinateSystemFactory().CreateFromWkt(definition);
        var transformations = new CoordinateTransformationFactory();

        // Two transforms rather than one and its inverse: MathTransform.Invert changes the object it is called on.
        _project = transformations.CreateFromCoordinateSystems(GeographicCoordinateSystem.WGS84, projected).MathTransform;
        _unproject = transformations.CreateFromCoordinateSystems(projected, GeographicCoordinateSystem.WGS84).MathTransform;
        Width = width;
        Height = height;
    }

    /// <summary>The British National Grid: 700 km × 1,300 km.</summary>
    public static NationalGrid British { get; } = new(BritishDefinition, 700_000, 1_300_000);

    /// <summary>The Irish Grid: 500 km × 500 km.</summary>
    public static NationalGrid Irish { get; } = new(IrishDefinition, 500_000, 500_000);

    /// <summary>Extent of the lettered squares eastwards, metres.</summary>
    public int Width { get; }

    /// <summary>Extent of the lettered squares northwards, metres.</summary>
    public int Height { get; }

    /// <summary>The projection of a grid.</summary>
    public static NationalGrid Of(Grid grid) => grid == Grid.British ? British : Irish;

    /// <summary>Metres east and north of the grid's origin. Only meaningful within a few degrees of the grid.</summary>
    public (double Easting, double Northing) Project(GeoPosition position) => _project.Transform(position.Longitude, position.Latitude);

    /// <summary>The WGS84 position of a point of the grid.</summary>
    public GeoPosition Unproject(double easting, double northing)
    {
        var (longitude, latitude) = _unproject.Transform(easting, northing);
        return new GeoPosition(latitude, longitude);
    }

    /// <summary>Whether a point lies in one of the grid's lettered squares.</summary>
    public bool Covers(double easting, double northing) => easting >= 0 && easting < Width && northing >= 0 && northing < Height;
}
