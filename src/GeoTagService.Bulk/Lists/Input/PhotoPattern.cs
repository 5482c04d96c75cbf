using GeoTagService.Core;
using Microsoft.Extensions.FileSystemGlobbing;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>A pattern of file names, such as <c>photos/**/*.jpg</c>.</summary>
/// <param name="Directory">The folder that it begins in, as it was written.</param>
/// <param name="Pattern">What follows.</param>
internal sealed record PhotoPattern(string Directory, string Pattern)
{
    private readonly Matcher _matcher = new Matcher(StringComparison.Ordinal).AddInclude(Pattern);

    /// <summary>Where it looks.</summary>
    public string Location => $"{Path.GetFullPath(Directory)}/{Pattern}";

    /// <summary>Takes a pattern apart.</summary>
    /// <exception cref="RunFailureException">The folder that it begins in does not exist.</exception>
    public static PhotoPattern Parse(string text)
    {
        var parts = text.Split('/');
        var fixedParts = parts.TakeWhile(part => part.AsSpan().IndexOfAny('*', '?') < 0).ToArray();
        var directory =
            fixedParts.Length == 0 ? "."
            : string.Join('/', fixedParts) is { Length: > 0 } given ? given
            : "/";
        return System.IO.Directory.Exists(directory)
            ? new PhotoPattern(directory, string.Join('/', parts.Skip(fixedParts.Length)))
            : throw new RunFailureException(RunFailure.Request, $"{directory}: there is no such directory");
    }

    /// <summary>Whether a file is meant, by its path within the folder.</summary>
    public bool Matches(string file) => _matcher.Match(file).HasMatches;

    /// <summary>The files, by their paths within the folder, sorted.</summary>
    public IEnumerable<string> Files() => Walk("").Files().Select(file => file.Name).Where(Matches).Order(StringComparer.Ordinal);

    /// <summary>Looks into the folders that the pattern can reach.</summary>
    /// <param name="prefix">What the files' names begin with.</param>
    public FolderWalk Walk(string prefix) =>
        new(Directory, prefix, Pattern.Contains("**", StringComparison.Ordinal) ? int.MaxValue : Pattern.Count(c => c == '/') + 1);

    /// <summary>A file's path.</summary>
    public string PathOf(string file) => Path.Combine(Directory, file);
}
