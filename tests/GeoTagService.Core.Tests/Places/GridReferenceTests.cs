using CsCheck;
using GeoTagService.Core.Places;

namespace GeoTagService.Core.Tests.Places;

public sealed class GridReferenceTests
{
    [Theory]
    [InlineData("TQ 30 80", Grid.British, 530_000, 180_000, 1_000)]
    [InlineData("TQ3080", Grid.British, 530_000, 180_000, 1_000)]
    [InlineData("tq3080", Grid.British, 530_000, 180_000, 1_000)]
    [InlineData(" NG 9051 ", Grid.British, 190_000, 851_000, 1_000)]
    [InlineData("NN1667271291", Grid.British, 216_672, 771_291, 1)]
    [InlineData("NN 16672 71291", Grid.British, 216_672, 771_291, 1)]
    [InlineData("SU 4829", Grid.British, 448_000, 129_000, 1_000)]
    [InlineData("SV", Grid.British, 0, 0, 100_000)]
    [InlineData("SV 8 1", Grid.British, 80_000, 10_000, 10_000)]
    [InlineData("HP6218", Grid.British, 462_000, 1_218_000, 1_000)]
    [InlineData("JM", Grid.British, 600_000, 1_200_000, 100_000)]
    [InlineData("TW", Grid.British, 600_000, 0, 100_000)]
    [InlineData("O1234", Grid.Irish, 312_000, 234_000, 1_000)]
    [InlineData("o 15922 34380", Grid.Irish, 315_922, 234_380, 1)]
    [InlineData("V", Grid.Irish, 0, 0, 100_000)]
    [InlineData("E", Grid.Irish, 400_000, 400_000, 100_000)]
    [InlineData("C70", Grid.Irish, 270_000, 400_000, 10_000)]
    public void Reference_NamesItsSquare(string text, Grid grid, int easting, int northing, int precision)
    {
        Assert.True(GridReference.TryParse(text, out var reference, out var problem), problem);
        Assert.Null(problem);
        Assert.Equal((grid, easting, northing, precision), (reference.Grid, reference.Easting, reference.Northing, reference.Precision));
    }

    [Theory]
    [InlineData(null, "empty")]
    [InlineData("", "empty")]
    [InlineData("   ", "empty")]
    [InlineData("ZZ99", "'ZZ' is not a 100 km square")]
    [InlineData("AA1234", "'AA' is not a 100 km square")]
    [InlineData("JN", "'JN' is not a 100 km square")]
    [InlineData("HK12", "'HK' is not a 100 km square")]
    [InlineData("NI1234", "without I")]
    [InlineData("I1234", "without I")]
    [InlineData("TQ123", "3 digits")]
    [InlineData("O 1 23", "3 digits")]
    [InlineData("TQ 1 234", "1 digits of easting and 3 of northing")]
    [InlineData("TQ 123456 123456", "12 digits")]
    [InlineData("TQ 30 80 00", "all together, or eastings and northings")]
    [InlineData("TQ30-80", "digits only")]
    [InlineData("TQ ٣٠ ٨٠", "digits only")]
    [InlineData("3080", "two letters")]
    [InlineData("ABC12", "two letters")]
    [InlineData("ΤQ3080", "two letters")]
    [InlineData("51.5, -0.12", "two letters")]
    [InlineData("TQ 0000000000000000000000000000000000", "characters")]
    public void NoReference_SaysWhatIsWrong(string? text, string expected)
    {
        Assert.False(GridReference.TryParse(text, out var reference, out var problem));
        Assert.Null(reference);
        Assert.Contains(expected, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void BritishLetters_NameEachOfThe91SquaresOnce()
    {
        const string Letters = "ABCDEFGHJKLMNOPQRSTUVWXYZ";
        var squares = Letters
            .SelectMany(first => Letters.Select(second => $"{first}{second}"))
            .Where(letters => GridReference.TryParse(letters, out _, out _))
            .ToList();

        Assert.Equal(91, squares.Count);
        Assert.Equal(91, squares.Select(Parse).Distinct().Count());
        Assert.All(squares, letters => Assert.Equal(letters, Parse(letters).ToString()));
    }

    [Fact]
    public void AnySquare_FormatsAndParsesBackExactly() =>
        Squares.Sample(square =>
        {
            Assert.Equal(square, Parse(square.ToString()));
            Assert.Equal(square, Parse(square.ToString(spaced: false)));
            Assert.Equal(square, Parse(square.ToString().ToLowerInvariant()));
        });

    [Fact]
    public void AnySquare_IsTheSquareOfItsCentre() =>
        Squares.Sample(square => Assert.Equal(square, GridReference.FromPosition(square.Centre, square.Precision, square.Grid)));

    [Fact]
    public void AnyText_IsAReferenceOrAProblemAndNeverThrows()
    {
        var character = Gen.OneOf(Gen.Char, Gen.Char['0', '9'], Gen.Char['A', 'Z'], Gen.Const(' '));
        character
            .Array[0, 40]
            .Sample(characters =>
            {
                var parsed = GridReference.TryParse(new string(characters), out var reference, out var problem);
                Assert.Equal(parsed, reference is not null);
                Assert.Equal(parsed, problem is null);
            });
    }

    [Theory]
    [InlineData(51.5081, -0.1270, "TQ 30 80")] // Charing Cross
    [InlineData(60.8554, -0.8869, "HP 60 19")] // Muckle Flugga
    [InlineData(49.866, -6.398, "SV 84 05")] // Western Rocks, Scilly
    [InlineData(53.3498, -6.2603, "O 15 34")] // Dublin
    [InlineData(54.5973, -5.9301, "J 33 74")] // Belfast
    [InlineData(55.2926, -6.1918, "D 14 51")] // Rathlin
    [InlineData(55.4316, -7.2260, "C 49 65")] // Inishtrahull
    [InlineData(54.6938, -5.5260, "J 59 85")] // Copeland
    [InlineData(55.3110, -5.8000, "NR 58 08")] // Mull of Kintyre
    [InlineData(55.5850, -6.2920, "NR 29 40")] // the Oa, Islay
    [InlineData(54.8430, -5.1200, "NW 99 54")] // Portpatrick
    [InlineData(54.0540, -4.8000, "SC 16 65")] // Calf of Man
    [InlineData(51.7210, -5.6700, "SM 46 08")] // the Smalls
    [InlineData(51.3890, -9.6030, "V 88 16")] // Fastnet
    public void Position_IsWrittenInTheGridThatPeopleUseThere(double latitude, double longitude, string expected) =>
        Assert.Equal(expected, GridReference.FromPosition(new GeoPosition(latitude, longitude), 1_000)?.ToString());

    [Theory]
    [InlineData(48.85, 2.35)]
    [InlineData(40.7, -74)]
    [InlineData(-51.5, -0.1)]
    [InlineData(52, -12)]
    [InlineData(62, -6.8)]
    [InlineData(double.NaN, -2)]
    [InlineData(54, double.NaN)]
    [InlineData(double.PositiveInfinity, 0)]
    public void Position_OutsideBothGrids_HasNone(double latitude, double longitude) =>
        Assert.Null(GridReference.FromPosition(new GeoPosition(latitude, longitude), 1_000));

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(500)]
    [InlineData(1_000_000)]
    public void Precision_ThatIsNoSquare_IsRefused(int precision) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => GridReference.FromPosition(new GeoPosition(54, -2), precision));

