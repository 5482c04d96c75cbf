using System.Security.Cryptography;
using GeoTagService.Core;
using GeoTagService.Training.Storage;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Where the items come from: read one by one, always in the same order.</summary>
internal abstract class ListSource : IDisposable
{
    /// <summary>What makes this list this list, so that a run is not resumed with another one.</summary>
    public abstract string Identity { get; }

    /// <summary>What the user should know before the run, such as columns that are left alone; null when there is nothing.</summary>
    public virtual string? Note => null;

    /// <summary>How much of it was read, 0 to 1.</summary>
    public abstract double Fraction { get; }

    /// <summary>Where the paths of photos start from.</summary>
    public required string Root { get; init; }

    /// <summary>Opens a list by what it is: a store of embeddings, a directory of photos, a pattern, .csv, .tsv or .ndjson.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="columns">What its columns mean.</param>
    /// <param name="photoRoot">Where the paths of photos start from; null takes the list's own directory.</param>
    /// <exception cref="RunFailureException">There is no such list.</exception>
    public static ListSource Open(string path, ListColumns columns, string? photoRoot)
    {
        if (EmbeddingStore.IsAt(path))
        {
            return new StoredEmbeddings(path) { Root = path };
        }

        if (Directory.Exists(path))
        {
            return OfPhotos(path, Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
                .Select(file => Path.GetRelativePath(path, file)));
        }

        if (path.AsSpan().IndexOfAny('*', '?') >= 0)
        {
            var fixedParts = path.Split('/').TakeWhile(part => part.AsSpan().IndexOfAny('*', '?') < 0).ToArray();
            var directory = fixedParts.Length == 0 ? "." : string.Join('/', fixedParts) is { Length: > 0 } given ? given : "/";
            var pattern = string.Join('/', path.Split('/').Skip(fixedParts.Length));
            if (!Directory.Exists(directory))
            {
                throw new RunFailureException(RunFailure.Request, $"{directory}: there is no such directory");
            }

            var found = new Matcher(StringComparison.Ordinal).AddInclude(pattern)
                .Execute(new DirectoryInfoWrapper(new DirectoryInfo(directory))).Files;
            return OfPhotos(directory, found.Select(match => match.Path));
        }

        if (!File.Exists(path))
        {
            throw new RunFailureException(RunFailure.Request, $"{path}: there is no such list");
        }

        var root = photoRoot ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => new DelimitedList(path, columns, (byte)',') { Root = root },
            ".tsv" => new DelimitedList(path, columns, (byte)'\t') { Root = root },
            ".ndjson" or ".jsonl" => new NdJsonList(path, columns) { Root = root },
            _ => throw new RunFailureException(
                RunFailure.Request, $"{path}: a list is a .csv, .tsv or .ndjson file, a directory of photos, a store of embeddings, or a pattern such as 'photos/**/*.jpg'"),
        };
    }

    /// <summary>The items from the first one on. A list is read once.</summary>
    public abstract IEnumerable<ListItem> Read();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>What tells a list's file from another one, and from itself after it was changed: its digest, because a list that
    /// is written anew with the same rows is the same list.</summary>
    protected static string IdentityOf(string path)
    {
        // A pipe, whose length is none, can be read once only.
        var list = new FileInfo(path);
        if (list.Length == 0)
        {
            return list.FullName;
        }

        using var file = list.OpenRead();
        return $"{list.FullName} {Convert.ToHexStringLower(SHA256.HashData(file))}";
    }

    /// <summary>The path of an item's photo.</summary>
    public string PhotoPath(string image) => Path.Combine(Root, image);

    private static PhotoList OfPhotos(string directory, IEnumerable<string> files)
    {
        var kinds = files.ToLookup(PhotoFile.IsNamedSo);
        var sorted = kinds[true].Select(file => file.Replace('\\', '/')).Order(StringComparer.Ordinal).ToArray();
        var others = kinds[false].CountBy(file => Path.GetExtension(file).ToLowerInvariant()).OrderByDescending(kind => kind.Value).ToList();
        var note = others.Count == 0
            ? null
            : $"files left out, because they are not named as photos that are read: {string.Join(", ", others.Take(5).Select(kind => $"{kind.Value} {(kind.Key.Length > 0 ? kind.Key : "without an ending")}"))}{(others.Count > 5 ? " …" : "")}";
        return sorted.Length > 0
            ? new PhotoList(directory, sorted, note) { Root = directory }
            : throw new RunFailureException(RunFailure.Request, $"{directory}: there are no photos here{(note is null ? "" : "; " + note)}");
    }

    /// <summary>Photos without more; the relative path is the id.</summary>
    private sealed class PhotoList(string directory, string[] files, string? note) : ListSource
    {
        private int _read;

        public override string? Note => note;

        public override string Identity => $"{Path.GetFullPath(directory)} {files.Length} {files[0]} {files[^1]}";

        public override double Fraction => (double)_read / files.Length;

        public override IEnumerable<ListItem> Read()
        {
            for (_read = 0; _read < files.Length; _read++)
            {
                yield return new ListItem { Position = _read, Id = files[_read], Image = files[_read] };
            }
        }

        public override void Dispose()
        {
            // Nothing is open between items.
        }
    }
}
