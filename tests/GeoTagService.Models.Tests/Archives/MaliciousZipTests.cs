using System.IO.Compression;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Archives;

public sealed class MaliciousZipTests
{
    private static readonly byte[] Pickle = new PickleBuilder()
        .EmptyDictionary()
        .Mark()
        .Text("w")
        .Tensor("FloatStorage", "0", 4, 0, [4], [1])
        .SetItems()
        .ToArray();

    private static readonly byte[] Storage = TestTensor.Patterned("w", 4).ToFloat32();

    [Theory]
    [InlineData("../evil")]
    [InlineData("a/../../evil")]
    [InlineData("/etc/passwd")]
    [InlineData("a\\..\\evil")]
    [InlineData("C:/evil")]
    [InlineData("a/./b")]
    [InlineData("a/\0")]
    public void SlippingName_IsRefused(string name) => ArchiveAssert.Refused(Honest().Add(name, [1]).ToArray(), "unsafe name");

    [Fact]
    public void DuplicateName_IsRefused() => ArchiveAssert.Refused(Honest().Add("a/data/0", Storage).ToArray(), "twice");

    [Fact]
    public void TwoPickles_AreRefused() => ArchiveAssert.Refused(Honest().Add("b/data.pkl", Pickle).ToArray(), "has 2");

    [Fact]
    public void BombByRatio_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/zeros", new byte[4 << 20], deflate: true).ToArray(), "claims 4194304 bytes in");

    [Fact]
    public void BombByTotal_IsRefused()
    {
        // 3 × 3 GB is over the total; each claims little enough for its packed size.
        var noise = new byte[32 << 20];
        new Random(1).NextBytes(noise);
        var zip = Honest();
        for (var i = 0; i < 3; i++)
        {
            zip.Add($"a/{i}", noise, deflate: true, length: 3_000_000_000);
        }

        ArchiveAssert.Refused(zip.ToArray(), "unpack to more than");
    }

    [Theory]
    [InlineData(15)]
    [InlineData(17)]
    public void DeflatedEntryOfAnotherLength_IsRefused(long claimed)
    {
        var pickle = new PickleBuilder()
            .EmptyDictionary()
            .Mark()
            .Text("w")
            .Tensor("ByteStorage", "0", claimed, 0, [claimed], [1])
            .SetItems();
        var zip = new ZipBuilder()
            .Add("a/data.pkl", pickle.ToArray())
            .Add("a/data/0", Storage, deflate: true, length: claimed, crc: ZipBuilder.Crc32(Storage.AsSpan(0, (int)Math.Min(16, claimed))));
        ArchiveAssert.Refused(zip.ToArray(), claimed < 16 ? "more than the 15 bytes" : "less than the 17 bytes");
    }

    [Fact]
    public void StoredEntryOfTwoLengths_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/x", [1, 2], length: 3).ToArray(), "claims 3 bytes in 2");

    [Fact]
    public void EntryLongerThanTheArchive_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/x", [1, 2], length: 1 << 20, packedLength: 1 << 20).ToArray(), "more than the archive holds");

    [Fact]
    public void EntryOutsideTheArchive_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/x", [1, 2], headerOffset: 1 << 30).ToArray(), "lies outside");

    [Fact]
    public void EntryWithoutAHeader_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/x", [1, 2], headerOffset: 3).ToArray(), "no header");

    [Fact]
    public void OverlappingEntries_AreRefused()
    {
        // One local entry inside the data of another: the outer's content is a whole inner entry.
        var inner = new ZipBuilder().Add("a/y", [1, 2, 3]).ToArray();
        var outer = new ZipBuilder().Add("a/data.pkl", Pickle).Add("a/data/0", Storage);
        var before = outer.Add("a/x", inner).ToArray();
        var offset = before.AsSpan().LastIndexOf("PK\x03\x04"u8);
        ArchiveAssert.Refused(outer.AddListing("a/y", offset, 3, ZipBuilder.Crc32([1, 2, 3])).ToArray(), "overlap");
    }

    [Fact]
    public void OtherNameInTheHeader_IsRefused() =>
        ArchiveAssert.Refused(Honest().Add("a/x", [1], localName: "a/z").ToArray(), "another name");

    [Fact]
    public void EncryptedEntry_IsRefused() => ArchiveAssert.Refused(Honest().Add("a/x", [1], flags: 0x0809).ToArray(), "encrypted");

    [Fact]
    public void OtherMethod_IsRefused() => ArchiveAssert.Refused(Honest().Add("a/x", [1], method: 14).ToArray(), "method 14");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void FlippedByte_IsRefused(bool deflate)
    {
        var zip = new ZipBuilder().Add("a/data.pkl", Pickle).Add("a/data/0", Storage, deflate, crc: ZipBuilder.Crc32(Storage) ^ 1);
        ArchiveAssert.Refused(zip.ToArray(), "checksum");
    }

    [Fact]
    public void EveryTruncation_IsRefused()
    {
        var whole = Honest().ToArray();
        for (var length = 2; length < whole.Length; length++)
        {
            ArchiveAssert.Refused(whole[..length], string.Empty);
        }
    }

    [Fact]
    public void ContradictingEndRecords_AreRefused()
    {
        var wide = new ZipBuilder { IsWide = true }
            .Add("a/data.pkl", Pickle)
            .Add("a/data/0", Storage)
            .ToArray();
        ArchiveAssert.ReadAll(wide);
        wide[^14] = 1;
        wide[^12] = 1;
        ArchiveAssert.Refused(wide, "contradict");
    }

    [Fact]
    public void ArchiveOfAnotherWriter_IsRead()
    {
        using var memory = new MemoryStream();
        using (var archive = new ZipArchive(memory, ZipArchiveMode.Create, true))
        {
            foreach (var (name, content) in new[] { ("a/data.pkl", Pickle), ("a/data/0", Storage) })
            {
                using var stream = archive.CreateEntry(name, CompressionLevel.SmallestSize).Open();
                stream.Write(content);
            }
        }

        Assert.Equal(TestTensor.Patterned("w", 4).Values, ArchiveAssert.ReadAll(memory.ToArray())["w"]);
    }

    private static ZipBuilder Honest() => new ZipBuilder().Add("a/data.pkl", Pickle).Add("a/data/0", Storage);
}
