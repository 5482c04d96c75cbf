using System.Text.Json;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;
using GeoTagService.Core;

namespace GeoTagService.Cli.Tests.Lists;

public sealed class RunLeaseTests : IDisposable
{
    private static readonly LeaseTimes Fast = new(
        TimeSpan.FromMilliseconds(50),
        TimeSpan.FromMilliseconds(400),
        TimeSpan.FromMilliseconds(5)
    );
    private static readonly LeaseHolder Elsewhere = new("far", "another machine", 7, 7);

    private static readonly ListAbout About = ListAbout.Of(
        new AboutModel("drawn", "1.0.0", "d", "demonstration", null),
        null,
        new ListContent([0.5f], false)
    );

    private readonly TemporaryDirectory _directory = new(inMemory: true);

    private string Ledger => _directory.PathOf("out.csv.ledger");

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OfManyAtOnce_OneHoldsIt_AndNumbersGrow()
    {
        var (inside, most, epochs) = (0, 0, new List<long>());
        await Parallel.ForAsync(
            0,
            40,
            TestContext.Current.CancellationToken,
            async (_, cancellationToken) =>
            {
                using var lease = await RunLease.AcquireAsync(Ledger, _ => true, Fast, TimeProvider.System, cancellationToken);
                var here = Interlocked.Increment(ref inside);
                lock (epochs)
                {
                    most = Math.Max(most, here);
                    epochs.Add(lease!.Epoch);
                }

                new ListLedger
                {
                    Form = ListLedger.CurrentForm,
                    Run = "",
                    Content = new ListContent([0.5f], false),
                    About = About,
                    Location = "",
                    Epoch = lease.Epoch,
                }.Save(Ledger);
                await Task.Yield();
                lease.Require();
                Interlocked.Decrement(ref inside);
            }
        );

        Assert.Equal(1, most);
        Assert.Equal(Enumerable.Range(1, 40).Select(number => (long)number), epochs);
        Assert.Equal([Ledger], Directory.GetFiles(_directory.Root));
    }

    [Fact]
    public async Task HolderOnThisMachineThatIsDead_IsFollowedAtOnce()
    {
        Hold(4, LeaseHolder.Present with { Process = int.MaxValue });

        using var lease = await AcquireAsync(LeaseTimes.Default);

        Assert.Equal((5, false), (lease!.Epoch, lease.IsTakenOver));
        Assert.Equal([Ledger + ".lease-5"], Directory.GetFiles(_directory.Root));
    }

    [Fact]
    public async Task ProcessOfTheSameNumberThatStartedLater_IsAnother()
    {
        Hold(1, LeaseHolder.Present with { Started = LeaseHolder.Present.Started - 1 });

        using var lease = await AcquireAsync(LeaseTimes.Default);

        Assert.Equal(2, lease!.Epoch);
    }

    [Fact]
    public async Task HolderThatLives_IsNotFollowed()
    {
        using var first = await AcquireAsync(Fast);

        Assert.Null(await RunLease.AcquireAsync(Ledger, _ => false, Fast, TimeProvider.System, TestContext.Current.CancellationToken));
        Assert.Equal(LeaseHolder.Present, RunLease.HolderOf(Ledger));
        first!.Require();
    }

    [Fact]
    public async Task HolderElsewhere_IsFollowedWhenItsFileStandsStill_AndLearnsOfIt()
    {
        using var first = await AcquireAsync(Fast with { Beat = TimeSpan.FromHours(1) });
        // As another machine sees it.
        Hold(first!.Epoch, Elsewhere);

        using var second = await AcquireAsync(Fast);

        Assert.Equal((2, true), (second!.Epoch, second.IsTakenOver));
        Assert.Throws<RunFailureException>(first.Require);
        first.Dispose();
        second.Require();
    }

    [Fact]
    public async Task HolderElsewhereThatGivesSignsOfLife_IsWaitedFor()
    {
        using var first = await AcquireAsync(Fast);
        Hold(first!.Epoch, Elsewhere);
        LeaseHolder? told = null;
        var waiting = RunLease.AcquireAsync(
            Ledger,
            holder =>
            {
                told = holder;
                return true;
            },
            Fast with
            {
                Silence = TimeSpan.FromMinutes(2),
            },
            TimeProvider.System,
            TestContext.Current.CancellationToken
        );
        first.Dispose();

        using var second = await waiting;
        Assert.False(second!.IsTakenOver);
    }

    [Fact]
    public async Task HalfWrittenLease_IsFollowedAfterSilence()
    {
        await File.WriteAllBytesAsync(Ledger + ".lease-3", [], TestContext.Current.CancellationToken);

        using var lease = await AcquireAsync(Fast);

        Assert.Equal(4, lease!.Epoch);
    }

    private Task<RunLease?> AcquireAsync(LeaseTimes times) =>
        RunLease.AcquireAsync(Ledger, _ => true, times, TimeProvider.System, TestContext.Current.CancellationToken);

    private void Hold(long epoch, LeaseHolder holder) =>
        File.WriteAllBytes($"{Ledger}.lease-{epoch}", JsonSerializer.SerializeToUtf8Bytes(holder, LeaseJson.Default.LeaseHolder));
}
