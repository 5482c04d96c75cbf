using System.Globalization;
using System.Text.Json;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Work;

/// <summary>
/// What became of a post. It counts as taken only when the labeller acknowledges every photo of it, by a line
/// <c>id: affected</c> with at least one row affected: its own faults come with status 200 too.
/// </summary>
/// <param name="Missing">The photos that were not acknowledged; none when the post was taken.</param>
/// <param name="Why">Why it was not taken, or null.</param>
/// <param name="Answered">Whether the labeller answered at all: a silent one says nothing against the post.</param>
/// <param name="RetryAfter">How long the labeller asks to be left alone, or null.</param>
internal sealed record PostFate(IReadOnlySet<long> Missing, string? Why, bool Answered, TimeSpan? RetryAfter)
{
    /// <summary>Whether every result is stored at the labeller.</summary>
    public bool IsTaken => Why is null;

    /// <summary>Reads the labeller's answer.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="ids">The photos of the post.</param>
    public static PostFate Of(WebAnswer answer, IReadOnlySet<long> ids)
    {
        if (!answer.IsSuccess)
        {
            return new PostFate(ids, answer.Describe(), answer is { MayPass: false }, answer.RetryAfter);
        }

        if (answer.Body.AsSpan().Trim(" \t\r\n"u8).IsEmpty)
        {
            return new PostFate(ids, "it answers nothing", true, answer.RetryAfter);
        }

        var missing = new HashSet<long>(ids);
        var unaffected = new HashSet<long>();
        string? fault = null;
        foreach (
            var line in System
                .Text.Encoding.UTF8.GetString(answer.Body)
                .Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
        )
        {
            if (!TryReadLine(line, out var id, out var affected))
            {
                // A warning of PHP may stand between the lines; a fault of the script ends its transaction.
                fault ??= line.StartsWith('{') || line.Contains("error", StringComparison.OrdinalIgnoreCase) ? ErrorOf(line) : null;
            }
            else if (affected > 0)
            {
                missing.Remove(id);
            }
            else
            {
                unaffected.Add(id);
            }
        }

        missing.UnionWith(unaffected.Where(ids.Contains));
        return (fault, missing.Count) switch
        {
            ({ }, _) => new PostFate(ids, $"it answers: {fault}", true, answer.RetryAfter),
            (_, 0) => new PostFate(missing, null, true, null),
            (_, var count) when count == ids.Count => new PostFate(
                missing,
                $"it acknowledges none of {Counted.Of(ids.Count, "photo")}: {answer.BodyText()}",
                true,
                answer.RetryAfter
            ),
            var (_, count) => new PostFate(
                missing,
                $"it acknowledges {ids.Count - count} of {Counted.Of(ids.Count, "photo")}",
                true,
                answer.RetryAfter
            ),
        };
    }

    private static bool TryReadLine(string line, out long id, out long affected)
    {
        (id, affected) = (0, 0);
        var colon = line.IndexOf(':', StringComparison.Ordinal);
        return colon > 0
            && long.TryParse(line.AsSpan(0, colon), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out id)
            // Nothing behind the colon: the row was begun and not stored.
            && (
                line.AsSpan(colon + 1).IsWhiteSpace()
                || long.TryParse(line.AsSpan(colon + 1).Trim(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out affected)
            );
    }

    private static string ErrorOf(string line)
    {
        try
        {
            return WorkBatch.ErrorOf(JsonElement.Parse(line)) ?? new WebAnswer(0, System.Text.Encoding.UTF8.GetBytes(line)).BodyText();
        }
        catch (JsonException)
        {
            return new WebAnswer(0, System.Text.Encoding.UTF8.GetBytes(line)).BodyText();
        }
    }
}
