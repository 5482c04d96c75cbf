using System.Formats.Tar;
using System.Globalization;
using GeoTagService.Bench.Load;
using Parquet;
using Parquet.Schema;

namespace GeoTagService.Cli.Measuring;

/// <summary>The same photos as each kind of input, in a directory of its own that goes with it.</summary>
internal sealed class ListMaterial : IDisposable
{
    private const int MostDistinct = 16;

    private readonly string _directory = Directory.CreateTempSubdirectory("geotag-bench").FullName;
    private readonly PhotoServer _server;

    private ListMaterial(IReadOnlyList<string> names)
    {
        _server = new PhotoServer(Photos);
        Names = names;
    }

    /// <summary>The folder of photos.</summary>
    public string Photos => Path.Combine(_directory, "photos");

    /// <summary>Names of the photos in their folder.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>The inputs: what each is called, and its path.</summary>
    public IReadOnlyList<(string Name, string Path)> Inputs =>
        [
            ("folder", Photos),
            ("tar", PathOf("photos.tar")),
            ("addresses", PathOf("addresses.csv")),
            ("Parquet of paths", PathOf("paths.parquet")),
            ("Parquet of bytes", PathOf("bytes.parquet")),
        ];

    /// <summary>Draws the photos and makes the inputs.</summary>
    /// <param name="count">Photos of each input.</param>
    /// <param name="width">Pixels of a photo.</param>
    /// <param name="height">Pixels of a photo.</param>
    public static async Task<ListMaterial> CreateAsync(int count, int width, int height)
    {
        var drawn = SyntheticPhotos.Create(Math.Min(count, MostDistinct), width, height);
        var material = new ListMaterial([
            .. Enumerable.Range(0, count).Select(number => number.ToString("00000", CultureInfo.InvariantCulture) + ".jpg"),
        ]);
        Directory.CreateDirectory(material.Photos);
        byte[] PhotoOf(int number) => drawn[number % drawn.Length];
        for (var i = 0; i < count; i++)
        {
            await File.WriteAllBytesAsync(Path.Combine(material.Photos, material.Names[i]), PhotoOf(i)).ConfigureAwait(false);
        }

        material.WriteTar(PhotoOf);
        File.WriteAllLines(material.PathOf("addresses.csv"), material.Names.Select(name => material._server.Root + name).Prepend("image"));
        await material.WriteParquetAsync("paths.parquet", [.. material.Names.Select(name => "photos/" + name)]).ConfigureAwait(false);
        await material.WriteParquetAsync("bytes.parquet", [.. Enumerable.Range(0, count).Select(PhotoOf)]).ConfigureAwait(false);
        return material;
    }

    /// <summary>A file of the directory.</summary>
    public string PathOf(string name) => Path.Combine(_directory, name);

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void WriteTar(Func<int, byte[]> photoOf)
    {
        using var tar = new TarWriter(File.Create(PathOf("photos.tar")), TarEntryFormat.Pax, leaveOpen: false);
        for (var i = 0; i < Names.Count; i++)
        {
            tar.WriteEntry(new PaxTarEntry(TarEntryType.RegularFile, Names[i]) { DataStream = new MemoryStream(photoOf(i)) });
        }
    }

    private async Task WriteParquetAsync<T>(string name, T[] photos)
        where T : class
    {
        const int rowsPerGroup = 64;
        var image = new DataField("image", typeof(T), isNullable: true);
        var file = File.Create(PathOf(name));
        await using (file.ConfigureAwait(false))
        {
            var writer = await ParquetWriter.CreateAsync(new ParquetSchema(image), file).ConfigureAwait(false);
            await using (writer.ConfigureAwait(false))
            {
                foreach (var rows in photos.Chunk(rowsPerGroup))
                {
                    using var group = writer.CreateRowGroup();
                    await (
                        rows switch
                        {
                            byte[][] bytes => group.WriteAsync(image, bytes),
                            string[] paths => group.WriteAsync(image, paths),
                            _ => throw new NotSupportedException(typeof(T).Name),
                        }
                    ).ConfigureAwait(false);
                }
            }
        }
    }
}
