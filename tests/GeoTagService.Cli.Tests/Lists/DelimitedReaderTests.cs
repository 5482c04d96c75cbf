using System.Text;
using CsCheck;
using GeoTagService.Bulk.Lists.Input;

namespace GeoTagService.Cli.Tests.Lists;

public sealed class DelimitedReaderTests
{
    [Theory]
    [InlineData("a,b\n1,2\n", "a|b", "1|2")]
    [InlineData("a,b\r\n1,2", "a|b", "1|2")]
    [InlineData("\uFEFFa,b\n\n1,\n", "a|b", "1|")]
    [InlineData("a,b\n\"x,\"\"y\"\"\nz\",2\n", "a|b", "x,\"y\"\nz|2")]
    [InlineData("a\n\"\"\n", "a", "")]
    public void WellFormedText_GivesItsFields(string text, params string[] expected) =>
        Assert.Equal(expected, Read(text).Select(record => record.Text));

    [Theory]
    [InlineData("a\n\"x\n", "not closed")]
    [InlineData("a\n\"x\"y\n", "follows")]
    public void BadQuotes_AreTold(string text, string says) => Assert.Contains(says, Read(text)[1].Fault, StringComparison.Ordinal);

    /// <summary>Whatever is written by the rules is read back, at every split of the stream.</summary>
    [Fact]
    public void AnyFields_SurviveWritingAndReading() =>
        Gen.Select(Gen.OneOf(Gen.Const("plain"), Gen.String[Gen.Char["ab,\"\n\r;é"], 0, 6]).Array[2, 4].Array[1, 5], Gen.Int[1, 7])
            .Sample(
                (rows, step) =>
                {
                    var text = string.Concat(
                        rows.Select(row =>
                            string.Join(',', row.Select(field => $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"")) + "\n"
                        )
                    );

                    Assert.Equal(rows.Select(row => string.Join('|', row)), Read(text, step).Select(record => record.Text));
                }
            );

    private static List<(string Text, string? Fault)> Read(string text, int step = int.MaxValue)
    {
        using var reader = new DelimitedReader(new SlowStream(Encoding.UTF8.GetBytes(text), step), (byte)',');
        var records = new List<(string, string?)>();
        while (reader.Read())
        {
            records.Add(
                (string.Join('|', Enumerable.Range(0, reader.Count).Select(i => Encoding.UTF8.GetString(reader[i]))), reader.Fault)
            );
        }

        return records;
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class SlowStream(byte[] bytes, int step) : MemoryStream(bytes)
    {
        public override int Read(byte[] buffer, int offset, int count) => base.Read(buffer, offset, Math.Min(count, step));
    }
}
