namespace GeoTagService.Contracts;

/// <summary>What is expected to be seen at a place.</summary>
/// <param name="Location">The place.</param>
/// <param name="Data">How much stands behind it.</param>
/// <param name="Tags">Every tag, the most expected first.</param>
/// <param name="Embedding">The place's embedding.</param>
/// <param name="Similar">Squares elsewhere, 50 km away or more, whose embeddings are most alike.</param>
/// <param name="Model">The model.</param>
public sealed record PlaceResponse(
    PlaceLocation Location,
    PlaceData Data,
    IReadOnlyList<ExpectedTag> Tags,
    IReadOnlyList<float> Embedding,
    IReadOnlyList<SimilarPlace> Similar,
    ModelStamp Model
);

/// <summary>A place.</summary>
/// <param name="Lat">Degrees north, WGS84.</param>
/// <param name="Lon">Degrees east, WGS84.</param>
/// <param name="Square">Its square of 10 km.</param>
public sealed record PlaceLocation(double Lat, double Lon, string Square);

/// <summary>How much stands behind an expectation.</summary>
/// <param name="Photos">Photos of the square of 10 km that the location encoder learnt from.</param>
/// <param name="Total">Photos that it learnt from in all.</param>
/// <param name="Source">What they were.</param>
public sealed record PlaceData(int Photos, int Total, string Source);

/// <summary>How often a tag is expected.</summary>
/// <param name="Id">The tag's id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Share">Expected share of photos with it, 0 to 1.</param>
/// <param name="Deviation">Standard deviation of that share.</param>
/// <param name="Usual">Its share among all photos learnt from.</param>
public sealed record ExpectedTag(string Id, string Name, double Share, double Deviation, double Usual);

/// <summary>A square that is like a place.</summary>
/// <param name="Square">Its name.</param>
/// <param name="Lat">Degrees north of its centre.</param>
/// <param name="Lon">Degrees east of its centre.</param>
/// <param name="Similarity">Cosine of both embeddings, −1 to 1.</param>
/// <param name="Kilometres">How far it is.</param>
/// <param name="Photos">Photos of it that the location encoder learnt from.</param>
public sealed record SimilarPlace(string Square, double Lat, double Lon, double Similarity, double Kilometres, int Photos);
