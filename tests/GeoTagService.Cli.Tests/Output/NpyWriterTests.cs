using GeoTagService.Cli.Output;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Output;

public sealed class NpyWriterTests
{
    [Theory]
    [InlineData(new[] { 6 })]
    [InlineData(new[] { 2, 3 })]
    [InlineData(new[] { 1, 2, 3 })]
    public void Array_IsReadBack(int[] shape)
    {
        using var directory = new TemporaryDirectory();
        var path = directory.PathOf("x.npy");

        NpyWriter.WriteBytes(path, shape, [1, 2, 3, 253, 254, 255]);

        var read = NpyReader.ReadBytes(path);
        Assert.Equal(shape, read.Shape);
        Assert.Equal([1, 2, 3, 253, 254, 255], read.Values);
        Assert.Equal(0, (new FileInfo(path).Length - 6) % 64);
    }

    [Fact]
    public void ShapeThatDoesNotFit_IsABug()
    {
        using var directory = new TemporaryDirectory();

        Assert.Throws<ArgumentException>(() => NpyWriter.WriteBytes(directory.PathOf("x.npy"), [2, 2], [1, 2, 3]));
    }
}
