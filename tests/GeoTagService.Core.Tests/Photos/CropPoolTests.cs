using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Photos;

public sealed class CropPoolTests
{
    private static readonly ImageDecodeRequest Request = new(MaxPixels: 1_000_000, ApplyOrientation: true);

    [Fact]
    public void ReturnedBuffers_AreHandedOutAgain()
    {
        var pool = new CropPool(8);
        var first = Enumerable.Range(0, CropPool.MostKept).Select(_ => pool.Rent()).ToHashSet();
        Assert.All(first, buffer => Assert.Equal(8 * 8 * 3, buffer.Length));
        Assert.Equal(CropPool.MostKept, first.Count);
        foreach (var buffer in first)
        {
            pool.Return(buffer);
        }

        Assert.True(first.SetEquals(Enumerable.Range(0, CropPool.MostKept).Select(_ => pool.Rent())));
        Assert.DoesNotContain(pool.Rent(), first);
    }

    [Fact]
    public void BuffersBeyondTheLimit_AreLetGo()
    {
        var pool = new CropPool(8);
        var many = Enumerable.Range(0, CropPool.MostKept + 5).Select(_ => pool.Rent()).ToArray();
        Array.ForEach(many, pool.Return);
        var again = Enumerable.Range(0, many.Length).Select(_ => pool.Rent()).ToArray();
        Assert.Equal(CropPool.MostKept, again.Intersect(many).Count());
    }

    [Fact]
    public void CropDisposedTwice_GivesItsBufferBackOnce()
    {
        var pool = new CropPool(8);
        var crop = new ImageCrop(pool);
        crop.Dispose();
        crop.Dispose();
        Assert.NotSame(pool.Rent(), pool.Rent());
        Assert.Throws<ObjectDisposedException>(() => crop.Pixels);
    }

    [Fact]
    public void WarmPreprocessor_AllocatesFarLessThanACrop()
    {
        const int Size = 224,
            Photos = 32;
        var photo = TestImages.Jpeg(640, 480);
        var preprocessor = new ImagePreprocessor(new InProcessImageDecoder(), Size);
        Prepare();
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < Photos; i++)
        {
            Prepare();
        }

        var each = (GC.GetAllocatedBytesForCurrentThread() - before) / Photos;
        Assert.InRange(each, 0, Size * Size * 3 / 4);

        void Prepare() => preprocessor.Prepare(photo, Request, TestContext.Current.CancellationToken).Value!.Dispose();
    }
}
