using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.DependencyInjection;

namespace GeoTagService.Core.Hosting;

/// <summary>
/// One bundle and everything that asks it: model, lanes, cache, decoders, tagger. Requests take it into use and leave it; once it was
/// retired and the last has left, its lanes are stopped and its memory is given back.
/// </summary>
public sealed class ServingModel : IAsyncDisposable
{
    private readonly ServiceProvider _parts;
    private readonly TaskCompletionSource _gone = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // One use is the owner's own, until it is retired.
    private int _uses = 1;
    private int _disposing;

    internal ServingModel(ServiceProvider parts)
    {
        _parts = parts;
        try
        {
            Tagger = parts.GetRequiredService<PhotoTagger>();
            Lanes = parts.GetRequiredService<EncoderLanes>();
            Photos = parts.GetRequiredService<PhotoPreparer>();
            Warmup = parts.GetRequiredService<EncoderWarmup>();
        }
        catch
        {
            // What was loaded before the fault has no lanes yet that would have to be drained.
            parts.DisposeAsync().AsTask().GetAwaiter().GetResult();
            throw;
        }
    }

    /// <summary>The tagger.</summary>
    public PhotoTagger Tagger { get; }

    /// <summary>The model behind it.</summary>
    public LoadedModel Model => Tagger.Model;

    /// <summary>The bundle that it was loaded from.</summary>
    public Bundle Bundle => Model.Bundle;

    /// <summary>Ends when it was retired, the last request has left it, and its memory was given back.</summary>
    public Task Gone => _gone.Task;

    internal EncoderLanes Lanes { get; }

    internal PhotoPreparer Photos { get; }

    internal EncoderWarmup Warmup { get; }

    /// <summary>Frees it whoever still uses it.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposing, 1) != 0)
        {
            await _gone.Task.ConfigureAwait(false);
            return;
        }

        try
        {
            await _parts.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            _gone.TrySetResult();
        }
    }

    /// <summary>Takes it into use, unless it is being freed.</summary>
    internal bool TryUse()
    {
        var uses = Volatile.Read(ref _uses);
        while (uses > 0)
        {
            var before = Interlocked.CompareExchange(ref _uses, uses + 1, uses);
            if (before == uses)
            {
                return true;
            }

            uses = before;
        }

        return false;
    }

    /// <summary>Ends a use, or the owner's own: the last one frees it, in the background.</summary>
    internal void Leave()
    {
        if (Interlocked.Decrement(ref _uses) == 0)
        {
            // Draining its lanes and freeing gigabytes is nothing that the last request should wait for.
            _ = Task.Run(async () => await DisposeAsync().ConfigureAwait(false));
        }
    }
}

/// <summary>One request's use of the model that serves: whatever is reloaded meanwhile, it is answered by this one.</summary>
public sealed class ModelUse : IDisposable
{
    private int _left;

    internal ModelUse(ServingModel model) => Model = model;

    /// <summary>The model.</summary>
    public ServingModel Model { get; }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _left, 1) == 0)
        {
            Model.Leave();
        }
    }
}
