using CsCheck;
using GeoTagService.Api.Uploads;

namespace GeoTagService.Api.FunctionalTests.Uploads;

public sealed class UploadSafetyTests
{
    private const long Room = 32L * 1024 * 1024;
    private const long Share = 20L * 1024 * 1024;

    private static readonly Gen<(int Client, long Bytes)[]> Uploads = Gen.Select(Gen.Int[0, 3], Gen.Long[1, Share]).Array[1, 30];

    /// <summary>Uploads grow step by step in any order, each step only where it is safe: all of them come to their end.</summary>
    [Fact]
    public void UploadsThatGrowOnlyWhereItIsSafe_AllComeToTheirEnd() =>
        Gen.Select(Uploads, Gen.Int[0, int.MaxValue], Gen.Long[1, 4L * 1024 * 1024])
            .Sample(
                (uploads, seed, step) =>
                {
                    var random = new Random(seed);
                    var held = new Dictionary<int, long>();
                    var open = Enumerable.Range(0, uploads.Length).ToList();
                    while (open.Count > 0)
                    {
                        foreach (var i in open)
                        {
                            held.TryAdd(i, 0);
                        }

                        // Somebody can always go on: in any order, try until one step is granted.
                        var granted = open.OrderBy(_ => random.Next())
                            .ToList()
                            .Exists(i =>
                            {
                                var more = Math.Min(step, uploads[i].Bytes - held[i]);
                                if (!UploadSafety.IsSafe([.. open.Select(j => Claim(j, j == i ? more : 0))], Room, Share))
                                {
                                    return false;
                                }

                                held[i] += more;
                                if (held[i] == uploads[i].Bytes)
                                {
                                    open.Remove(i);
                                    held.Remove(i);
                                }

                                return true;
                            });
                        Assert.True(granted, "everybody waits for everybody");
                        Assert.True(held.Values.Sum() <= Room + (open.Count * UploadBudget.Step));
                    }

                    UploadClaim Claim(int i, long more) =>
                        new($"client {uploads[i].Client}", held[i] + more, uploads[i].Bytes - held[i] - more);
                },
                iter: 200
            );

    [Theory]
    [InlineData(0, 20, true)]
    [InlineData(12, 20, true)]
    [InlineData(13, 20, false)]
    public void SecondUpload_MayTakeWhatTheFirstDoesNotNeed(int heldBySecond, int needOfFirst, bool safe) =>
        Assert.Equal(
            safe,
            UploadSafety.IsSafe(
                [new UploadClaim("a", 0, needOfFirst * 1024 * 1024), new UploadClaim("b", heldBySecond * 1024 * 1024, 20L * 1024 * 1024)],
                Room,
                Room
            )
        );
}
