using BenchmarkDotNet.Running;
using GeoTagService.Benchmarks;
using GeoTagService.Models.Graphs;

// "rounds FILE…" is the half of a comparison that tests/peers/preprocess_peer.py drives; the rest is BenchmarkDotNet's.
if (args is ["rounds", .. var photos])
{
    PreprocessingRounds.Serve(photos, Console.In, Console.Out);
    return;
}

// A bundle to measure with, of the weights that "geotag models random" writes: "random-bundle DIRECTORY VOCABULARY HEADS
// [plain|fused]".
if (args is ["random-bundle", var directory, var vocabulary, var heads, .. var style])
{
    RandomBundle.Write(directory, vocabulary, heads, style is ["fused"] ? ClipGraphStyle.Fused : ClipGraphStyle.Plain);
    return;
}

// Embeddings to score again: "random-store DIRECTORY ROWS BUNDLE".
if (args is ["random-store", var store, var rows, var model])
{
    RandomStore.Write(store, int.Parse(rows), model);
    return;
}

// What the engine's defaults rest on: "engine BUNDLE ROUNDS [batch] [threads] [lanes]".
if (args is ["engine", var bundle, var count, .. var sections])
{
    EnginePlan.Run(bundle, int.Parse(count), sections, Console.Out);
    return;
}

// How fast the embedded bundle serves: "photos FOLDER ROUNDS".
if (args is ["photos", var folder, var times])
{
    await PhotoThroughput.RunAsync(folder, int.Parse(times), Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
