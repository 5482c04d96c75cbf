using GeoTagService.Core.Batching;

namespace GeoTagService.Core.Tests.Batching;

public sealed class InferenceGateTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void FreeMachine_IsGivenWhole() => Assert.Equal(MachineShare.Whole, new InferenceGate(2).Enter(() => false));

    [Fact]
    public void WorkForSeveral_IsGivenParts()
    {
        var gate = new InferenceGate(2);

        Assert.Equal((MachineShare.Part, 1), (gate.Enter(() => true), gate.Free));
        Assert.Equal((MachineShare.Part, 0), (gate.Enter(() => false), gate.Free));
    }

    [Fact]
    public void OnePart_IsTheWholeMachine() => Assert.Equal(MachineShare.Whole, new InferenceGate(1).Enter(() => true));

    [Fact]
    public void CardWithoutWholeRuns_GivesPartsOnly() =>
        Assert.Equal(MachineShare.Part, new InferenceGate(2, hasWholeRuns: false).Enter(() => false));

    [Fact]
    public async Task WholeRun_KeepsOthersOutUntilItEnds()
    {
        var gate = new InferenceGate(2);
        gate.Enter(() => false);
        var next = Enter(gate, wantsPart: true);
        await Stands(gate, 1);
        Assert.Equal(0, gate.Free);

        gate.Exit();

        Assert.Equal(MachineShare.Part, await next);
    }

    [Fact]
    public async Task FreePart_IsUsedAtOnceByWhoeverIsNext()
    {
        var gate = new InferenceGate(2);
        gate.Enter(() => true);

        Assert.Equal(MachineShare.Part, await Enter(gate, wantsPart: false));
    }

    [Fact]
    public async Task NoMoreRunsThanParts_EvenWhenMachineWasWhole()
    {
        var gate = new InferenceGate(3);
        gate.Enter(() => false);
        var waiting = Enumerable.Range(0, 4).Select(_ => Enter(gate, wantsPart: true)).ToList();
        await Stands(gate, 4);

        gate.Exit();
        Assert.Equal((1, 0), (gate.Waiting, gate.Free));

        gate.Exit();
        await Task.WhenAll(waiting);
        Assert.All(waiting, turn => Assert.Equal(MachineShare.Part, turn.Result));
    }

    [Fact]
    public async Task MachineIsWholeAgain_WhenTheLastPartEnded()
    {
        var gate = new InferenceGate(2);
        gate.Enter(() => true);
        gate.Enter(() => true);
        gate.Exit();
        gate.Exit();

        Assert.Equal(MachineShare.Whole, await Enter(gate, wantsPart: false));
    }

    private static Task<MachineShare> Enter(InferenceGate gate, bool wantsPart) =>
        Task.Factory.StartNew(() => gate.Enter(() => wantsPart), Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    private static async Task Stands(InferenceGate gate, int count)
    {
        while (gate.Waiting != count)
        {
            await Task.Yield();
            Token.ThrowIfCancellationRequested();
        }
    }
}
