using GeoTagService.Core;
using ImageMagick;

namespace GeoTagService.Decoder;

/// <summary>ImageMagick as it is used here: the decoders of six formats, by the format that the header shows, on one thread, in memory
/// alone. Its own guessing of formats is switched off; programs, addresses and other files are out of a closed process's reach.</summary>
internal static class MagickLibrary
{
    private const ulong LongestSide = 65_536;

    // What a picture's own header cannot be asked for: layers, tiles and previews that it brings along.
    private const ulong MostPictures = 256;

    /// <summary>Loads the library, where one of its formats is read.</summary>
    /// <param name="formats">Formats that are read beside the usual ones.</param>
    /// <returns>To be disposed when the library has read its settings.</returns>
    public static IDisposable? Load(PhotoFormats formats)
    {
        if ((formats & ~PhotoFormats.Raw) == PhotoFormats.None)
        {
            return null;
        }

        ResourceLimits.Thread = 1;
        ResourceLimits.Disk = 0;
        ResourceLimits.Width = LongestSide;
        ResourceLimits.Height = LongestSide;
        ResourceLimits.ListLength = MostPictures;
        OpenCL.IsEnabled = false;
        return SettingsFolder.Create();
    }

    /// <summary>Sets the most pixels of one picture.</summary>
    public static void Limit(long pixels) => ResourceLimits.Area = (ulong)pixels;

    /// <summary>How a file is read: as the format that it is, and its first picture.</summary>
    public static MagickReadSettings Settings(PhotoFormats format, ReadOnlySpan<byte> file, bool applyOrientation)
    {
        var settings = new MagickReadSettings
        {
            Format = format switch
            {
                PhotoFormats.Heif => MagickFormat.Heic,
                PhotoFormats.Avif => MagickFormat.Avif,
                PhotoFormats.Tiff => MagickFormat.Tiff,
                PhotoFormats.Jpeg2000 => file is [0xFF, ..] ? MagickFormat.J2k : MagickFormat.Jp2,
                PhotoFormats.JpegXl => MagickFormat.Jxl,
                PhotoFormats.Psd => MagickFormat.Psd,
                _ => throw new ArgumentOutOfRangeException(nameof(format), format, "not a format that this library reads here"),
            },
            FrameIndex = 0,
            FrameCount = 1,
        };
        // It prints these directories into a file, for which there is no place in a closed process, to read them again from there.
        settings.SetDefine(MagickFormat.Tiff, "exif-properties", false);
        settings.SetDefine(MagickFormat.Tiff, "gps-properties", false);
        if (!applyOrientation)
        {
            settings.SetDefine(MagickFormat.Heic, "preserve-orientation", true);
        }

        return settings;
    }

    /// <summary>The library reads its settings from files.</summary>
    private sealed class SettingsFolder(string path) : IDisposable
    {
        public static SettingsFolder? Create()
        {
            var files = ImageMagick.Configuration.ConfigurationFiles.Default;
            var path = Path.Combine(Path.GetTempPath(), $"geotag-decoder-{Environment.ProcessId}");
            try
            {
                Directory.CreateDirectory(path);
                MagickNET.Initialize(files, path);
                return new SettingsFolder(path);
            }
            catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
            {
                // A machine without a place for temporary files: the settings that are built in do as well.
                return null;
            }
        }

        public void Dispose() => Directory.Delete(path, recursive: true);
    }
}
