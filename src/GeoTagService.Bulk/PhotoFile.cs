using System.Text.RegularExpressions;
using GeoTagService.Core;
using Microsoft.Win32.SafeHandles;

namespace GeoTagService.Bulk;

/// <summary>Reads a photo's file; its faults are those of an item.</summary>
public static partial class PhotoFile
{
    private static readonly HashSet<string> Endings = new(
        (
            ".jpg .jpeg .png .webp .gif .bmp .heic .heif .hif .avif .tif .tiff .jp2 .j2k .jpx .jxl .psd .psb "
            + ".cr2 .cr3 .crw .nef .nrw .arw .sr2 .dng .raf .orf .rw2 .pef .srw"
        ).Split(' '),
        StringComparer.OrdinalIgnoreCase
    );

    /// <summary>Why a file is not found whose name nobody can write.</summary>
    internal const string OtherEncoding = "its name is not UTF-8: rename it, as convmv does";

    /// <summary>Whether a file in a directory is taken for a photo, by its ending.</summary>
    public static bool IsNamedSo(string path) => Endings.Contains(Path.GetExtension(path));

    /// <summary>Reads the file, or says why not. A file over the limit is not read at all.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="maxBytes">The service's limit.</param>
    public static Outcome<byte[]> Read(string path, long maxBytes)
    {
        var read = ReadStamped(path, maxBytes, arePipesRead: true, out _);
        return read.IsSuccess ? read.Value.Bytes : read.Error;
    }

    /// <summary>Reads the file and says which content it had.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="maxBytes">The service's limit.</param>
    /// <param name="isPassing">Whether the fault may be gone at the next try: the disk or the network failed, not the photo.</param>
    public static Outcome<PhotoRead> ReadStamped(string path, long maxBytes, out bool isPassing) =>
        ReadStamped(path, maxBytes, arePipesRead: false, out isPassing);

    private static Outcome<PhotoRead> ReadStamped(string path, long maxBytes, bool arePipesRead, out bool isPassing)
    {
        // Before it is opened: whoever opens a pipe waits for one who writes, for ever where there is none.
        if (!arePipesRead && path.IndexOf('\0', StringComparison.Ordinal) < 0 && new FileInfo(path) is { Exists: true, Length: 0 })
        {
            isPassing = false;
            return new TaggingError(TaggingErrorCode.InvalidImage, "image", "The file is empty, or no plain file.");
        }

        return Read(
            path,
            file =>
            {
                var length = RandomAccess.GetLength(file);
                if (length > maxBytes)
                {
                    return TooLarge(length, maxBytes);
                }

                // The time first: a file that is changed while it is read then looks older than it is, never newer.
                var time = File.GetLastWriteTimeUtc(file).Ticks;
                var bytes = Content(path, file, length);
                return new PhotoRead(bytes, new PhotoStamp(ItemKey.Digest(bytes), bytes.Length, time));
            },
            out isPassing
        );
    }

    /// <summary>Reads a photo that lies within a larger file.</summary>
    /// <param name="span">Where it lies.</param>
    /// <param name="maxBytes">The service's limit.</param>
    /// <param name="isPassing">Whether the fault may be gone at the next try.</param>
    internal static Outcome<PhotoRead> ReadStamped(PhotoSpan span, long maxBytes, out bool isPassing) =>
        Read(
            span.File,
            file =>
            {
                if (span.Length > maxBytes)
                {
                    return TooLarge(span.Length, maxBytes);
                }

                var bytes = GC.AllocateUninitializedArray<byte>(checked((int)span.Length));
                return Fill(file, bytes, span.Offset) == bytes.Length
                    ? new PhotoRead(bytes, new PhotoStamp(ItemKey.Digest(bytes), bytes.Length, span.Time))
                    : new TaggingError(TaggingErrorCode.InvalidImage, "image", "The archive ends within the photo.");
            },
            out isPassing
        );

    /// <summary>Says that a photo is over the limit.</summary>
    public static TaggingError TooLarge(long length, long maxBytes) =>
        new(TaggingErrorCode.ImageTooLarge, "image", $"The file has {length} bytes; the limit is {maxBytes}.")
        {
            Limit = new TaggingLimit(maxBytes, "bytes"),
        };

    private static Outcome<PhotoRead> Read(string path, Func<SafeFileHandle, Outcome<PhotoRead>> read, out bool isPassing)
    {
        isPassing = false;
        try
        {
            using var file = File.OpenHandle(path, options: FileOptions.SequentialScan);
            return read(file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var target = TargetOf(path);
            isPassing =
                target is null
                && fault is IOException and not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException);
            var why = fault switch
            {
                IOException when target is not null => $"This is a link to {target}, where there is no file.",
                FileNotFoundException or DirectoryNotFoundException => Missing(path),
                ArgumentException => "This is no name of a file.",
                UnauthorizedAccessException when Directory.Exists(path) => "This is a directory, not a photo.",
                UnauthorizedAccessException => "The file may not be read.",
                _ => $"The file cannot be read: {fault.Message}",
            };
            return new TaggingError(TaggingErrorCode.InvalidImage, "image", why);
        }
    }

    /// <summary>Whether a name as it was read holds signs that stand for what is not UTF-8: nobody can open it by that name.</summary>
    internal static bool IsOfOtherEncoding(string path) => path.Contains('\uFFFD', StringComparison.Ordinal);

    /// <summary>That a file is not there, and what may be wrong with its name.</summary>
    private static string Missing(string path)
    {
        const string NoFile = "There is no such file";
        return Scheme(path) is { } scheme ? $"'{scheme}' is not read: addresses begin with http, https or s3."
            : IsOfOtherEncoding(path) ? $"{NoFile}; {OtherEncoding}."
            : path.Contains('\\', StringComparison.Ordinal) && Path.DirectorySeparatorChar != '\\'
                ? $"{NoFile}; its path has backslashes, as on Windows, and here folders are parted by '/'."
            : Path.GetFileName(path) is var name && name != name.Trim() ? $"{NoFile}; there are blanks before or behind its name."
            : $"{NoFile}.";
    }

    private static bool LeadsToAFile(string link)
    {
        try
        {
            return File.ResolveLinkTarget(link, returnFinalTarget: true) is { Exists: true };
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Where a link leads that leads to no file; null for everything else.</summary>
    private static string? TargetOf(string path)
    {
        try
        {
            // Links that go round and round are a fault of their own.
            return new FileInfo(path).LinkTarget is { } target && !LeadsToAFile(path) ? target : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            return null;
        }
    }

    /// <summary>The beginning of what is an address rather than a path, once a list has made a path of it; else null.</summary>
    private static string? Scheme(string path) => ForeignScheme().Match(path) is { Success: true } found ? found.Groups[1].Value : null;

    private static byte[] Content(string path, SafeFileHandle file, long length)
    {
        if (length == 0)
        {
            // Empty, or a file without a length, such as a pipe.
            return File.ReadAllBytes(path);
        }

        var bytes = GC.AllocateUninitializedArray<byte>(checked((int)length));
        var read = Fill(file, bytes, 0);
        return read == bytes.Length ? bytes : bytes[..read];
    }

    private static int Fill(SafeFileHandle file, byte[] bytes, long offset)
    {
        var read = 0;
        while (read < bytes.Length && RandomAccess.Read(file, bytes.AsSpan(read), offset + read) is > 0 and var more)
        {
            read += more;
        }

        return read;
    }

    [GeneratedRegex("(?:^|/)([a-z][a-z0-9+.-]{1,15}):/{1,3}[^/]")]
    private static partial Regex ForeignScheme();
}
