namespace GeoTagService.Contracts;

/// <summary>Where a tag is expected: its share in every square that the location encoder learnt from.</summary>
/// <param name="Tag">The tag's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Edge">Edge of the squares, metres: 100,000 or 10,000.</param>
/// <param name="Usual">The tag's share among all photos learnt from.</param>
/// <param name="Total">Photos that the location encoder learnt from.</param>
/// <param name="Source">What they were.</param>
/// <param name="Squares">The squares, the most expected first.</param>
/// <param name="Model">The model.</param>
public sealed record TagMapResponse(
    string Tag,
    string Name,
    int Edge,
    double Usual,
    int Total,
    string Source,
    IReadOnlyList<TagSquare> Squares,
    ModelStamp Model
);

/// <summary>How often a tag is expected in a square.</summary>
/// <param name="Square">Its name in its own grid.</param>
/// <param name="Lat">Degrees north of its centre.</param>
/// <param name="Lon">Degrees east of its centre.</param>
/// <param name="Share">Expected share of photos with the tag, 0 to 1.</param>
/// <param name="Deviation">Standard deviation of that share.</param>
/// <param name="Photos">Photos of the square that the location encoder learnt from.</param>
/// <param name="Sparse">Whether less than half of the expectation comes from these photos.</param>
public sealed record TagSquare(string Square, double Lat, double Lon, double Share, double Deviation, int Photos, bool Sparse);
