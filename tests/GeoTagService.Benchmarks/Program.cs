using BenchmarkDotNet.Running;
using GeoTagService.Benchmarks;

// "rounds FILE…" is the half of a comparison that tests/peers/preprocess_peer.py drives; the rest is BenchmarkDotNet's.
if (args is ["rounds", .. var photos])
{
    PreprocessingRounds.Serve(photos, Console.In, Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
