using System.Text;

namespace GeoTagService.Bulk.Fetching;

/// <summary>What became of a request.</summary>
/// <param name="Status">The status of the answer, or 0 when there was none: no connection, a broken one, a redirect into the void.</param>
/// <param name="Body">The body; empty when it was too large or there was none.</param>
internal sealed record WebAnswer(int Status, byte[] Body)
{
    private const int Shown = 120;

    /// <summary>Why there is no answer or not a whole one, or null.</summary>
    public string? Why { get; init; }

    /// <summary>Whether trying again makes no sense: too large, an address that is refused.</summary>
    public bool ForGood { get; init; }

    /// <summary>What the body is said to be, such as <c>text/html</c>, or null.</summary>
    public string? MediaType { get; init; }

    /// <summary>How long the host asks to be left alone, or null.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether it is a whole answer of status 2xx.</summary>
    public bool IsSuccess => Status is >= 200 and < 300 && Why is null;

    /// <summary>Whether the same request may fare better later.</summary>
    public bool MayPass => !ForGood && (Why is not null || Status is 408 or 429 or >= 500);

    /// <summary>A sentence's end for people: what was wrong.</summary>
    public string Describe()
    {
        var after =
            RetryAfter is { } pause && pause > TimeSpan.Zero
                ? $", it asks to be left alone for {Math.Ceiling(pause.TotalSeconds):0} s"
                : "";
        return Why ?? $"it answers {Status}{(BodyText() is { Length: > 0 } text && !IsSuccess ? $": {text}" : "")}{after}";
    }

    /// <summary>The body's beginning in one line, for people.</summary>
    public string BodyText()
    {
        var start = Encoding.UTF8.GetString(Body.AsSpan(0, Math.Min(Body.Length, 4 * Shown)));
        var line = string.Join(' ', start.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        line = string.Concat(line.Select(c => char.IsControl(c) ? '?' : c));
        return line.Length <= Shown ? line : line[..Shown] + "…";
    }
}