    [Fact]
    public void ManyThreads_GetTheSameAnswers()
    {
        GeoPosition[] places = [.. Enumerable.Range(0, 500).Select(i => new GeoPosition(50 + (i % 100 * 0.1), -7 + (i % 77 * 0.1)))];
        var alone = places.Select(place => GridReference.FromPosition(place, 1)).ToArray();

        var together = places
            .AsParallel()
            .AsOrdered()
            .WithDegreeOfParallelism(8)
            .Select(place => GridReference.FromPosition(place, 1))
            .ToArray();

        Assert.Equal(alone, together);
    }

    private static Gen<GridReference> Squares
    {
        get
        {
            var precision = Gen.Int[0, 5].Select(digits => (int)Math.Pow(10, digits));
            var british = Gen.Select(Gen.Int[0, 699_999], Gen.Int[0, 1_299_999], precision)
                .Select(square => Square(square.Item1, square.Item2, square.Item3, "HJNOST"));
            var irish = Gen.Select(Gen.Int[0, 499_999], Gen.Int[0, 499_999], precision)
                .Select(square => Square(square.Item1, square.Item2, square.Item3, null));
            return Gen.OneOf(british, irish);
        }
    }

    /// <summary>Spells a square from its numbers in a way of its own, so that the parser is not tested against itself.</summary>
    private static GridReference Square(int easting, int northing, int precision, string? outerLetters)
    {
        const string Letters = "VWXYZQRSTULMNOPFGHJKABCDE"; // from the south-west, row by row
        var letters = outerLetters is null
            ? Letters[(northing / 100_000 * 5) + (easting / 100_000)].ToString()
            : $"{Outer(easting, northing)}{Letters[(northing / 100_000 % 5 * 5) + (easting / 100_000 % 5)]}";
        var digits = 5 - (int)Math.Round(Math.Log10(precision));
        var text =
            digits == 0
                ? letters
                : letters
                    + (easting % 100_000 / precision).ToString($"D{digits}")
                    + (northing % 100_000 / precision).ToString($"D{digits}");
        var reference = Parse(text);
        Assert.Equal((easting / precision * precision, northing / precision * precision), (reference.Easting, reference.Northing));
        return reference;
    }

    private static char Outer(int easting, int northing) =>
        (easting / 500_000, northing / 500_000) switch
        {
            (0, 0) => 'S',
            (0, 1) => 'N',
            (0, 2) => 'H',
            (1, 0) => 'T',
            (1, 1) => 'O',
            _ => 'J',
        };

    private static GridReference Parse(string text)
    {
        Assert.True(GridReference.TryParse(text, out var reference, out var problem), problem);
        return reference;
    }
}
