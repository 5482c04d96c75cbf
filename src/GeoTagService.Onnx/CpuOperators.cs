using System.Text.RegularExpressions;

namespace GeoTagService.Onnx;

/// <summary>Which operators of a session are not on the card, by what ONNX Runtime says of their placement.</summary>
internal static partial class CpuOperators
{
    /// <summary>Reads them from the lines of a session's start, each kind once.</summary>
    public static IReadOnlyList<string> In(IReadOnlyList<string> lines)
    {
        var kinds = new SortedSet<string>(StringComparer.Ordinal);
        var isCpu = false;
        foreach (var line in lines)
        {
            if (Provider().Match(line) is { Success: true } provider)
            {
                isCpu = provider.Groups[1].Value == "CPUExecutionProvider";
            }
            else if (isCpu && Operator().Match(line) is { Success: true } placed)
            {
                kinds.Add(placed.Groups[1].Value);
            }
            else
            {
                isCpu = false;
            }
        }

        return [.. kinds];
    }

    [GeneratedRegex(@"odes?(?:\(s\))? placed on \[(\w+)\]")]
    private static partial Regex Provider();

    [GeneratedRegex(@"^\s+(\w+) \(")]
    private static partial Regex Operator();
}
