using System.Collections.Frozen;
using System.Globalization;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>Unicode's canonical decompositions, their inverses, and the combining classes.</summary>
internal sealed class CanonicalMappings
{
    private readonly FrozenDictionary<int, (int First, int Second)> _decompositions;
    private readonly FrozenDictionary<(int First, int Second), int> _compositions;
    private readonly FrozenDictionary<int, int> _classes;
    private readonly FrozenSet<int> _seconds;

    private CanonicalMappings(
        Dictionary<int, (int First, int Second)> decompositions,
        Dictionary<(int First, int Second), int> compositions,
        Dictionary<int, int> classes
    )
    {
        _decompositions = decompositions.ToFrozenDictionary();
        _compositions = compositions.ToFrozenDictionary();
        _classes = classes.ToFrozenDictionary();
        _seconds = compositions.Keys.Select(pair => pair.Second).ToFrozenSet();
    }

    /// <summary>Reads the embedded table.</summary>
    public static CanonicalMappings Load()
    {
        var decompositions = new Dictionary<int, (int, int)>();
        var compositions = new Dictionary<(int, int), int>();
        var classes = new Dictionary<int, int>();
        foreach (var line in EmbeddedTable.Lines("canonical-mappings.txt"))
        {
            if (line.IndexOf(':') is > 0 and var colon)
            {
                var range = line[..colon].Split('-');
                for (var code = Hex(range[0]); code <= Hex(range[1]); code++)
                {
                    classes.Add(code, int.Parse(line.AsSpan(colon + 1)));
                }

                continue;
            }

            var mark = line.IndexOfAny(['=', '!']);
            var parts = line[(mark + 1)..].Split(' ');
            var pair = (Hex(parts[0]), parts.Length > 1 ? Hex(parts[1]) : 0);
            decompositions.Add(Hex(line[..mark]), pair);
            if (line[mark] == '=')
            {
                compositions.Add(pair, Hex(line[..mark]));
            }
        }

        return new CanonicalMappings(decompositions, compositions, classes);
    }

    /// <summary>Whether a character could be otherwise in composed text; true for some that stay.</summary>
    public bool MayChange(int code) =>
        _classes.ContainsKey(code)
        || _seconds.Contains(code)
        || (_decompositions.TryGetValue(code, out var pair) && !_compositions.ContainsKey(pair))
        || code is >= 0x1100 and <= 0x11FF;

    /// <summary>The one or two characters (the second then 0) that a character is made of.</summary>
    public bool TryDecompose(int code, out int first, out int second)
    {
        var found = _decompositions.TryGetValue(code, out var pair);
        (first, second) = pair;
        return found;
    }

    /// <summary>The character that two make.</summary>
    public bool TryCompose(int first, int second, out int composite) => _compositions.TryGetValue((first, second), out composite);

    /// <summary>The canonical combining class; 0 for all but marks.</summary>
    public int ClassOf(int code) => _classes.GetValueOrDefault(code);

    private static int Hex(string digits) => int.Parse(digits, NumberStyles.HexNumber);
}
