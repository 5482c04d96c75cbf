using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Bulk;

/// <summary>Part of a list: every n-th item, so that n machines share it without speaking to each other.</summary>
/// <param name="Index">Which part, from 1.</param>
/// <param name="Count">How many parts.</param>
public readonly record struct Shard(int Index, int Count)
{
    /// <summary>The whole list.</summary>
    public static Shard Whole { get; } = new(1, 1);

    /// <summary>Reads <c>2/4</c>.</summary>
    /// <exception cref="RunFailureException">It is not of that form.</exception>
    public static Shard Parse(string text)
    {
        var parts = text.Split('/');
        return
            parts.Length == 2
            && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1
            && index <= count
            ? new Shard(index, count)
            : throw new RunFailureException(RunFailure.Request, $"'{text}' is not a part such as 2/4, from 1/4 to 4/4");
    }

    /// <summary>Whether an item belongs to this part.</summary>
    public bool Holds(long position) => position % Count == Index - 1;

    /// <inheritdoc/>
    public override string ToString() => $"{Index}/{Count}";
}
