using System.Text;
using GeoTagService.Bench.Load;
using GeoTagService.Testing;
using SkiaSharp;

namespace GeoTagService.Cli.Tests.Bench;

public sealed class LoadContentTests
{
    [Fact]
    public void Titles_AllDiffer()
    {
        const int Count = 50_000;
        var first = 1_795_000_000_000L;
        Assert.Equal(Count, Enumerable.Range(0, Count).Select(index => SyntheticTitles.Of(first + index)).Distinct().Count());
    }

    [Fact]
    public void Photos_AreJpegsOfTheirSizeThatDiffer()
    {
        var photos = SyntheticPhotos.Create(3, 64, 48);
        foreach (var photo in photos)
        {
            using var bitmap = SKBitmap.Decode(photo);
            Assert.Equal((64, 48), (bitmap.Width, bitmap.Height));
        }

        Assert.Equal(3, photos.Select(Convert.ToHexString).Distinct().Count());
        Assert.Equal(photos, SyntheticPhotos.Create(3, 64, 48));
    }

    [Fact]
    public async Task AMarkedPhoto_DiffersInItsBytesAndNotInItsPixels()
    {
        var photo = TestImages.Jpeg(80, 60, seed: 4);
        var first = await PhotoOfAsync(new MarkedForm(new LoadItem(1, photo, "A title", (54.5, -3.25))));
        var second = await PhotoOfAsync(new MarkedForm(new LoadItem(2, photo, "A title", (54.5, -3.25))));

        Assert.NotEqual(first, second);
        using var plain = SKBitmap.Decode(photo);
        using var marked = SKBitmap.Decode(first);
        Assert.Equal(plain.Bytes, marked.Bytes);
    }

    [Fact]
    public async Task Form_SaysItsLengthAndItsFields()
    {
        using var form = new MarkedForm(new LoadItem(7, TestImages.Jpeg(16, 16), "Lock 12", (54.5, -3.25)));
        var body = await form.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);

        Assert.Equal(form.Length, body.Length);
        var text = Encoding.Latin1.GetString(body);
        Assert.Contains("name=\"title\"\r\n\r\nLock 12\r\n", text, StringComparison.Ordinal);
        Assert.Contains("name=\"lat\"\r\n\r\n54.50000\r\n", text, StringComparison.Ordinal);
        Assert.Contains("name=\"lon\"\r\n\r\n-3.25000\r\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TitlesOfAFile_ComeAgainWithANumberBehindThem()
    {
        using var directory = new TemporaryDirectory();
        var file = directory.PathOf("titles.txt");
        await File.WriteAllLinesAsync(file, ["Bridge", "", "Weir"], TestContext.Current.CancellationToken);
        var content = LoadContent.Create(LoadMode.Title, null, file);

        string[] expected = ["Bridge", "Weir", "Bridge 2", "Weir 2", "Bridge 3"];
        for (var number = 0; number < expected.Length; number++)
        {
            using var form = content.FormOf(number);
            var body = await form.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.Contains($"\r\n\r\n{expected[number]}\r\n", body, StringComparison.Ordinal);
        }
    }

    private static async Task<byte[]> PhotoOfAsync(MarkedForm form)
    {
        using (form)
        {
            var body = await form.ReadAsByteArrayAsync(TestContext.Current.CancellationToken);
            var begin = body.AsSpan().IndexOf("image/jpeg\r\n\r\n"u8) + "image/jpeg\r\n\r\n".Length;
            var end = body.AsSpan().LastIndexOf("\r\n------geotag-bench-7f3a91c2\r\nContent-Disposition: form-data; name=\"title\""u8);
            return body[begin..end];
        }
    }
}
