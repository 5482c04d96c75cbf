using System.Collections.Concurrent;
using GeoTagService.Core;
using GeoTagService.Core.Batching;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;

namespace GeoTagService.Onnx;

/// <summary>What a tower on a card is made of.</summary>
/// <param name="Input">Name of its input.</param>
/// <param name="Output">Name of its output.</param>
/// <param name="Type">What it reads.</param>
/// <param name="Dimension">Length of an embedding.</param>
/// <param name="Device">Number of the card.</param>
/// <param name="HasGraphs">Whether runs of small batches are captured once, and replayed.</param>
internal sealed record CudaTowerPlan(string Input, string Output, TensorElementType Type, int Dimension, int Device, bool HasGraphs)
{
    /// <summary>Where what is filled in is not yet what the tower reads: makes [n, 3, size, size] floats of [n, size, size, 3] bytes
    /// (<see cref="PixelGraph"/>). The tower's, which frees it.</summary>
    public InferenceSession? Pixels { get; init; }
}

/// <summary>
/// One tower on a CUDA card. Several of the lane's workers run at once, each with a slot of its own: while one batch computes, the
/// next one is filled and copied, and the one before it is copied back.
/// </summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal sealed class CudaTower<T> : ITower<T>
    where T : unmanaged
{
    private readonly CudaRuntime _runtime;
    private readonly CudaTowerPlan _plan;
    private readonly Func<InferenceSession> _open;
    private readonly ConcurrentQueue<CudaSlot<T>> _idle = [];
    private readonly InferenceSession _session;
    private readonly ConcurrentBag<InferenceSession> _further = [];
    private readonly RunLifetime _lifetime;

    /// <summary>Takes over a session whose contract was checked.</summary>
    /// <param name="runtime">CUDA's runtime.</param>
    /// <param name="plan">Names and sizes.</param>
    /// <param name="session">The first session.</param>
    /// <param name="open">Opens further ones of the same graph, where runs at once cannot share one.</param>
    /// <param name="runs">How many runs there will be at once; more are possible, and not warmed.</param>
    /// <exception cref="CudaException">The card refuses.</exception>
    public CudaTower(CudaRuntime runtime, CudaTowerPlan plan, InferenceSession session, Func<InferenceSession> open, int runs)
    {
        _runtime = runtime;
        _plan = plan;
        _open = open;
        _session = session;
        _lifetime = new RunLifetime(Free);
        try
        {
            // All of them now: a warm-up that runs each shape as often as there are slots then reaches each, first in, first out.
            for (var i = 0; i < runs; i++)
            {
                _idle.Enqueue(i == 0 ? new CudaSlot<T>(_runtime, _plan, session) : NewSlot());
            }
        }
        catch
        {
            // The first session stays with whoever brought it.
            FreeSlots();
            throw;
        }
    }

    /// <inheritdoc/>
    public int BoundShapes => _idle.Sum(slot => slot.BoundShapes);

    /// <inheritdoc/>
    public void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings, MachineShare share)
    {
        _lifetime.Enter();
        try
        {
            ThrowIfLost(null);
            if (!_idle.TryDequeue(out var slot))
            {
                slot = NewSlot();
            }

            try
            {
                slot.Run(batch, fill, shape, rows, embeddings);
            }
            catch (Exception failure) when (failure is OnnxRuntimeException or CudaException)
            {
                slot.FindOutWhetherLost();
                ThrowIfLost(failure);
                throw;
            }
            finally
            {
                _idle.Enqueue(slot);
            }
        }
        finally
        {
            _lifetime.Exit();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lifetime.Dispose();

    private CudaSlot<T> NewSlot()
    {
        try
        {
            // Captured graphs belong to their session, whose runs come one after the other.
            var session = _session;
            if (_plan.HasGraphs)
            {
                session = _open();
                _further.Add(session);
            }

            return new CudaSlot<T>(_runtime, _plan, session);
        }
        catch (CudaException failure)
        {
            _runtime.FindOutWhetherLost(0);
            ThrowIfLost(failure);
            throw;
        }
    }

    private void ThrowIfLost(Exception? cause)
    {
        if (_runtime.Lost is { } why)
        {
            throw new EncoderLostException($"the card was lost: {why}", cause);
        }
    }

    private void Free()
    {
        if (_runtime.Lost is not null)
        {
            // Nothing can be freed on a lost card, and ONNX Runtime ends the process where it tries; the process is about to end.
            return;
        }

        FreeSlots();
        _session.Dispose();
    }

    private void FreeSlots()
    {
        foreach (var slot in _idle)
        {
            slot.Dispose();
        }

        foreach (var session in _further)
        {
            session.Dispose();
        }

        _plan.Pixels?.Dispose();
    }
}
