using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;

namespace GeoTagService.Core.Titles.Cleaning;

/// <summary>The named character references of HTML, from the embedded list.</summary>
internal sealed class HtmlEntityNames
{
    /// <summary>The longest name that also counts without its semicolon.</summary>
    public const int LongestBareName = 6;

    private readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _names;
    private readonly FrozenDictionary<string, string>.AlternateLookup<ReadOnlySpan<char>> _capitals;

    private HtmlEntityNames(Dictionary<string, string> names)
    {
        _names = names.ToFrozenDictionary(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
        _capitals = names
            .Where(name => name.Key.EndsWith(';') && !name.Key.Any(char.IsAsciiLetterUpper))
            .Select(name => (Key: name.Key.ToUpperInvariant(), name.Value))
            .Where(name => !MeansSomething(name.Key))
            .ToFrozenDictionary(name => name.Key, name => ToUpper(name.Value), StringComparer.Ordinal)
            .GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>Letters and digits, of which names consist.</summary>
    public static SearchValues<char> NameCharacters { get; } =
        SearchValues.Create("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Reads the embedded list.</summary>
    public static HtmlEntityNames Load()
    {
        var names = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in EmbeddedTable.Lines("html-entities.txt"))
        {
            var parts = line.Split(' ');
            var value = string.Concat(parts.Skip(1).Select(code => char.ConvertFromUtf32(int.Parse(code, NumberStyles.HexNumber))));
            var name = parts[0].TrimEnd('*');
            names.Add(name + ";", value);
            if (name.Length < parts[0].Length)
            {
                names.Add(name, value);
            }
        }

        return new HtmlEntityNames(names);
    }

    /// <summary>What a name stands for; the name with its semicolon, or one of the old names without.</summary>
    public bool TryFind(ReadOnlySpan<char> name, out string value)
    {
        var found = _names.TryGetValue(name, out var text);
        value = text ?? string.Empty;
        return found;
    }

    /// <summary>The same, for a name with its semicolon, or such a name in capitals, which then stands for the
    /// capital.</summary>
    public bool TryFindAnyCase(ReadOnlySpan<char> name, out string value)
    {
        if (TryFind(name, out value))
        {
            return true;
        }

        var found = _capitals.TryGetValue(name, out var text);
        value = text ?? string.Empty;
        return found;
    }

    // Whether browsers read a name in capitals as a reference, or as an old one and more letters.
    private bool MeansSomething(string name)
    {
        for (var length = name.Length; length > 1; length--)
        {
            if (_names.ContainsKey(name.AsSpan(0, length)))
            {
                return true;
            }
        }

        return false;
    }

    // Unicode's full mapping, of which the framework does the one-to-one part.
    private static string ToUpper(string value) =>
        value switch
        {
            "ß" => "SS",
            "ı" => "I",
            "ŉ" => "ʼN",
            "ﬀ" => "FF",
            "ﬁ" => "FI",
            "ﬂ" => "FL",
            "ﬃ" => "FFI",
            "ﬄ" => "FFL",
            _ => value.ToUpperInvariant(),
        };
}
