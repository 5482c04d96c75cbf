using System.Globalization;
using System.Text;

namespace GeoTagService.Cli.Output;

/// <summary>Numbers as JSON arrays.</summary>
internal static class JsonArrays
{
    /// <summary>Token ids: <c>[49406,518,49407]</c>.</summary>
    public static string Of(ReadOnlySpan<int> values)
    {
        var text = new StringBuilder("[");
        for (var i = 0; i < values.Length; i++)
        {
            text.Append(i == 0 ? string.Empty : ",").Append(values[i]);
        }

        return text.Append(']').ToString();
    }

    /// <summary>Floats with 9 significant digits, which name every float32 without loss.</summary>
    public static string Of(ReadOnlySpan<float> values)
    {
        var text = new StringBuilder("[");
        foreach (var value in values)
        {
            text.Append(text.Length == 1 ? string.Empty : ",").Append(value.ToString("G9", CultureInfo.InvariantCulture));
        }

        return text.Append(']').ToString();
    }

    /// <summary>An array of arrays, one a line, so that a long one can be looked at.</summary>
    public static void Write(TextWriter output, IReadOnlyList<string> arrays)
    {
        output.WriteLine("[");
        for (var i = 0; i < arrays.Count; i++)
        {
            output.WriteLine(arrays[i] + (i < arrays.Count - 1 ? "," : string.Empty));
        }

        output.WriteLine("]");
    }
}
