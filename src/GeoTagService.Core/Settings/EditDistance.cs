namespace GeoTagService.Core.Settings;

/// <summary>How far a mistyped name is from one that there is.</summary>
public static class EditDistance
{
    /// <summary>Letters to add, leave out, change or swap with their neighbour to turn one word into the other.</summary>
    /// <param name="one">A word; upper and lower case are different letters.</param>
    /// <param name="other">Another.</param>
    public static int Of(string one, string other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        var edits = new int[one.Length + 1, other.Length + 1];
        for (var i = 0; i <= one.Length; i++)
        {
            for (var j = 0; j <= other.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                var change = one[i - 1] == other[j - 1] ? 0 : 1;
                edits[i, j] = Math.Min(edits[i - 1, j - 1] + change, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[one.Length, other.Length];
    }
}
