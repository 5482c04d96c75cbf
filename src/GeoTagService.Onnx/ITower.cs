using GeoTagService.Core.Batching;

namespace GeoTagService.Onnx;

/// <summary>Fills a tower's input with a batch.</summary>
internal delegate void TowerFill<in TBatch, T>(TBatch batch, Span<T> input);

/// <summary>One tower: batches in, embeddings out. Safe to call from the lane's workers at once.</summary>
/// <typeparam name="T">What the tower reads.</typeparam>
internal interface ITower<T> : IDisposable
    where T : unmanaged
{
    /// <summary>How many shapes were made ready so far, in all that runs at once; 0 where nothing is made for a shape.</summary>
    int BoundShapes => 0;

    /// <summary>Runs a batch.</summary>
    /// <param name="batch">Handed to <paramref name="fill"/>.</param>
    /// <param name="fill">Writes every element of the input.</param>
    /// <param name="shape">The input's shape, rows first.</param>
    /// <param name="rows">How many of the rows are wanted; the others only fill a bucket.</param>
    /// <param name="embeddings">Receives rows × dimension.</param>
    /// <param name="share">What the run may use; a card's runs are alike.</param>
    void Run<TBatch>(TBatch batch, TowerFill<TBatch, T> fill, long[] shape, int rows, Span<float> embeddings, MachineShare share);
}
