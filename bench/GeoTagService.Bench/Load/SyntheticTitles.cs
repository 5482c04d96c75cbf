namespace GeoTagService.Bench.Load;

/// <summary>Titles as photographers write them, of four to twelve words or so; none comes twice within millions.</summary>
internal static class SyntheticTitles
{
    private static readonly string[] Things =
    [
        "Farm track",
        "Footpath",
        "Bridleway",
        "Stile",
        "Lock",
        "Bridge",
        "Church",
        "Cottage",
        "Reservoir",
        "Quarry",
        "Cairn",
        "Pond",
        "Hedge",
        "Field of barley",
        "Sheep pasture",
        "Old railway",
        "Milestone",
        "Ford",
        "Waterfall",
        "Beach",
        "Harbour",
        "Lighthouse",
        "Trig point",
        "Stone wall",
        "Plantation",
        "Bus shelter",
        "Post box",
        "Village green",
        "Weir",
        "Barn",
    ];

    private static readonly string[] Relations =
    [
        "near",
        "above",
        "below",
        "at",
        "north of",
        "south of",
        "east of",
        "west of",
        "on the way to",
        "looking towards",
        "beside",
    ];

    private static readonly string[] First =
    [
        "Ash",
        "Black",
        "Burn",
        "Cold",
        "Dun",
        "East",
        "Fair",
        "Glen",
        "Hart",
        "Holm",
        "Inver",
        "Kirk",
        "Lang",
        "Llan",
        "Long",
        "Marsh",
        "Nether",
        "Oak",
        "Over",
        "Pen",
        "Red",
        "Rother",
        "Sand",
        "Stan",
        "Thorn",
        "Upper",
        "West",
        "White",
        "Wind",
        "Wool",
    ];

    private static readonly string[] Second =
    [
        "ford",
        "ton",
        "ham",
        "by",
        "thorpe",
        "wick",
        "worth",
        "ley",
        "den",
        "bourne",
        "combe",
        "dale",
        "field",
        "gate",
        "hurst",
        "mere",
        "more",
        "ness",
        "over",
        "port",
        "ridge",
        "shaw",
        "stead",
        "stow",
        "ville",
        "well",
        "wood",
        "church",
        "bridge",
        "hill",
    ];

    private static readonly string[] Ends =
    [
        "",
        "",
        " in winter",
        " after rain",
        " at dusk",
        " in spring",
        " from the air",
        " on a hazy day",
    ];

    /// <summary>How many differ.</summary>
    private static readonly long Variety =
        (long)Things.Length * Relations.Length * First.Length * Second.Length * First.Length * Second.Length;

    /// <summary>The title of a number of at least 0; two numbers have two titles while they are less than <see cref="Variety"/>
    /// apart.</summary>
    public static string Of(long number)
    {
        // A prime that divides none of the lists' lengths: neighbours differ in every word, and all combinations are met.
        var rest = number % Variety * 999_999_937L % Variety;
        string Take(string[] words)
        {
            var word = words[rest % words.Length];
            rest /= words.Length;
            return word;
        }

        return $"{Take(Things)} {Take(Relations)} {Take(First)}{Take(Second)} and {Take(First)}{Take(Second)}{Ends[number % Ends.Length]}";
    }
}
