namespace GeoTagService.Api.OpenApi;

/// <summary>What people read of an operation.</summary>
/// <param name="Group">The heading that it stands under.</param>
/// <param name="Summary">One line.</param>
/// <param name="Description">More.</param>
/// <param name="Success">What a 200 holds.</param>
/// <param name="Problems">The statuses of its errors.</param>
internal sealed record OperationText(string Group, string Summary, string Description, string Success, params int[] Problems);

/// <summary>The operations by their ids, which generated clients use as names of methods: they stay as they are.</summary>
internal static class OperationCatalogue
{
    public const string Tagging = "Tagging";
    public const string Embeddings = "Embeddings";
    public const string Model = "Model";
    public const string Places = "Places";
    public const string Health = "Health";

    private static readonly int[] OfOneItem = [400, 401, 408, 413, 415, 422, 429, 500, 503];

    public static IReadOnlyDictionary<string, OperationText> Texts { get; } =
        new Dictionary<string, OperationText>
        {
            ["tagPhoto"] = new(
                Tagging,
                "Tag a photo, a title, or both",
                """
                Send `multipart/form-data` with an `image` and the other fields; or the photo alone as an `image/*` body with the
                fields in the query; or JSON with the photo in base64; or a title alone, as a form or in the query. At least an image or
                a title.

                A place comes from `lat` and `lon`, or from `gridReference`, or from the photo's EXIF data; sources that disagree
                are refused. A place outside the trained area is left out, with a warning.
                """,
                "The chosen tags, all 49 probabilities, and how they came about.",
                OfOneItem
            ),
            ["findEvidence"] = new(
                Tagging,
                "Find where in a photo a tag comes from",
                """
                Covers the photo's centre square patch by patch (7 × 7) and says what each takes from the logit of one `tag`, the
                title and the place held fixed. Costs fifty photos; meant for looking at one photo, not for archives.
                """,
                "What covering each patch takes from the tag's logit.",
                OfOneItem
            ),
            ["tagBatch"] = new(
                Tagging,
                "Tag many items, streamed",
                """
                NDJSON in, one item a line with its photo as base64; or `multipart/form-data` in which a part `item` (JSON without
                the photo) is followed by its part `image`; an `image` without an `item` before it stands alone.

                NDJSON out: one line an item, in the order sent, with its `result` or its `error`; a bad item fails alone. The last
                line holds the `totals`: without it the answer was cut short. Read while you send: when answers are not read, the
                service stops taking items. A client that sends everything before it reads (many do over HTTP/1.1) should send at
                most 500 items a request.
                """,
                "One line an item (schema BatchLine), then one line with the totals (schema BatchEnd).",
                400,
                401,
                415,
                429,
                503
            ),
            ["embed"] = new(
                Embeddings,
                "Embed a photo, a title, or both",
                "The raw projections of the CLIP encoders, as the heads take them; `normalize=true` divides each by its length, for "
                    + "cosine search. `encoding=base64` gives little-endian float32.",
                "The vectors of the parts that were sent.",
                OfOneItem
            ),
            ["tagFromEmbeddings"] = new(
                Embeddings,
                "Tag from embeddings computed earlier",
                "Scores raw embeddings of this model with any head, without touching a photo: one item, `items` in one JSON body, or "
                    + "NDJSON for any number. Embeddings are lists of numbers or base64 of little-endian float32.",
                "For one item a TagResponse; for `items` a BatchResponse; for NDJSON a line an item and the totals.",
                400,
                401,
                408,
                413,
                415,
                422,
                429,
                500,
                503
            ),
            ["listTags"] = new(
                Model,
                "List the 49 tags",
                "Ids, Geograph's names and groups, in the order of the heads' output rows.",
                "The tags.",
                401,
                429
            ),
            ["getModel"] = new(
                Model,
                "Describe the model that serves",
                "Name, version, digest and purpose; engine and precision; heads with their published quality and the requests that each "
                    + "is the default for; limits.",
                "The model.",
                401,
                429
            ),
            ["describePlace"] = new(
                Places,
                "Say what is expected at a place",
                """
                The share of photos with each tag that is expected at `lat` and `lon`, or in `gridReference`, with its standard deviation and its
                share elsewhere; how many photos stand behind it; the place's embedding; and the squares elsewhere that are most like it. Only
                where the bundle has a location encoder (`geotag places train`); else 404 with the code `no-location-encoder`.
                """,
                "What is expected there.",
                400,
                401,
                404,
                422,
                429,
                500,
                503
            ),
            ["mapTag"] = new(
                Places,
                "Say where a tag is expected",
                """
                The expected share of one `tag` in every square of 100 or 10 km that the location encoder learnt from, with its standard deviation
                and the photos behind it; `sparse` where less than half of it comes from them. For a layer on a map. Only where the bundle has
                a location encoder; else 404 with the code `no-location-encoder`.
                """,
                "The squares, the most expected first.",
                400,
                401,
                404,
                422,
                429,
                500,
                503
            ),
            ["live"] = new(
                Health,
                "Whether the process can come to serve",
                "For liveness probes: 503 only once the model has failed for good, so that a new process is needed.",
                "It can.",
                503
            ),
            ["ready"] = new(
                Health,
                "Whether requests are served",
                "For readiness probes: 200 only after a warm-up inference ran.",
                "They are.",
                503
            ),
        };
}
