using GeoTagService.Core.Batching;
using GeoTagService.Core.Photos;

namespace GeoTagService.Onnx;

/// <summary>The photo tower as the encoder sees it: crops in, embeddings out. Where bytes become numbers depends on the processor.
/// </summary>
internal interface IPhotoTower : IDisposable
{
    /// <summary>How many shapes were made ready so far.</summary>
    int BoundShapes { get; }

    /// <summary>Runs a batch.</summary>
    /// <param name="crops">Interleaved RGB bytes.</param>
    /// <param name="rows">As many as the crops, or more: the others only fill a bucket.</param>
    /// <param name="embeddings">Receives crops × dimension.</param>
    /// <param name="share">What the run may use.</param>
    void Run(IReadOnlyList<ReadOnlyMemory<byte>> crops, int rows, Span<float> embeddings, MachineShare share);
}

/// <summary>Numbers are made on the processor, while the tower's input is filled.</summary>
/// <param name="tower">Reads [n, 3, size, size].</param>
/// <param name="size">Edge of a crop.</param>
/// <param name="mean">Mean of each channel.</param>
/// <param name="std">Standard deviation of each.</param>
internal sealed class PixelPhotoTower(ITower<float> tower, int size, float[] mean, float[] std) : IPhotoTower
{
    public int BoundShapes => tower.BoundShapes;

    public void Run(IReadOnlyList<ReadOnlyMemory<byte>> crops, int rows, Span<float> embeddings, MachineShare share) =>
        tower.Run(
            (Crops: crops, Rows: rows, Mean: mean, Std: std),
            static (batch, pixels) =>
            {
                var length = pixels.Length / batch.Rows;
                for (var i = 0; i < batch.Crops.Count; i++)
                {
                    ImageNormalizer.Normalize(batch.Crops[i].Span, batch.Mean, batch.Std, pixels.Slice(i * length, length));
                }

                pixels[(batch.Crops.Count * length)..].Clear();
            },
            [rows, 3, size, size],
            crops.Count,
            embeddings,
            share
        );

    public void Dispose() => tower.Dispose();
}

/// <summary>Bytes go to the card as they are, and become numbers there.</summary>
/// <param name="tower">Reads [n, size, size, 3].</param>
/// <param name="size">Edge of a crop.</param>
internal sealed class CropPhotoTower(ITower<byte> tower, int size) : IPhotoTower
{
    public int BoundShapes => tower.BoundShapes;

    public void Run(IReadOnlyList<ReadOnlyMemory<byte>> crops, int rows, Span<float> embeddings, MachineShare share) =>
        tower.Run(
            (Crops: crops, Rows: rows),
            static (batch, bytes) =>
            {
                var length = bytes.Length / batch.Rows;
                for (var i = 0; i < batch.Crops.Count; i++)
                {
                    batch.Crops[i].Span.CopyTo(bytes.Slice(i * length, length));
                }

                bytes[(batch.Crops.Count * length)..].Clear();
            },
            [rows, size, size, 3],
            crops.Count,
            embeddings,
            share
        );

    public void Dispose() => tower.Dispose();
}
