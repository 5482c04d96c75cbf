using System.Globalization;
using System.Text.Json;

namespace GeoTagService.Bulk.Work;

/// <summary>A photo that the labeller hands out.</summary>
/// <param name="Id">Geograph's id of the photo.</param>
/// <param name="Path">Its path behind the batch's prefix.</param>
/// <param name="Title">Its title.</param>
/// <param name="Extra">Whatever else the labeller says of it: photographer, licence … It travels with the results.</param>
internal sealed record WorkRow(long Id, string Path, string? Title, IReadOnlyDictionary<string, JsonElement> Extra);

/// <summary>What a poll gave.</summary>
/// <param name="Rows">The photos; empty when there is nothing to do.</param>
/// <param name="Prefix">What their paths begin with.</param>
/// <param name="Pause">How long the labeller asks to be left alone, or null.</param>
internal sealed record WorkBatch(IReadOnlyList<WorkRow> Rows, string Prefix, TimeSpan? Pause)
{
    private const double LongestPauseSeconds = 3600;

    /// <summary>Reads Geograph's answer: <c>{"rows":[{"gridimage_id","fullpath","title"}],"prefix","sleep"}</c>. Its
    /// numbers may be strings. A row that cannot be one is left out: the labeller keeps it.</summary>
    /// <exception cref="JsonException">It is no such answer.</exception>
    public static WorkBatch Parse(ReadOnlySpan<byte> json)
    {
        var root = JsonElement.Parse(json);
        if (root.ValueKind != JsonValueKind.Object)
        {
            throw new JsonException("the labeller's answer is not an object");
        }

        var rows = new List<WorkRow>();
        if (root.TryGetProperty("rows", out var list) && list.ValueKind == JsonValueKind.Array)
        {
            rows.AddRange(list.EnumerateArray().Select(ParseRow).OfType<WorkRow>());
        }

        TimeSpan? pause = root.TryGetProperty("sleep", out var sleep) && Number(sleep) is { } seconds && seconds >= 0
            ? TimeSpan.FromSeconds(Math.Min(seconds, LongestPauseSeconds))
            : null;
        return new WorkBatch(rows, root.TryGetProperty("prefix", out var prefix) ? prefix.ToString() : "", pause);
    }

    private static WorkRow? ParseRow(JsonElement row)
    {
        if (row.ValueKind != JsonValueKind.Object
            || !row.TryGetProperty("gridimage_id", out var id) || Number(id) is not { } number || number != Math.Floor(number)
            || !row.TryGetProperty("fullpath", out var path) || path.ValueKind != JsonValueKind.String)
        {
            return null;
        }

        var extra = row.EnumerateObject().Where(field => field.Name is not ("gridimage_id" or "fullpath" or "title"))
            .GroupBy(field => field.Name).ToDictionary(field => field.Key, field => field.First().Value);
        return new WorkRow((long)number, path.GetString()!, row.TryGetProperty("title", out var title) ? title.ToString() : null, extra);
    }

    private static double? Number(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number => value.GetDouble(),
        JsonValueKind.String when double.TryParse(value.GetString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
        _ => null,
    };
}

/// <summary>What became of a row.</summary>
internal enum WorkFate
{
    /// <summary>Scored.</summary>
    Done,

    /// <summary>The photo is not there or cannot be read: reported as failed.</summary>
    Failed,

    /// <summary>The photo could not be had now; nothing is reported, so that the labeller hands it out again.</summary>
    Left,
}

/// <summary>A row with what became of it.</summary>
/// <param name="Row">The row.</param>
/// <param name="Fate">What became of it.</param>
/// <param name="Probabilities">In head-row order, when done.</param>
/// <param name="ImageEmbedding">Raw, when done and used.</param>
/// <param name="TitleEmbedding">Raw, when done and used.</param>
/// <param name="Why">What was wrong, when not done.</param>
internal sealed record WorkResult(
    WorkRow Row, WorkFate Fate, float[]? Probabilities = null, float[]? ImageEmbedding = null, float[]? TitleEmbedding = null, string? Why = null);
