using System.IO.Pipelines;
using System.Text;
using CsCheck;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.FunctionalTests.Batches;

public sealed class BatchReaderTests
{
    private const int PhotoLimit = 300_000;
    private const int TextLimit = 40_000;

    /// <summary>Lengths around what matters: nothing, small, the window's first size, the limits.</summary>
    private static readonly Gen<int> Titles = Gen.OneOf(
        Gen.Int[0, 5],
        Gen.Int[16_370, 16_400],
        Gen.Int[TextLimit - 10, TextLimit + 10],
        Gen.Int[0, 2 * TextLimit]
    );

    private static readonly Gen<int> Photos = Gen.OneOf(
        Gen.Const(-1),
        Gen.Int[0, 5],
        Gen.Int[65_530, 65_545],
        Gen.Int[PhotoLimit - 3, PhotoLimit + 3],
        Gen.Int[0, 2 * PhotoLimit]
    );

    [Fact]
    public void AnyLinesInAnyChunks_ComeOutAsTheyWentIn() =>
        Gen.Select(Gen.Select(Titles, Photos).Array[0, 5], Gen.Int[1, 100_000], Gen.Bool, Gen.Bool)
            .Sample(
                (items, chunk, ended, escaped) =>
                {
                    var lines = items.Select((item, i) => Line(i, item.Item1, item.Item2, escaped)).ToList();
                    var text = string.Join('\n', lines) + (ended ? "\n" : "");

                    var expected = items.Select(
                        (item, i) =>
                            (item.Item1, item.Item2) switch
                            {
                                (_, > PhotoLimit) => "ImageTooLarge",
                                // What else is in the line counts too.
                                var (title, photo) when title + Line(i, 0, photo < 0 ? -1 : 0, escaped).Length > TextLimit => "LineTooLong",
                                var (title, photo) => $"{i} {title} {(photo < 0 ? "" : Checksum(Photo(i, photo)))}",
                            }
                    );
                    Assert.Equal(expected, Read(text, chunk).Select(item => item == "FieldTooLarge" ? "LineTooLong" : item));
                },
                iter: 150
            );

    [Fact]
    public void LongPhoto_HoldsItsMemoryUntilItsReceiverGivesItBack()
    {
        using var budget = Budget();
        var seen = new List<long>();

        var items = Read(Line(0, 3, 200_000) + "\n" + Line(1, 3, -1) + "\n", 10_000, budget, entry => seen.Add(budget.TakenBytes));

        Assert.Equal(2, items.Count);
        Assert.Equal([262_144, 0], seen);
        Assert.Equal(0, budget.TakenBytes);
    }

    [Fact]
    public async Task LongPhotoWithoutMemory_IsRefusedAndTheNextLineIsRead()
    {
        using var budget = Budget(wait: TimeSpan.Zero);
        using var others = budget.Open(null, "somebody else", 32 * 1024 * 1024);
        Assert.Null(await others.TakeAsync(32 * 1024 * 1024, TestContext.Current.CancellationToken));

        var items = Read(Line(0, 3, -1) + "\n" + Line(1, 3, 200_000) + "\n" + Line(2, 3, -1) + "\n", 10_000, budget);

        Assert.Equal(["0 3 ", "Overloaded", "2 3 "], items);
    }

    private static string Line(int i, int title, int photo, bool escaped = false)
    {
        var base64 = photo < 0 ? "" : Convert.ToBase64String(Photo(i, photo));
        base64 = escaped ? base64.Replace("/", "\\/", StringComparison.Ordinal).Replace("+", "\\u002B", StringComparison.Ordinal) : base64;
        return $"{{\"id\":{i},\"image\": {(photo < 0 ? "null" : $"\"{base64}\"")},\"title\":\"{new string('t', title)}\"}}";
    }

    private static byte[] Photo(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static string Checksum(ReadOnlySpan<byte> bytes) => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(bytes));

    private static UploadBudget Budget(TimeSpan? wait = null) =>
        new(
            Options.Create(
                new EdgeOptions
                {
                    MaxBufferedUploadBytes = 32 * 1024 * 1024,
                    MaxUploadSharePercent = 100,
                    UploadWait = wait ?? TimeSpan.FromMinutes(1),
                }
            ),
            Options.Create(new TaggingOptions { MaxImageBytes = PhotoLimit }),
            TimeProvider.System
        );

    private static List<string> Read(string text, int chunk, UploadBudget? budget = null, Action<BatchEntry>? look = null)
    {
        using var own = budget is null ? Budget() : null;
        var edge = new EdgeOptions { MaxFieldBytes = TextLimit };
        using var source = new Chunks(Encoding.UTF8.GetBytes(text), chunk);
        using var body = new ReceivedBody(PipeReader.Create(source), budget ?? own!, "tests", true, edge, TimeProvider.System);
        var reader = new BatchReader(Options.Create(edge), Options.Create(new TaggingOptions { MaxImageBytes = PhotoLimit }));
        var result = new List<string>();
        foreach (
            var entry in reader
                .ReadAsync(body, FieldSet.Tagging, new RequestDraft(FieldSet.BatchOptions), TestContext.Current.CancellationToken)
                .ToBlockingEnumerable(TestContext.Current.CancellationToken)
        )
        {
            using (entry)
            {
                look?.Invoke(entry);
                result.Add(
                    entry.Problem is { } problem
                        ? problem.Code.ToString()
                        : $"{entry.Id} {entry.Input.Title!.Length} {(entry.Input.Image is { } photo ? Checksum(photo.Span) : "")}"
                );
            }
        }

        return result;
    }

    /// <summary>A stream that gives at most so many bytes at once, as a network does.</summary>
    private sealed class Chunks(byte[] bytes, int chunk) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(chunk, buffer.Length)], cancellationToken);
    }
}
