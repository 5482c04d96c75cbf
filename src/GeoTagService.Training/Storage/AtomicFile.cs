namespace GeoTagService.Training.Storage;

/// <summary>Replaces a file as a whole: a reader sees the old content or the new, also after a crash.</summary>
internal static class AtomicFile
{
    /// <summary>Writes beside the file, to disk, and renames.</summary>
    public static void Write(string path, Action<Stream> write)
    {
        var temporary = Path.Combine(
            Path.GetDirectoryName(Path.GetFullPath(path))!,
            $".{Path.GetFileName(path)}.{Environment.ProcessId}.tmp"
        );
        try
        {
            using (var stream = File.Create(temporary))
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
