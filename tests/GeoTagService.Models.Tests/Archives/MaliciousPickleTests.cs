using GeoTagService.Models.Archives.PyTorch;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Archives;

public sealed class MaliciousPickleTests
{
    private static readonly byte[] Storage = new byte[16];

    [Theory]
    [InlineData("os", "system")]
    [InlineData("posix", "system")]
    [InlineData("builtins", "eval")]
    [InlineData("builtins", "getattr")]
    [InlineData("torch", "load")]
    [InlineData("torch.hub", "load")]
    [InlineData("torch.storage", "_load_from_bytes")]
    [InlineData("torch._utils", "_rebuild_tensor_v2.__globals__")]
    [InlineData("__torch_hidden__", "x")]
    [InlineData("collections", "OrderedDict.__class__")]
    public void ForbiddenGlobal_IsRefusedByName(string module, string name)
    {
        var pickle = new PickleBuilder().Global(module, name).Mark().Text("touch /tmp/pwned").Op('t').Reduce();
        ArchiveAssert.Refused(Archive(pickle), $"'{module}.{name}', which is not allowed");
    }

    [Fact]
    public void ForbiddenGlobalFromTheStack_IsRefusedByName() =>
        ArchiveAssert.Refused(Archive(new PickleBuilder(4).Text("os").Text("system").Raw(0x93)), "'os.system'");

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("..")]
    [InlineData("")]
    [InlineData("0\0")]
    [InlineData("٣")]
    public void StorageKeyThatPointsOutside_IsRefused(string key) =>
        ArchiveAssert.Refused(
            Archive(new PickleBuilder().EmptyDictionary().Mark().Text("a").Tensor("FloatStorage", key, 4, 0, [4], [1]).SetItems()),
            "not one of the archive's"
        );

    [Fact]
    public void MissingStorage_IsRefused() =>
        ArchiveAssert.Refused(
            Archive(new PickleBuilder().EmptyDictionary().Mark().Text("a").Tensor("FloatStorage", "7", 4, 0, [4], [1]).SetItems()),
            "which the archive lacks"
        );

    [Theory]
    [InlineData("FloatStorage", 5)]
    [InlineData("FloatStorage", 3)]
    [InlineData("DoubleStorage", 4)]
    [InlineData("FloatStorage", -1)]
    [InlineData("FloatStorage", long.MaxValue)]
    public void StorageThatLiesAboutItsSize_IsRefused(string type, long elements) =>
        ArchiveAssert.Refused(
            Archive(new PickleBuilder().EmptyDictionary().Mark().Text("a").Tensor(type, "0", elements, 0, [1], [1]).SetItems()),
            $"claims {elements} elements"
        );

    [Fact]
    public void CallOfAnAllowedName_InAnotherWay_IsRefused()
    {
        ArchiveAssert.Refused(Archive(new PickleBuilder().Global("torch", "FloatStorage").Op(')').Reduce()), "torch.FloatStorage");
        ArchiveAssert.Refused(Archive(new PickleBuilder().Global("__torch__", "X").Op(')').Reduce()), "__torch__.X");
        ArchiveAssert.Refused(
            Archive(new PickleBuilder().Global("collections", "OrderedDict").Op(')').Raw(0x81)),
            "collections.OrderedDict"
        );
        ArchiveAssert.Refused(
            Archive(new PickleBuilder().Global("collections", "OrderedDict").Text("x").Raw(0x85).Reduce()),
            "collections.OrderedDict"
        );
        ArchiveAssert.Refused(Archive(new PickleBuilder().Text("not callable").Op(')').Reduce()), "something to call");
    }

    [Theory]
    [InlineData("i")]
    [InlineData("o")]
    [InlineData("P")]
    [InlineData("\u0082")]
    [InlineData("V")]
    [InlineData("p")]
    public void OtherOpcode_IsRefused(string opcode) =>
        ArchiveAssert.Refused(Archive(new PickleBuilder().Raw((byte)opcode[0])), $"opcode 0x{(byte)opcode[0]:X2}");

    [Fact]
    public void DeepMarks_AreRefused() =>
        ArchiveAssert.Refused(Archive(Repeat(new PickleBuilder(), 100_000, pickle => pickle.Mark())), "too deeply");

    [Fact]
    public void DeepTuples_AreRefused() =>
        ArchiveAssert.Refused(Archive(Repeat(new PickleBuilder().Op(')'), 100_000, pickle => pickle.Raw(0x85))), "too deep");

    [Fact]
    public void DeepModules_AreRefused()
    {
        var pickle = new PickleBuilder().EmptyDictionary();
        Repeat(pickle, 100_000, inner => inner.Put(0).Raw((byte)'0'));
        ArchiveAssert.Refused(Archive(pickle), "opcode 0x30");

        var nested = new PickleBuilder().EmptyDictionary().Put(1);
        Repeat(
            nested,
            200,
            inner => inner.ScriptModule("M").Get(1).Build().Put(0).EmptyDictionary().Put(1).Text("x").Get(0).Op('s').Put(1)
        );
        ArchiveAssert.Refused(Archive(Last(nested)), "too deep");
    }

    [Fact]
    public void DictionaryThatHoldsItself_IsRefused() =>
        ArchiveAssert.Refused(Archive(new PickleBuilder().EmptyDictionary().Put(0).Text("me").Get(0).Op('s')), "too deep");

    [Fact]
    public void MemoBomb_IsRefused()
    {
        // Forty dictionaries, each holding the one before twice: 2^40 paths from 600 bytes.
        var pickle = new PickleBuilder().EmptyDictionary().Put(0);
        Repeat(pickle, 40, inner => inner.EmptyDictionary().Text("a").Get(0).Op('s').Text("b").Get(0).Op('s').Put(0));
        ArchiveAssert.Refused(Archive(Last(pickle)), "too large");
    }

    [Fact]
    public void EndlessMemo_IsRefused()
    {
        var pickle = new PickleBuilder(4).Op('N');
        Repeat(pickle, PickleLimits.Memo + 1, inner => inner.Raw(0x94));
        ArchiveAssert.Refused(Archive(pickle), "too many");
    }

    [Fact]
    public void PickleOverTheLimit_IsRefused()
    {
        var zip = new ZipBuilder().Add("a/data.pkl", new byte[PickleLimits.Bytes + 1], crc: 0).ToArray();
        ArchiveAssert.Refused(zip, "at most");
    }

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        var whole = new PickleBuilder().EmptyDictionary().Mark().Text("a").Tensor("FloatStorage", "0", 4, 0, [4], [1]).SetItems().ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            Assert.Throws<InvalidDataException>(() => PickleReader.Read(whole.AsSpan(0, length)));
        }
    }

    [Theory]
    [InlineData("58FFFFFFFF", "cut short")]
    [InlineData("8AFF", "255 bytes")]
    [InlineData("5801000000FF", "UTF-8")]
    [InlineData("6807", "never stored")]
    [InlineData("74", "never opened")]
    [InlineData("284B01287100", "a value")]
    [InlineData("4B01284B0285", "ends in the middle")]
    [InlineData("4B014B02", "ends in the middle")]
    [InlineData("28858574", "more values than it has")]
    [InlineData("7D284B0175", "key without a value")]
    [InlineData("7D4B014B0173.", "opcode")]
    [InlineData("7D294B0173", "dictionary key")]
    [InlineData("7D4B014B02734B014B0373", "twice")]
    [InlineData("7D4B0162", "state")]
    [InlineData("4B0151", "persistent id")]
    [InlineData("2951", "persistent id")]
    [InlineData("8009", "protocol 9")]
    public void DamagedPickle_IsRefused(string hex, string cause)
    {
        byte[] bytes = hex.EndsWith('.') ? [.. Convert.FromHexString(hex[..^1]), 0xFF] : [.. Convert.FromHexString(hex), (byte)'.'];
        var exception = Assert.Throws<InvalidDataException>(() => PickleReader.Read(bytes));
        Assert.Contains(cause, exception.Message);
    }

    private static byte[] Archive(PickleBuilder pickle) =>
        new ZipBuilder().Add("a/data.pkl", pickle.ToArray()).Add("a/data/0", Storage).ToArray();

    private static PickleBuilder Repeat(PickleBuilder pickle, int times, Action<PickleBuilder> step)
    {
        for (var i = 0; i < times; i++)
        {
            step(pickle);
        }

        return pickle;
    }

    /// <summary>Gathers all values left on the stack in one tuple, so that the last is reached.</summary>
    private static PickleBuilder Last(PickleBuilder pickle)
    {
        var body = pickle.ToArray()[2..^1];
        return new PickleBuilder().Mark().Raw(body).Op('t');
    }
}
