using CsCheck;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Archives;

public sealed class PyTorchArchiveTests
{
    private static readonly TestTensor Matrix = TestTensor.Patterned("m", 3, 4);

    [Theory]
    [InlineData(0, new long[] { 3, 4 }, new long[] { 4, 1 })]
    [InlineData(0, new long[] { 4, 3 }, new long[] { 1, 4 })]
    [InlineData(5, new long[] { 2, 2 }, new long[] { 4, 1 })]
    [InlineData(1, new long[] { 3 }, new long[] { 4 })]
    [InlineData(11, new long[] { }, new long[] { })]
    [InlineData(0, new long[] { 0, 4 }, new long[] { 4, 1 })]
    [InlineData(0, new long[] { 1, 3, 1, 4 }, new long[] { 99, 4, 77, 1 })]
    public void View_HonoursOffsetAndStrides(long offset, long[] shape, long[] strides)
    {
        var read = ArchiveAssert.ReadAll(WithView(offset, shape, strides))["view"];

        Assert.Equal(Expected(offset, shape, strides), read);
    }

    [Fact]
    public void AnyViewInsideTheStorage_EqualsADirectReading() =>
        Gen.Select(Gen.Long[0, 6], Gen.Long[1, 3], Gen.Long[1, 3], Gen.Long[0, 4], Gen.Long[0, 4])
            .Sample(view =>
            {
                var (offset, rows, columns, rowStride, columnStride) = view;
                var last = offset + ((rows - 1) * rowStride) + ((columns - 1) * columnStride);
                var content = WithView(offset, [rows, columns], [rowStride, columnStride]);
                if (last >= 12)
                {
                    ArchiveAssert.Refused(content, "asks for elements");
                }
                else
                {
                    var expected = Expected(offset, new[] { rows, columns }, new[] { rowStride, columnStride });
                    Assert.Equal(expected, ArchiveAssert.ReadAll(content)["view"]);
                }
            });

    [Theory]
    [InlineData(12, new long[] { 1 }, new long[] { 1 }, "asks for elements")]
    [InlineData(-1, new long[] { 1 }, new long[] { 1 }, "asks for elements")]
    [InlineData(0, new long[] { 13 }, new long[] { 1 }, "asks for elements")]
    [InlineData(0, new long[] { 1000000000000 }, new long[] { 0 }, "asks for elements")]
    [InlineData(0, new long[] { 2 }, new long[] { -1 }, "negative")]
    [InlineData(0, new long[] { 2, 2 }, new long[] { 1 }, "2 dimensions and 1 strides")]
    [InlineData(0, new long[] { long.MaxValue, 2 }, new long[] { 1, 1 }, "overflow")]
    [InlineData(long.MaxValue, new long[] { 2 }, new long[] { 1 }, "overflow")]
    [InlineData(1, new long[] { 2 }, new long[] { long.MaxValue }, "overflow")]
    public void ViewOutsideTheStorage_IsRefused(long offset, long[] shape, long[] strides, string cause) =>
        ArchiveAssert.Refused(WithView(offset, shape, strides), cause);

    [Fact]
    public void TwoTensorsOfOneStorage_AreRead()
    {
        var pickle = new PickleBuilder()
            .EmptyDictionary()
            .Mark()
            .Text("a")
            .Tensor("FloatStorage", "0", 12, 0, [12], [1])
            .Text("b")
            .Tensor("FloatStorage", "0", 12, 4, [4], [1])
            .SetItems();

        var read = ArchiveAssert.ReadAll(Archive(pickle));

        Assert.Equal(Matrix.Values, read["a"]);
        Assert.Equal(Matrix.Values[4..8], read["b"]);
    }

    [Fact]
    public void ParameterAndNestedDictionaries_AreRead()
    {
        var pickle = new PickleBuilder(4)
            .EmptyDictionary()
            .Mark()
            .Text("epoch")
            .Number(3)
            .Text("loss")
            .Raw([(byte)'G', 0x3F, 0xF0, 0, 0, 0, 0, 0, 0])
            .Text("state_dict")
            .EmptyDictionary()
            .Mark()
            .Text("w")
            .Global("torch._utils", "_rebuild_parameter")
            .Mark()
            .Tensor("FloatStorage", "0", 12, 0, [12], [1])
            .Raw(0x88)
            .EmptyOrderedDictionary()
            .Op('t')
            .Reduce()
            .SetItems()
            .SetItems();

        Assert.Equal(Matrix.Values, ArchiveAssert.ReadAll(Archive(pickle))["state_dict.w"]);
    }

    [Fact]
    public void NewestProtocol_IsRead()
    {
        var pickle = new PickleBuilder(5)
            .Raw([0x95, 1, 0, 0, 0, 0, 0, 0, 0])
            .EmptyDictionary()
            .Raw(0x94)
            .Raw([0x8C, 1, (byte)'w', 0x94])
            .Raw([0x8C, 12, .. "torch._utils"u8, 0x8C, 18, .. "_rebuild_tensor_v2"u8, 0x93])
            .Mark()
            .Storage("FloatStorage", "0", 12)
            .Number(0)
            .Number(12)
            .Raw(0x85)
            .Number(1)
            .Raw(0x85)
            .Raw(0x89)
            .EmptyOrderedDictionary()
            .Op('t')
            .Reduce()
            .Op('s');

        Assert.Equal(Matrix.Values, ArchiveAssert.ReadAll(Archive(pickle))["w"]);
    }

    [Fact]
    public void BigEndianArchive_IsRefused() =>
        ArchiveAssert.Refused(
            new ZipBuilder().Add("a/data.pkl", View(0, [1], [1]).ToArray()).Add("a/byteorder", "big"u8.ToArray()).ToArray(),
            "big-endian"
        );

    [Fact]
    public void ZipWithoutPickle_IsRefused() =>
        ArchiveAssert.Refused(new ZipBuilder().Add("a/readme.txt", "x"u8.ToArray()).ToArray(), "has 0");

    [Fact]
    public void ArchiveWithoutTensors_IsRefused() => ArchiveAssert.Refused(Archive(new PickleBuilder().EmptyDictionary()), "no tensors");

    private static byte[] WithView(long offset, long[] shape, long[] strides) => Archive(View(offset, shape, strides));

    private static PickleBuilder View(long offset, long[] shape, long[] strides) =>
        new PickleBuilder().EmptyDictionary().Mark().Text("view").Tensor("FloatStorage", "0", 12, offset, shape, strides).SetItems();

    private static byte[] Archive(PickleBuilder pickle) =>
        new ZipBuilder().Add("a/data.pkl", pickle.ToArray()).Add("a/data/0", Matrix.ToFloat32()).ToArray();

    /// <summary>By the definition: element (i, j, …) lies at offset + i·s0 + j·s1 + …</summary>
    private static IEnumerable<float> Expected(long offset, ReadOnlyMemory<long> shape, ReadOnlyMemory<long> strides)
    {
        if (shape.IsEmpty)
        {
            return [Matrix.Values[offset]];
        }

        return Enumerable.Range(0, (int)shape.Span[0]).SelectMany(i => Expected(offset + (i * strides.Span[0]), shape[1..], strides[1..]));
    }
}
