using GeoTagService.Bulk.Fetching;
using GeoTagService.Core;
using GeoTagService.Training.Storage;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Tells what is given as input: photos in files, folders and patterns, lists, or a store of embeddings.</summary>
public static class ListInputs
{
    /// <summary>What can be given, for messages.</summary>
    public const string Kinds =
        "a photo, a directory of photos, an s3:// prefix, a pattern such as 'photos/**/*.jpg', a list (.csv, .tsv, .ndjson, .parquet, .tar or .tar.gz), or a store of embeddings";

    /// <summary>Endings of lists.</summary>
    private static readonly string[] Endings = [".csv", ".tsv", ".ndjson", ".jsonl", ".tar", ".tar.gz", ".tgz", ".parquet"];

    /// <summary>Whether a name is a list's, by its ending.</summary>
    public static bool IsNamedAsList(string path) => !WebPhotos.IsAddress(path) && EndsAsList(path);

    /// <summary>Whether a name has the ending of a list.</summary>
    public static bool EndsAsList(string path) => Endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase));

    /// <summary>Whether a name stands for more than one photo, or for none: a list, a folder or a pattern.</summary>
    public static bool IsMany(string path) =>
        IsNamedAsList(path) || Directory.Exists(path) || S3Objects.IsAddress(path) || (IsPattern(path) && !WebPhotos.IsAddress(path));

    /// <summary>Whether a name is a pattern, and no file of that name.</summary>
    public static bool IsPattern(string path) => path.AsSpan().IndexOfAny('*', '?') >= 0 && !File.Exists(path);

    /// <summary>What is wrong with an archive that is packed by something else than gzip, by its first bytes; else null.</summary>
    internal static string? PackedBy(string path)
    {
        Span<byte> start = stackalloc byte[6];
        using var file = File.OpenRead(path);
        start = start[..file.ReadAtLeast(start, start.Length, throwOnEndOfStream: false)];
        var name = start switch
        {
            [(byte)'B', (byte)'Z', (byte)'h', ..] => "bzip2",
            [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => "xz",
            [0x28, 0xB5, 0x2F, 0xFD, ..] => "zstd",
            [(byte)'P', (byte)'K', 3, 4, ..] => "zip",
            [(byte)'7', (byte)'z', 0xBC, 0xAF, ..] => "7z",
            _ => null,
        };
        return name is null ? null : $"this is packed by {name}, which is not read: unpack it, and give the tar or the folder";
    }

    /// <summary>Opens what is given.</summary>
    /// <param name="given">Files, folders, patterns and addresses of photos; or lists and patterns of lists; or one store.</param>
    /// <param name="columns">What the columns of lists mean.</param>
    /// <param name="photoRoot">Where the paths of a list's photos start from; null takes each list's own directory.</param>
    /// <param name="hosts">How the host of buckets is treated; null where none is asked.</param>
    /// <exception cref="RunFailureException">There is nothing of that kind.</exception>
    public static ListSource Open(IReadOnlyList<string> given, ListColumns columns, string? photoRoot, WebManners? hosts = null)
    {
        if (given.FirstOrDefault(EmbeddingStore.IsAt) is { } store)
        {
            return given.Count == 1
                ? new StoredEmbeddings(store) { Root = store }
                : throw new RunFailureException(
                    RunFailure.Request,
                    $"{store} is a store of embeddings, which is a list by itself: give it alone"
                );
        }

        var kinds = given.ToLookup(path => IsNamedAsList(path) && !Directory.Exists(path));
        if (!kinds[true].Any())
        {
            return PhotoSearch.Find(given, hosts);
        }

        if (kinds[false].Any())
        {
            throw new RunFailureException(
                RunFailure.Request,
                $"{kinds[true].First()} is a list and {kinds[false].First()} is not: lists and photos go into runs of their own"
            );
        }

        return given is [var one] && !IsPattern(one)
            ? OpenList(one, columns, photoRoot)
            : new ChainedLists(given, path => OpenList(path, columns, photoRoot)) { Root = photoRoot ?? "" };
    }

    private static ListSource OpenList(string path, ListColumns columns, string? photoRoot)
    {
        if (!File.Exists(path))
        {
            throw new RunFailureException(RunFailure.Request, $"{path}: there is no such list");
        }

        if (Path.GetExtension(path).ToLowerInvariant() is ".ndjson" or ".jsonl")
        {
            TextEncoding.RequireUtf8(path);
        }

        var root = photoRoot ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => new DelimitedList(path, columns, (byte)',') { Root = root },
            ".tar" or ".gz" or ".tgz" => new TarList(path, columns) { Root = root },
            ".parquet" => new ParquetList(path, columns) { Root = root },
            ".tsv" => new DelimitedList(path, columns, (byte)'\t') { Root = root },
            _ => new NdJsonList(path, columns) { Root = root },
        };
    }
}
