using System.Buffers.Binary;
using System.Text;
using GeoTagService.Testing;

namespace GeoTagService.Cli.Tests.Commands;

/// <summary>Stores of photos whose titles stand in the photos themselves.</summary>
public sealed class EmbedTitleTests(TinyModel model) : IDisposable
{
    private const string Title = "Lock on the canal";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task OwnTitle_CountsWhereItIsAskedFor_AndNoneIsGiven()
    {
        Directory.CreateDirectory(_directory.PathOf("photos"));
        _directory.Write("photos/1.jpg", WithTitle(TestImages.Jpeg(), Title));
        await WriteAsync("blank.csv", "gridimage_id,title\n1,\n");
        await WriteAsync("given.csv", $"gridimage_id,title\n1,{Title}\n");
        await WriteAsync("other.csv", "gridimage_id,title\n1,Moor\n");

        var given = await ScoresAsync("given", "given.csv");
        Assert.Equal(given, await ScoresAsync("own", "blank.csv", "--title-from", "metadata"));
        Assert.NotEqual(given, await ScoresAsync("none", "blank.csv"));
        Assert.Equal(await ScoresAsync("other", "other.csv"), await ScoresAsync("both", "other.csv", "--title-from", "metadata"));

        // A store that was made without is brought up to date.
        Assert.Equal(given, await ScoresAsync("none", "blank.csv", "--title-from", "metadata"));
    }

    private async Task<string> ScoresAsync(string store, string metadata, params string[] rest)
    {
        (
            await GeotagRun.Of([
                "embed",
                "--photos",
                _directory.PathOf("photos"),
                "--layout",
                "{id}.jpg",
                "--metadata",
                _directory.PathOf(metadata),
                "--grid-reference-column",
                "",
                "--output",
                _directory.PathOf(store),
                "--bundle",
                model.Bundle,
                .. rest,
            ])
        ).Succeeds();
        var output = _directory.PathOf(store + ".tags.csv");
        (
            await GeotagRun.Of(
                "tag",
                "--input",
                _directory.PathOf(store),
                "--output",
                output,
                "--head",
                "linear-txt",
                "--probabilities",
                "--restart",
                "--bundle",
                model.Bundle
            )
        ).Succeeds();
        return await File.ReadAllTextAsync(output, TestContext.Current.CancellationToken);
    }

    private Task WriteAsync(string name, string text) =>
        File.WriteAllTextAsync(_directory.PathOf(name), text, TestContext.Current.CancellationToken);

    private static byte[] WithTitle(byte[] jpeg, string title)
    {
        const int lengthBytes = 2;
        var packet = Encoding.UTF8.GetBytes(
            "http://ns.adobe.com/xap/1.0/\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">"
                + "<rdf:Description xmlns:dc=\"http://purl.org/dc/elements/1.1/\"><dc:title><rdf:Alt>"
                + $"<rdf:li xml:lang=\"x-default\">{title}</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"
        );
        var length = new byte[lengthBytes];
        BinaryPrimitives.WriteUInt16BigEndian(length, (ushort)(packet.Length + lengthBytes));
        return [.. jpeg[..2], 0xFF, 0xE1, .. length, .. packet, .. jpeg[2..]];
    }
}
