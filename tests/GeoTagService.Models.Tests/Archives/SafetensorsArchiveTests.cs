using System.Runtime.InteropServices;
using CsCheck;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Weights;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Archives;

public sealed class SafetensorsArchiveTests
{
    [Fact]
    public void EveryType_IsConverted()
    {
        byte[] data =
        [
            .. Bytes<double>(0.1, -2),
            .. Bytes<long>(-3, 1L << 40),
            .. Bytes(1.5f, -0f),
            .. Bytes<int>(-7, 8),
            .. Bytes<uint>(7, uint.MaxValue),
            .. Bytes((Half)0.333, Half.MaxValue),
            0x80,
            0x3F,
            0x49,
            0xC0,
            .. Bytes<short>(-9, 10),
            .. Bytes<ushort>(9, 65535),
            0xFF,
            0x01,
            0xFF,
            0x01,
            0x00,
            0x01,
        ];
        (string Type, int Size)[] types =
        [
            ("F64", 8),
            ("I64", 8),
            ("F32", 4),
            ("I32", 4),
            ("U32", 4),
            ("F16", 2),
            ("BF16", 2),
            ("I16", 2),
            ("U16", 2),
            ("I8", 1),
            ("U8", 1),
            ("BOOL", 1),
        ];
        var begin = 0;
        var fields = types
            .Select(type =>
            {
                var end = begin + (2 * type.Size);
                var field = $"\"{type.Type}\":{{\"dtype\":\"{type.Type}\",\"shape\":[2],\"data_offsets\":[{begin},{end}]}}";
                begin = end;
                return field;
            })
            .ToList();

        var read = ArchiveAssert.ReadAll(SafetensorsBuilder.Raw($"{{{string.Join(',', fields)}}}", data));

        Assert.Equal([0.1f, -2f], read["F64"]);
        Assert.Equal([-3f, 1099511627776f], read["I64"]);
        Assert.Equal([1.5f, -0f], read["F32"]);
        Assert.Equal([-7f, 8f], read["I32"]);
        Assert.Equal([7f, 4294967296f], read["U32"]);
        Assert.Equal([(float)(Half)0.333, 65504f], read["F16"]);
        Assert.Equal([1f, -3.140625f], read["BF16"]);
        Assert.Equal([-9f, 10f], read["I16"]);
        Assert.Equal([9f, 65535f], read["U16"]);
        Assert.Equal([-1f, 1f], read["I8"]);
        Assert.Equal([255f, 1f], read["U8"]);
        Assert.Equal([0f, 1f], read["BOOL"]);
    }

    [Fact]
    public void EveryHalf_IsWidenedExactly()
    {
        var bits = Enumerable.Range(0, 1 << 16).Select(i => (ushort)i).ToArray();
        var header = """{"a":{"dtype":"F16","shape":[65536],"data_offsets":[0,131072]}}""";

        var read = ArchiveAssert.ReadAll(SafetensorsBuilder.Raw(header, MemoryMarshal.AsBytes(bits.AsSpan()).ToArray()))["a"];

        Assert.Equal(bits.Select(value => (float)BitConverter.UInt16BitsToHalf(value)), read);
    }

    [Fact]
    public void WrittenFile_ReadsBackEqual() =>
        Gen.Select(Gen.Int[0, 5], Gen.Int[0, 5], Gen.Bool)
            .List[0, 6]
            .Sample(shapes =>
            {
                using var folder = new TemporaryFolder();
                var path = folder.PathOf("a.safetensors");
                var tensors = shapes.Select((shape, i) => TestTensor.Patterned($"t{i} \"ü\"", shape.Item1, shape.Item2)).ToList();
                var declared = tensors
                    .Zip(shapes, (tensor, shape) => new ArchivedTensor(tensor.Name, shape.Item3 ? "float16" : "float32", tensor.Shape))
                    .ToList();
                using (var writer = new SafetensorsWriter(path, declared, new Dictionary<string, string> { ["format"] = "pt" }))
                {
                    tensors.ForEach(tensor => writer.Write(tensor.Name, tensor.Values));
                }

                using var archive = TensorArchive.Open(path);
                Assert.Equal(
                    declared.Select(tensor => (tensor.Name, tensor.DataType)),
                    archive.Tensors.Values.Select(t => (t.Name, t.DataType))
                );
                foreach (var tensor in tensors)
                {
                    var values = new float[tensor.Values.Length];
                    archive.ReadFloat32(tensor.Name, values);
                    Assert.Equal(tensor.Values, values);
                }
            });

