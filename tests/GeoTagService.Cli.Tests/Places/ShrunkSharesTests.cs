using GeoTagService.Bulk.Places;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Cli.Tests.Places;

public sealed class ShrunkSharesTests
{
    /// <summary>A drawn world: shares differ by 100 km square, by hills that reach over several squares of 10 km, and by chance.</summary>
    private static readonly Dictionary<GridReference, double[]> World = Draw();

    [Fact]
    public void Shares_PredictNewPhotosBetterThanCountsAndThanTheWhole()
    {
        var random = new Random(7);
        var pyramid = new SquarePyramid();
        foreach (var (square, truth) in World)
        {
            // Half of the squares have a handful of photos, as in a real archive.
            for (var photo = random.Next(2) == 0 ? random.Next(1, 5) : random.Next(5, 80); photo > 0; photo--)
            {
                pyramid.Add(square, Photo(truth, random));
            }
        }

        var shares = new ShrunkShares(pyramid, finest: 1);
        var (shrunk, raw, whole) = (0.0, 0.0, 0.0);
        foreach (var (square, truth) in World)
        {
            var expected = shares.Of(square);
            var own = pyramid[1][square];
            for (var tag = 0; tag < TagCatalog.Count; tag++)
            {
                shrunk += LogLoss(truth[tag], expected.Share[tag]);
                raw += LogLoss(truth[tag], (own.Tags[tag] + 0.5) / (own.Photos + 1));
                whole += LogLoss(truth[tag], pyramid.All.Tags[tag] / pyramid.All.Photos);
            }
        }

        Assert.True(shrunk < 0.97 * raw, $"{shrunk} against {raw} by counts alone");
        Assert.True(shrunk < 0.97 * whole, $"{shrunk} against {whole} by the whole");
    }

    [Fact]
    public void Deviation_CoversTheTruth()
    {
        var random = new Random(8);
        var pyramid = new SquarePyramid();
        foreach (var (square, truth) in World)
        {
            for (var photo = random.Next(1, 60); photo > 0; photo--)
            {
                pyramid.Add(square, Photo(truth, random));
            }
        }

        var shares = new ShrunkShares(pyramid, finest: 1);
        var within = 0.0;
        foreach (var (square, truth) in World)
        {
            var expected = shares.Of(square);
            within +=
                Enumerable
                    .Range(0, TagCatalog.Count)
                    .Count(tag => Math.Abs(truth[tag] - expected.Share[tag]) <= 2 * expected.Deviation[tag]) / (double)TagCatalog.Count;
        }

        // Two deviations of a share that is not quite normal.
        Assert.InRange(within / World.Count, 0.88, 0.995);
    }

    [Fact]
    public void ManyPhotos_SpeakForThemselves_AndFewTakeOverWhatLiesAround()
    {
        var pyramid = new SquarePyramid();
        var wooded = Tags(5);
        for (var east = 0; east < 5; east++)
        {
            for (var photo = 0; photo < 400; photo++)
            {
                pyramid.Add(Square($"SP {east}5"), photo % 10 < 6 ? wooded : Tags(9));
            }
        }

        for (var photo = 0; photo < 4000; photo++)
        {
            pyramid.Add(Square("SP 81"), Tags(9));
        }

        pyramid.Add(Square("SP 24"), Tags(9));

        var shares = new ShrunkShares(pyramid, finest: 1);
        var many = shares.Of(Square("SP 81"));
        var few = shares.Of(Square("SP 24"));
        var none = shares.Of(Square("SP 26"));

        Assert.InRange(many.Share[5], 0, 0.01);
        Assert.False(many.IsSparse);
        Assert.InRange(few.Share[5], 0.1, 0.6);
        Assert.True(few.IsSparse);
        Assert.Equal(0, none.Photos);
        Assert.InRange(none.Share[5], few.Share[5], 0.65);
        Assert.True(none.Deviation[5] > many.Deviation[5]);
    }

    [Fact]
    public void PhotoByPosition_LiesInTheSquareOfItsGrid()
    {
        var pyramid = new SquarePyramid();
        pyramid.Add(new Core.GeoPosition(52.5003, -0.9797), Tags(0));
        pyramid.Add(new Core.GeoPosition(53.35, -6.26), Tags(1));
        pyramid.Add(new Core.GeoPosition(48.86, 2.35), Tags(2));

        Assert.Equal(["O", "SP"], pyramid[0].Keys.Select(square => square.ToString()).Order(StringComparer.Ordinal));
        Assert.Equal(
            ["O 13", "SP 68"],
            pyramid[1]
                .Keys.Select(square => square.ToString(spaced: false).Insert(square.Grid == Grid.Irish ? 1 : 2, " "))
                .Order(StringComparer.Ordinal)
        );
        Assert.Equal(2, pyramid.All.Photos);
        Assert.Equal(1, pyramid.Outside);
    }

    private static Dictionary<GridReference, double[]> Draw()
    {
        var random = new Random(6);
        var world = new Dictionary<GridReference, double[]>();
        foreach (var letters in new[] { "SP", "SK", "SO", "SJ" })
        {
            var coarse = Enumerable.Range(0, TagCatalog.Count).Select(_ => -3 + (2 * random.NextDouble()) + Normal(random)).ToArray();
            for (var square = 0; square < 100; square++)
            {
                var (east, north) = (square / 10, square % 10);
                world[Square($"{letters} {east}{north}")] =
                [
                    .. coarse.Select(
                        (logit, tag) =>
                            Sigmoid(logit + Math.Sin((east * 0.6) + tag) + Math.Cos((north * 0.5) + (2 * tag)) + (0.3 * Normal(random)))
                    ),
                ];
            }
        }

        return world;
    }

    private static GridReference Square(string text) =>
        GridReference.TryParse(text, out var square, out var problem) ? square : throw new ArgumentException(problem);

    private static float[] Tags(int row)
    {
        var tags = new float[TagCatalog.Count];
        tags[row] = 1;
        return tags;
    }

    private static float[] Photo(double[] truth, Random random) => [.. truth.Select(share => random.NextDouble() < share ? 1f : 0f)];

    private static double LogLoss(double truth, double share) => -(truth * Math.Log(share)) - ((1 - truth) * Math.Log(1 - share));

    private static double Sigmoid(double logit) => 1 / (1 + Math.Exp(-logit));

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
