using BenchmarkDotNet.Running;
using GeoTagService.Benchmarks;
using GeoTagService.Benchmarks.Jpeg;
using GeoTagService.Models.Graphs;

// "rounds FILE…" is the half of a comparison that bench/peers/preprocess_peer.py drives; the rest is BenchmarkDotNet's.
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

// A bundle of hardly any work, to measure what stands around the encoders: "tiny-bundle DIRECTORY".
if (args is ["tiny-bundle", var small])
{
    TinyBundle.Write(small);
    return;
}

// What a plan costs beside the bare encoder: "plan-rate GEOTAG.DLL BUNDLE fp32|int8 ROWS ROUNDS [PHOTOS]".
if (args is ["plan-rate", var tool, var full, var precision, var rowsOfRound, var turns, .. var own])
{
    PlanOverhead.CompareRates(
        tool,
        full,
        precision,
        int.Parse(rowsOfRound),
        int.Parse(turns),
        own is [var jpegs] ? jpegs : null,
        Console.Out
    );
    return;
}

// And beside one run over the same list: "plan-cost GEOTAG.DLL BUNDLE ROWS TASKS ROUNDS".
if (args is ["plan-cost", var program, var tiny, var items, var tasks, var repeats])
{
    PlanOverhead.CompareCommands(program, tiny, int.Parse(items), int.Parse(tasks), int.Parse(repeats), Console.Out);
    return;
}

// What the engine's defaults rest on: "engine BUNDLE ROUNDS [batch] [threads] [lanes]".
if (args is ["engine", var bundle, var count, .. var sections])
{
    EnginePlan.Run(bundle, int.Parse(count), sections, Console.Out);
    return;
}

// How fast the embedded bundle serves, or bundles beside one another: "photos FOLDER ROUNDS [BUNDLE ...]".
if (args is ["photos", var folder, var times, .. var servedBundles])
{
    await PhotoThroughput.RunAsync(folder, int.Parse(times), servedBundles, Console.Out);
    return;
}

// Our decoder of plain JPEGs beside two libraries': "jpeg ROUNDS". It starts itself with "jpeg-peak DECODER KIND" for their memory.
if (args is ["jpeg", var jpegRounds])
{
    JpegComparison.Run(int.Parse(jpegRounds), Console.Out);
    return;
}

if (args is ["jpeg-peak", var decoder, var kind])
{
    JpegComparison.WritePeak(decoder, kind, Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
