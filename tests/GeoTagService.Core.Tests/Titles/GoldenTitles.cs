using System.Text.Json;
using GeoTagService.Core.Titles;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Titles;

/// <summary>The titles that the reference tokenised, and CLIP's own vocabulary.</summary>
internal static class GoldenTitles
{
    private static readonly Lazy<Dictionary<string, GoldenTitle[]>> Cases = new(Read);
    private static readonly Lazy<ClipTokenizer> Clip = new(Load);

    public static ClipTokenizer Tokenizer => Clip.Value;

    public static IReadOnlyList<GoldenTitle> Of(string category) => Cases.Value[category];

    public static IEnumerable<string> Categories => Cases.Value.Keys;

    /// <summary>One line for each title whose ids are not the reference's.</summary>
    public static List<string> Differences(string category) =>
        [
            .. Of(category)
                .Where(title => !title.Ids.SequenceEqual(Tokenizer.Encode(title.Text).Ids.ToArray()))
                .Select(title =>
                    $"{Printable(title.Text)}: expected {Printable(title.Cleaned)}, "
                    + $"got {Printable(Tokenizer.Encode(title.Text).Cleaned)}"
                ),
        ];

    private static string Printable(string text) => JsonSerializer.Serialize(text);

    private static Dictionary<string, GoldenTitle[]> Read()
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(ReferenceData.PathOf("golden", "tokenizer.json")));
        return document
            .RootElement.GetProperty("cases")
            .EnumerateArray()
            .Select(item => new GoldenTitle(
                item.GetProperty("cat").GetString()!,
                item.GetProperty("text").GetString()!,
                item.GetProperty("cleaned").GetString()!,
                [.. item.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())]
            ))
            .GroupBy(title => title.Category)
            .ToDictionary(group => group.Key, group => group.ToArray());
    }

    private static ClipTokenizer Load()
    {
        using var merges = File.OpenRead(ReferenceData.PathOf("bpe_simple_vocab_16e6.txt.gz"));
        return ClipTokenizer.Load(merges, 49408, 77);
    }
}

internal sealed record GoldenTitle(string Category, string Text, string Cleaned, int[] Ids);
