using System.Text;
using GeoTagService.Core.Tags;
using GeoTagService.Training.Tables;

namespace GeoTagService.Training.Tests.Tables;

public sealed class TableReaderTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void QuotedFields_HoldCommasQuotesAndLines()
    {
        var (rows, broken) = Read("id,title\r\n1,\"a, \"\"b\"\"\nc\"\r\n2,plain\n\n3,\"\"");

        Assert.Equal(["1|a, \"b\"\nc", "2|plain", "3|"], rows);
        Assert.Equal(0, broken);
    }

    [Fact]
    public void EachLine_IsUtf8OrWestern()
    {
        File.WriteAllBytes(_path, [.. "\uFEFFid,title\n1,Caf"u8, 0xE9, .. " d"u8, 0x92, .. "Or\n2,Café\n"u8]);
        using var table = new TableReader(_path);

        Assert.Equal(0, table.Column("id"));
        Assert.Equal(["Café d’Or", "Café"], table.Rows().Select(row => row[1]));
    }

    [Fact]
    public void BrokenLines_AreSkippedAndCounted()
    {
        var (rows, broken) = Read("id,title\n1,a,b\n2\n3,fine\n4,also");

        Assert.Equal(["3|fine", "4|also"], rows);
        Assert.Equal(2, broken);
    }

    [Fact]
    public void QuoteThatIsNeverClosed_CostsItsLineAlone()
    {
        var lines = string.Join('\n', Enumerable.Range(2, 60).Select(id => $"{id},fine"));

        var (rows, broken) = Read($"id,title\n1,a 6\" gun\n{lines}");

        Assert.Equal(60, rows.Count);
        Assert.Equal(1, broken);
    }

    [Theory]
    [InlineData("id,title\n1,fine\n\n2,a,b\n3", 4, "3 fields, where the header has 2")]
    [InlineData("id,title\n1,\"two\nlines\"\n2", 4, "1 fields")]
    [InlineData("id,title\n1,a 6\" gun\n2,fine\n3", 2, "quote")]
    public void FirstBrokenLine_IsNamed(string text, int line, string why)
    {
        File.WriteAllText(_path, text);
        using var table = new TableReader(_path);
        _ = table.Rows().Count();

        Assert.StartsWith($"{_path}, line {line}: ", table.FirstFault, StringComparison.Ordinal);
        Assert.Contains(why, table.FirstFault, StringComparison.Ordinal);
    }

    [Fact]
    public void LineOfARecord_IsWhereItBegins()
    {
        File.WriteAllText(_path, "id,title\n1,\"two\nlines\"\n\n2,a 6\" gun\n3,fine\n" + string.Concat(Enumerable.Repeat("4,more\n", 30)));
        using var table = new TableReader(_path);

        Assert.Equal([("1", 2), ("3", 6), ("4", 7)], table.Rows().Select(row => (row[0], table.Line)).Take(3));
    }

    [Fact]
    public void MissingColumn_IsNamedWithTheHeader()
    {
        File.WriteAllText(_path, "number,name\n1,a");
        using var table = new TableReader(_path);

        var fault = Assert.Throws<InvalidDataException>(() => table.Column("gridimage_id"));

        Assert.Contains("gridimage_id", fault.Message, StringComparison.Ordinal);
        Assert.Contains("number, name", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_AreReadByName()
    {
        var columns = TagCatalog.CompetitionColumns.Reverse().ToList();
        string Line(int id, params string[] tags) =>
            $"{string.Join(',', columns.Select(column => tags.Contains(column) ? "1" : "0"))},{id}";
        File.WriteAllText(_path, $"{string.Join(',', columns)},gridimage_id\n{Line(7, "tag479", "tag1077")}\n{Line(8)}\n1,2,3\n");

        var table = LabelTable.Read(_path);

        var rows = TagCatalog.Tags.Where(tag => tag.Id is "tag479" or "tag1077").Select(tag => tag.HeadRow).ToArray();
        Assert.Equal((1UL << rows[0]) | (1UL << rows[1]), table.Labels[7]);
        Assert.Equal(0UL, table.Labels[8]);
        Assert.Equal(1, table.Broken);

        File.AppendAllText(_path, Line(7) + "\n");
        Assert.Contains(
            "line 5: photo 7 is there twice",
            Assert.Throws<InvalidDataException>(() => LabelTable.Read(_path)).Message,
            StringComparison.Ordinal
        );
        File.WriteAllText(_path, "gridimage_id,tag479\n1,1\n");
        Assert.Contains(
            "no column 'tag",
            Assert.Throws<InvalidDataException>(() => LabelTable.Read(_path)).Message,
            StringComparison.Ordinal
        );
    }

    private (List<string> Rows, int Broken) Read(string content)
    {
        File.WriteAllText(_path, content, new UTF8Encoding(false));
        using var table = new TableReader(_path);
        return (table.Rows().Select(row => string.Join('|', row)).ToList(), table.Broken);
    }
}
