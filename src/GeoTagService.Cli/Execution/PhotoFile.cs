using System.CommandLine.Parsing;
using GeoTagService.Core;

namespace GeoTagService.Cli.Execution;

/// <summary>Reads a photo's file; its faults are those of an item.</summary>
internal static class PhotoFile
{
    private static readonly string[] Endings = [".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"];

    /// <summary>Whether a file in a directory is taken for a photo, by its ending.</summary>
    public static bool IsNamedSo(string path) => Endings.Contains(Path.GetExtension(path), StringComparer.OrdinalIgnoreCase);

    /// <summary>Refuses what looks like an option where a photo is expected: the parser would take a mistyped
    /// <c>--jsn</c> for the photo's name. A photo of such a name is given as <c>./--jsn</c>.</summary>
    public static void RejectOptions(ArgumentResult photo)
    {
        if (photo.Tokens is [{ Value: ['-', ..] name }, ..])
        {
            photo.AddError(photo.Parent is CommandResult result ? UsageFaults.Unknown(name, result.Command) : $"'{name}' is not known here");
        }
    }

    /// <summary>Reads the file, or says why not. A file over the limit is not read at all.</summary>
    /// <param name="path">As the user wrote it.</param>
    /// <param name="maxBytes">The service's limit.</param>
    public static Outcome<byte[]> Read(string path, long maxBytes)
    {
        try
        {
            var file = new FileInfo(path);
            if (file.Exists && file.Length > maxBytes)
            {
                return new TaggingError(
                    TaggingErrorCode.ImageTooLarge, "image", $"The file has {file.Length} bytes; the limit is {maxBytes}.")
                {
                    Limit = new TaggingLimit(maxBytes, "bytes"),
                };
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or ArgumentException)
        {
            var why = fault switch
            {
                FileNotFoundException or DirectoryNotFoundException => "There is no such file.",
                UnauthorizedAccessException when Directory.Exists(path) => "This is a directory, not a photo.",
                UnauthorizedAccessException => "The file may not be read.",
                _ => $"The file cannot be read: {fault.Message}",
            };
            return new TaggingError(TaggingErrorCode.InvalidImage, "image", why);
        }
    }
}
