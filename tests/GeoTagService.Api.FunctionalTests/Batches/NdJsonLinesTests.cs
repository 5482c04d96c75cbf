using System.Text;
using System.Threading.RateLimiting;
using CsCheck;
using GeoTagService.Api.Batches;
using GeoTagService.Core;

namespace GeoTagService.Api.FunctionalTests.Batches;

public sealed class NdJsonLinesTests
{
    private const int Limit = 400_000;

    /// <summary>Lengths around what matters: nothing, small, the buffer's first size, a small line's limit, the line limit.</summary>
    private static readonly Gen<int> Lengths = Gen.OneOf(
        Gen.Int[0, 5], Gen.Int[65_530, 65_545], Gen.Int[262_140, 262_150], Gen.Int[Limit - 3, Limit + 3], Gen.Int[0, 2 * Limit]);

    [Fact]
    public void AnyLinesInAnyChunks_ComeOutAsTheyWentIn() =>
        Gen.Select(Lengths.Array[0, 6], Gen.Int[1, 100_000], Gen.Bool).Sample(
            (lengths, chunk, ended) =>
            {
                var lines = lengths.Select((length, i) => new string((char)('a' + i), length)).ToList();
                var text = string.Join('\n', lines) + (ended ? "\n" : "");
                var expected = lines.Where(line => line.Length > 0).Select(line => line.Length > Limit ? "too long" : line);

                Assert.Equal(expected, Read(text, chunk));
            },
            iter: 60);

    [Fact]
    public void LongLine_GivesItsMemoryToItsReceiver()
    {
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        var text = new string('a', 300_000) + "\nb\n";

        var lines = Read(text, 10_000, () => limiter.AttemptAcquire());

        Assert.Equal([new string('a', 300_000), "b"], lines);
        Assert.Equal(1, limiter.GetStatistics()!.CurrentAvailablePermits);
    }

    [Fact]
    public void LongLineWithoutMemory_IsRefusedAndTheNextIsRead()
    {
        var text = "a\n" + new string('b', 300_000) + "\nc\n";

        var lines = Read(text, 10_000, () => new TaggingError(TaggingErrorCode.Overloaded, null, "full"));

        Assert.Equal(["a", "Overloaded", "c"], lines);
    }

    private static List<string> Read(string text, int chunk, Func<Outcome<RateLimitLease>>? take = null)
    {
        using var limiter = new ConcurrencyLimiter(new ConcurrencyLimiterOptions { PermitLimit = 1 });
        using var source = new Chunks(Encoding.UTF8.GetBytes(text), chunk);
        using var lines = new NdJsonLines(source, Limit, _ => ValueTask.FromResult(take?.Invoke() ?? limiter.AttemptAcquire()));
        var result = new List<string>();
        foreach (var line in lines.ReadAsync(TestContext.Current.CancellationToken).ToBlockingEnumerable())
        {
            result.Add(line.TooLong ? "too long" : line.Refusal?.Code.ToString() ?? Encoding.UTF8.GetString(line.Bytes.Span));
            line.Share?.Dispose();
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
