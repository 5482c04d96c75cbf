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
            isPassing = fault is IOException and not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException);
            var why = fault switch
            {
                FileNotFoundException or DirectoryNotFoundException when Scheme(path) is { } scheme =>
                    $"'{scheme}' is not read: addresses begin with http, https or s3.",
                FileNotFoundException or DirectoryNotFoundException => "There is no such file.",
                UnauthorizedAccessException when Directory.Exists(path) => "This is a directory, not a photo.",
                UnauthorizedAccessException => "The file may not be read.",
                _ => $"The file cannot be read: {fault.Message}",
            };
            return new TaggingError(TaggingErrorCode.InvalidImage, "image", why);
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

    [GeneratedRegex("(?:^|/)([a-z][a-z0-9+.-]{1,15}):/{1,2}[^/]")]
    private static partial Regex ForeignScheme();
}