    [Fact]
    public void WriterOutOfOrder_Throws()
    {
        using var writer = new SafetensorsWriter(new MemoryStream(), [new ArchivedTensor("a", "float32", [2])]);

        Assert.Throws<ArgumentException>(() => writer.Write("b", new float[2]));
        Assert.Throws<ArgumentException>(() => writer.Write("a", new float[3]));
    }

    [Fact]
    public void DestinationOfWrongLength_Throws()
    {
        using var folder = new TemporaryFolder();
        using var archive = TensorArchive.Open(folder.Write("a", SafetensorsBuilder.File([TestTensor.Patterned("a", 2)])));

        Assert.Throws<ArgumentException>(() => archive.ReadFloat32("a", new float[3]));
        Assert.Throws<WeightsFormatException>(() => archive.ReadFloat32("b", new float[2]));
    }

    [Theory]
    [InlineData(ulong.MaxValue)]
    [InlineData(1UL << 40)]
    [InlineData(100UL)]
    public void HeaderLongerThanTheFile_IsRefused(ulong length) =>
        ArchiveAssert.Refused(SafetensorsBuilder.Raw("{}", [], length), $"header claims {length}");

    [Fact]
    public void HeaderOverTheLimit_IsRefused() =>
        ArchiveAssert.Refused(SafetensorsBuilder.Raw("{}" + new string(' ', SafetensorsArchive.MaximumHeaderBytes), []), "at most");

    [Theory]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""",
        4,
        "overlaps"
    )]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""", 8, "gap")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", 8, "belong to none")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", 4, "claims bytes 0 to 8 of 4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[-4,0]}}""", 4, "claims bytes -4")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", 4, "claims bytes 4 to 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", 4, "elements")]
    [InlineData("""{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,4]}}""", 4, "claims 4 bytes where its shape needs 0")]
    [InlineData("""{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""", 4, "negative")]
    [InlineData("""{"a":{"dtype":"F32","shape":[4294967296,4294967296,4294967296],"data_offsets":[0,4]}}""", 4, "overflow")]
    [InlineData("""{"a":{"dtype":"F8_E5M2","shape":[4],"data_offsets":[0,4]}}""", 4, "F8_E5M2")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1],"data_offsets":[0]}}""", 4, "two offsets")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("""{"a":{"dtype":"F32","shape":[1]}}""", 4, "header")]
    [InlineData("""{"a":{"dtype":7,"shape":[1],"data_offsets":[0,4]}}""", 4, "header")]
    [InlineData("""{"a":1}""", 0, "header")]
    [InlineData(
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""",
        8,
        "header"
    )]
    [InlineData("""{"a":[[[[[[[[[[[[]]]]]]]]]]]]}""", 0, "header")]
    [InlineData("{", 0, "header")]
    public void LyingHeader_IsRefused(string header, int dataBytes, string cause) =>
        ArchiveAssert.Refused(SafetensorsBuilder.Raw(header, new byte[dataBytes]), cause);

    [Theory]
    [InlineData("", "empty")]
    [InlineData("<!DOCTYPE html><html>", "web page")]
    [InlineData("  \n<html>", "web page")]
    [InlineData("version https://git-lfs.github.com/spec/v1", "Git LFS")]
    [InlineData("PK", "zip")]
    [InlineData("hello", "neither")]
    public void OtherFile_IsRefusedByWhatItIs(string content, string cause) =>
        ArchiveAssert.Refused(System.Text.Encoding.ASCII.GetBytes(content), cause);

    [Fact]
    public void OldPyTorchFile_IsRefusedByWhatItIs() => ArchiveAssert.Refused([0x80, 0x02, 0x8A, 0x0A, 0x6C, 0xFC], "before version 1.6");

    private static byte[] Bytes<T>(params T[] values)
        where T : unmanaged => MemoryMarshal.AsBytes(values.AsSpan()).ToArray();
}
