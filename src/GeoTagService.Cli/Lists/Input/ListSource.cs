using GeoTagService.Cli.Execution;
using GeoTagService.Training.Storage;
using Microsoft.Extensions.FileSystemGlobbing;
using Microsoft.Extensions.FileSystemGlobbing.Abstractions;

namespace GeoTagService.Cli.Lists.Input;

/// <summary>Where the items come from: read one by one, always in the same order.</summary>
internal abstract class ListSource : IDisposable
{
    /// <summary>What makes this list this list, so that a run is not resumed with another one.</summary>
    public abstract string Identity { get; }

    /// <summary>How much of it was read, 0 to 1.</summary>
    public abstract double Fraction { get; }

    /// <summary>Where the paths of photos start from.</summary>
    public required string Root { get; init; }

    /// <summary>Opens a list by what it is: a store of embeddings, a directory of photos, a pattern, .csv, .tsv or .ndjson.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="columns">What its columns mean.</param>
    /// <param name="photoRoot">Where the paths of photos start from; null takes the list's own directory.</param>
    /// <exception cref="CommandFailureException">There is no such list.</exception>
    public static ListSource Open(string path, ListColumns columns, string? photoRoot)
    {
        if (EmbeddingStore.IsAt(path))
        {
            return new StoredEmbeddings(path) { Root = path };
        }

        if (Directory.Exists(path))
        {
            return OfPhotos(path, Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true })
                .Select(file => Path.GetRelativePath(path, file))
                .Where(PhotoFile.IsNamedSo));
        }

        if (path.AsSpan().IndexOfAny('*', '?') >= 0)
        {
            var fixedParts = path.Split('/').TakeWhile(part => part.AsSpan().IndexOfAny('*', '?') < 0).ToArray();
            var directory = fixedParts.Length == 0 ? "." : string.Join('/', fixedParts) is { Length: > 0 } given ? given : "/";
            var pattern = string.Join('/', path.Split('/').Skip(fixedParts.Length));
            if (!Directory.Exists(directory))
            {
                throw new CommandFailureException(ExitCode.Usage, $"{directory}: there is no such directory");
            }

            var found = new Matcher(StringComparison.Ordinal).AddInclude(pattern)
                .Execute(new DirectoryInfoWrapper(new DirectoryInfo(directory))).Files;
            return OfPhotos(directory, found.Select(match => match.Path));
        }

        if (!File.Exists(path))
        {
            throw new CommandFailureException(ExitCode.Usage, $"{path}: there is no such list");
        }

        var root = photoRoot ?? Path.GetDirectoryName(Path.GetFullPath(path))!;
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".csv" => new DelimitedList(path, columns, (byte)',') { Root = root },
            ".tsv" => new DelimitedList(path, columns, (byte)'\t') { Root = root },
            ".ndjson" or ".jsonl" => new NdJsonList(path, columns) { Root = root },
            _ => throw new CommandFailureException(
                ExitCode.Usage, $"{path}: a list is a .csv, .tsv or .ndjson file, a directory of photos, a store of embeddings, or a pattern such as 'photos/**/*.jpg'"),
        };
    }

    /// <summary>The items from the first one on. A list is read once.</summary>
    public abstract IEnumerable<ListItem> Read();

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>The path of an item's photo.</summary>
    public string PhotoPath(string image) => Path.Combine(Root, image);

    private static PhotoList OfPhotos(string directory, IEnumerable<string> files)
    {
        var sorted = files.Select(file => file.Replace('\\', '/')).Order(StringComparer.Ordinal).ToArray();
        return sorted.Length > 0
            ? new PhotoList(directory, sorted) { Root = directory }
            : throw new CommandFailureException(ExitCode.Usage, $"{directory}: there are no photos here");
    }

    /// <summary>Photos without more; the relative path is the id.</summary>
    private sealed class PhotoList(string directory, string[] files) : ListSource
    {
        private int _read;

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
