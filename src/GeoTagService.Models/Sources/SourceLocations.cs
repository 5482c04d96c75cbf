namespace GeoTagService.Models.Sources;

/// <summary>Where files may lie: their published addresses, or a mirror or directory that was named instead.</summary>
internal sealed class SourceLocations
{
    private readonly Uri? _base;

    /// <summary>Reads <see cref="PullOptions.From"/>.</summary>
    /// <exception cref="PullException">It is neither an http(s) address nor a directory.</exception>
    public SourceLocations(string? from)
    {
        if (from is null)
        {
            return;
        }

        if (Uri.TryCreate(from, UriKind.Absolute, out var address) && address.Scheme is "http" or "https")
        {
            // A base without a slash at its end would lose its last part.
            _base = address!.AbsolutePath.EndsWith('/') ? address : new UriBuilder(address) { Path = address.AbsolutePath + "/" }.Uri;
            return;
        }

        _base = Directory.Exists(from)
            ? new Uri(Path.GetFullPath(from) + Path.DirectorySeparatorChar)
            : throw new PullException($"'{from}' is neither an http or https address nor a directory");
    }

    /// <summary>Candidates for a file, best first.</summary>
    /// <param name="file">The file.</param>
    /// <param name="folder">Folder that it may also lie in, or null.</param>
    public IReadOnlyList<Uri> Of(SourceFile file, string? folder = null)
    {
        if (_base is null)
        {
            return [file.Url];
        }

        var plain = new Uri(_base, Uri.EscapeDataString(file.Name));
        return folder is null ? [plain] : [new Uri(_base, $"{folder}/{Uri.EscapeDataString(file.Name)}"), plain];
    }

    /// <summary>An address as messages show it: without credentials or query.</summary>
    public static string Show(Uri location) =>
        location.IsFile
            ? location.LocalPath
            : location.GetComponents(UriComponents.SchemeAndServer | UriComponents.Path, UriFormat.UriEscaped);
}
