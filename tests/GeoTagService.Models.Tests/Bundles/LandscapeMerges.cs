using System.Text;

namespace GeoTagService.Models.Tests.Bundles;

/// <summary>A small vocabulary in CLIP's merges format, learnt from words of the landscape by byte-pair encoding.</summary>
internal static class LandscapeMerges
{
    private const string Words = """
        abbey airport allotment arch bank barn bay beach beacon bog boundary bridge brook building burn bus byway cairn
        camp canal car castle cattle cemetery channel chapel church cliff coast common cottage country court cow creek
        crossing cycle dale dam dyke docks down drain estate estuary factory farm farmhouse fell fence field fishing
        flower footpath ford forest fort garden gate glen gorse grassland grave green hall harbour heath hedge hill
        hospital hotel house housing industrial inn island junction lake lane level library lighthouse loch lock main
        market marsh meadow memorial mill mine monument moor moorland mountain museum near new north nursery old orchard
        park parking pasture path pier plantation pond post power pub quarry railway range reservoir ridge river road
        rock ruin school sea sheep shop shore site sky south sports spring square station stile stone stream street
        summit sunset tower town track tree trig tunnel turbine valley view village wall water waterfall weir west
        wetland wind wood woodland works yard above across along and at by for from in into of on over the to towards
        under with
        """;

    /// <summary>The file's lines, the header first.</summary>
    /// <param name="count">How many merges.</param>
    public static string Write(int count)
    {
        var words = Words.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(Symbols).ToList();
        var lines = new StringBuilder("#version: merges of landscape words\n");
        for (var i = 0; i < count; i++)
        {
            var (left, right) = words
                .SelectMany(word => word.Zip(word.Skip(1)))
                .GroupBy(pair => pair)
                .OrderByDescending(group => group.Count())
                .ThenBy(group => group.Key.First + " " + group.Key.Second, StringComparer.Ordinal)
                .First()
                .Key;
            lines.Append(left).Append(' ').Append(right).Append('\n');
            words.ForEach(word => Merge(word, left, right));
        }

        return lines.ToString();
    }

    private static List<string> Symbols(string word) => [.. word[..^1].Select(letter => letter.ToString()), word[^1] + "</w>"];

    private static void Merge(List<string> word, string left, string right)
    {
        for (var i = 0; i < word.Count - 1; i++)
        {
            if (word[i] == left && word[i + 1] == right)
            {
                word[i] = left + right;
                word.RemoveAt(i + 1);
            }
        }
    }
}
