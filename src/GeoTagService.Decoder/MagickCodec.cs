using GeoTagService.Core;
using GeoTagService.Core.Photos.Decoding;
using ImageMagick;

namespace GeoTagService.Decoder;

/// <summary>Decodes HEIF, AVIF, TIFF, JPEG 2000, JPEG XL and PSD by ImageMagick's libraries.</summary>
internal sealed class MagickCodec : IForeignCodec
{
    public ForeignPicture? Decode(ReadOnlySpan<byte> file, PhotoFormats format, long maxPixels, bool applyOrientation)
    {
        MagickLibrary.Limit(maxPixels);
        var image = new MagickImage();
        try
        {
            Read(image, file, format, MagickLibrary.Settings(format, file, applyOrientation));
            if (image.ColorSpace is not (ColorSpace.sRGB or ColorSpace.Gray))
            {
                image.ColorSpace = ColorSpace.sRGB;
            }

            return new MagickPicture(image);
        }
        catch (MagickException)
        {
            image.Dispose();
            return null;
        }
    }

    // The library would write HEIF into a file of its own first, for which there is no place in a closed process.
    private static void Read(MagickImage image, ReadOnlySpan<byte> encoded, PhotoFormats format, MagickReadSettings settings)
    {
        if (format is PhotoFormats.Heif or PhotoFormats.Avif && OperatingSystem.IsLinux())
        {
            using var file = MemoryFile.Create(encoded);
            image.Read(file.Path, settings);
            return;
        }

        image.Read(encoded, settings);
    }
}
