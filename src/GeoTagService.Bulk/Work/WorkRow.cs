using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using GeoTagService.Contracts;

namespace GeoTagService.Bulk.Work;

/// <summary>A photo that the labeller hands out.</summary>
/// <param name="Id">Geograph's id of the photo.</param>
/// <param name="Path">Its path behind the batch's prefix.</param>
/// <param name="Title">Its title; null when it has none or a blank one.</param>
/// <param name="Extra">Whatever else the labeller says of it: photographer, licence … It travels with the results.</param>
internal sealed record WorkRow(long Id, string Path, string? Title, IReadOnlyDictionary<string, JsonElement> Extra);

/// <summary>What a poll gave.</summary>
/// <param name="Rows">The photos; empty when there is nothing to do.</param>
/// <param name="Prefix">What their paths begin with.</param>
/// <param name="Pause">How long the labeller asks to be left alone, or null.</param>
/// <param name="Unreadable">Rows that name no photo.</param>
internal sealed record WorkBatch(IReadOnlyList<WorkRow> Rows, string Prefix, TimeSpan? Pause, int Unreadable)
{
    private const double LongestPauseSeconds = 3600;

    /// <summary>Nothing to do, and nothing said.</summary>
    public static WorkBatch Empty { get; } = new([], "", null, 0);

    /// <summary>Reads Geograph's answer: <c>{"rows":[{"gridimage_id","fullpath","title"}],"prefix","sleep"}</c>. Its
    /// numbers may be strings, and its rows an object by number. An empty body and <c>[]</c> are nothing to do.</summary>
    /// <returns>The batch, or why there is none.</returns>
    /// <exception cref="JsonException">It is not JSON.</exception>
    public static (WorkBatch? Batch, string? Why) Parse(byte[] json)
    {
        // Titles of people hold half characters and broken ones.
        json = Utf8.IsValid(json) ? json : Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(json));
        LoneSurrogates.Repair(json);
        var text = json.AsSpan(json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0).Trim(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            return (Empty, null);
        }

        var root = JsonElement.Parse(text);
        if (root.ValueKind != JsonValueKind.Object)
        {
            return root.ValueKind == JsonValueKind.Array && root.GetArrayLength() == 0
                ? (Empty, null)
                : (null, "it answers JSON that is not an object");
        }

        if (ErrorOf(root) is { } error)
        {
            return (null, $"it answers: {error}");
        }

        JsonElement[] handed = !root.TryGetProperty("rows", out var list)
            ? []
            : list.ValueKind switch
            {
                JsonValueKind.Array => [.. list.EnumerateArray()],
                JsonValueKind.Object => [.. list.EnumerateObject().Select(row => row.Value)],
                _ => [],
            };
        var rows = handed.Select(ParseRow).OfType<WorkRow>().ToList();
        TimeSpan? pause =
            root.TryGetProperty("sleep", out var sleep) && Number(sleep) is { } seconds and >= 0
                ? TimeSpan.FromSeconds(Math.Min(seconds, LongestPauseSeconds))
                : null;
        return (
            new WorkBatch(rows, root.TryGetProperty("prefix", out var prefix) ? prefix.ToString() : "", pause, handed.Length - rows.Count),
            null
        );
    }

    /// <summary>What <c>{"error": …}</c> says, or null.</summary>
    public static string? ErrorOf(JsonElement answer) =>
        answer.ValueKind == JsonValueKind.Object && answer.TryGetProperty("error", out var error)
            ? error.ToString() is { Length: > 0 } text
                ? text.ReplaceLineEndings(" ")
                : "an error"
            : null;

    private static WorkRow? ParseRow(JsonElement row)
    {
        if (
            row.ValueKind != JsonValueKind.Object
            || !row.TryGetProperty("gridimage_id", out var id)
            || Whole(id) is not { } number
            || !row.TryGetProperty("fullpath", out var path)
            || path.ValueKind != JsonValueKind.String
        )
        {
            return null;
        }

        var extra = row.EnumerateObject()
            .Where(field => field.Name is not ("gridimage_id" or "fullpath" or "title"))
            .GroupBy(field => field.Name)
            .ToDictionary(field => field.Key, field => field.First().Value);
        var title =
            row.TryGetProperty("title", out var written) && written.ValueKind is JsonValueKind.String or JsonValueKind.Number
                ? written.ToString()
                : null;
        return new WorkRow(number, path.GetString()!, string.IsNullOrWhiteSpace(title) ? null : title, extra);
    }

    private static long? Whole(JsonElement value) =>
        value.ValueKind is JsonValueKind.Number or JsonValueKind.String
        && long.TryParse(value.ToString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;

    private static double? Number(JsonElement value) =>
        value.ValueKind switch
        {
            JsonValueKind.Number => value.GetDouble(),
            JsonValueKind.String
                when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
}

/// <summary>What became of a row.</summary>
internal enum WorkFate
{
    /// <summary>Scored.</summary>
    Done,

    /// <summary>The photo cannot be read: reported as failed.</summary>
    Failed,

    /// <summary>The photo is gone: reported as failed, unless a whole batch is.</summary>
    Gone,

    /// <summary>The photo's host refuses it; nothing is reported, so that the labeller hands it out again.</summary>
    Refused,

    /// <summary>The photo could not be had now; nothing is reported, so that the labeller hands it out again.</summary>
    Unreachable,

    /// <summary>It was not asked for any more, because its host refuses everything.</summary>
    Untried,
}

/// <summary>A row with what became of it.</summary>
/// <param name="Row">The row.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Probabilities">In head-row order, when done.</param>
/// <param name="ImageEmbedding">Raw, when done and used.</param>
/// <param name="TitleEmbedding">Raw, when done and used.</param>
/// <param name="Why">What was wrong, when not done.</param>
internal sealed record WorkResult(
    WorkRow Row,
    WorkFate Fate,
    float[]? Probabilities = null,
    float[]? ImageEmbedding = null,
    float[]? TitleEmbedding = null,
    string? Why = null
);
