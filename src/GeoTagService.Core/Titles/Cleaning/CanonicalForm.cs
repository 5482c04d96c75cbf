using System.Text;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>
/// Unicode's canonical composition (NFC). Written out because <see cref="string.Normalize()"/> does nothing without
/// ICU, which the service does not need (InvariantGlobalization). The tables are of Unicode 14, the reference's version.
/// </summary>
internal static class CanonicalForm
{
    // Below this every character is in composed form, and none combines with what precedes it.
    private const char FirstThatMayChange = '\u0300';

    private static readonly Lazy<CanonicalMappings> Mappings = new(CanonicalMappings.Load);

    /// <summary>The text in composed form; the text itself where it plainly is so already.</summary>
    public static string Compose(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange(FirstThatMayChange, char.MaxValue))
        {
            return text;
        }

        var mappings = Mappings.Value;
        var parts = new List<(int Code, int Class)>(text.Length + 8);
        var changes = false;
        foreach (var rune in text.EnumerateRunes())
        {
            changes |= mappings.MayChange(rune.Value);
            Decompose(rune.Value, parts, mappings);
        }

        if (!changes)
        {
            return text;
        }

        Order(parts);
        Recombine(parts, mappings);
        var output = new StringBuilder(text.Length);
        foreach (var (code, _) in parts)
        {
            output.Append(new Rune(code).ToString());
        }

        return output.ToString();
    }

    private static void Decompose(int code, List<(int Code, int Class)> parts, CanonicalMappings mappings)
    {
        if (HangulSyllables.TryDecompose(code, out var first, out var second) || mappings.TryDecompose(code, out first, out second))
        {
            Decompose(first, parts, mappings);
            if (second != 0)
            {
                Decompose(second, parts, mappings);
            }

            return;
        }

        parts.Add((code, mappings.ClassOf(code)));
    }

    // Marks after one letter go by class; those of one class keep their order.
    private static void Order(List<(int Code, int Class)> parts)
    {
        for (var start = 0; start < parts.Count; )
        {
            var end = start;
            while (end < parts.Count && parts[end].Class != 0)
            {
                end++;
            }

            if (end - start > 1)
            {
                var ordered = parts[start..end].OrderBy(part => part.Class).ToArray();
                for (var i = 0; i < ordered.Length; i++)
                {
                    parts[start + i] = ordered[i];
                }
            }

            start = Math.Max(end, start) + 1;
        }
    }

    private static void Recombine(List<(int Code, int Class)> parts, CanonicalMappings mappings)
    {
        var starter = -1;
        var kept = 0;
        for (var i = 0; i < parts.Count; i++)
        {
            var part = parts[i];

            // A mark is blocked from its letter by another of the same or a higher class, a letter by anything between.
            var blocked = starter >= 0 && starter < kept - 1 && (parts[kept - 1].Class >= part.Class || parts[kept - 1].Class == 0);
            if (starter >= 0 && !blocked && TryCompose(parts[starter].Code, part.Code, mappings, out var composite))
            {
                parts[starter] = (composite, 0);
                continue;
            }

            if (part.Class == 0)
            {
                starter = kept;
            }

            parts[kept++] = part;
        }

        parts.RemoveRange(kept, parts.Count - kept);
    }

    private static bool TryCompose(int first, int second, CanonicalMappings mappings, out int composite) =>
        HangulSyllables.TryCompose(first, second, out composite) || mappings.TryCompose(first, second, out composite);
}
