using System.Runtime.InteropServices;
using NetVips;

namespace GeoTagService.Core.Tests.Photos.Jpeg;

/// <summary>Files and pixels of libvips, whose JPEG library is another build than SkiaSharp's, with other code for each
/// processor.</summary>
internal static class VipsWitness
{
    // It would write a line to standard error for each damaged file.
    static VipsWitness() => Log.SetLogHandler("VIPS", Enums.LogLevelFlags.Warning, (_, _, _) => { });

    /// <summary>Ends the test where the native library is not there: it comes for one platform.</summary>
    public static void Require() =>
        Assert.SkipUnless(
            OperatingSystem.IsLinux() && RuntimeInformation.ProcessArchitecture == Architecture.X64 && ModuleInitializer.VipsInitialized,
            "The tests have libvips for Linux on x64 only."
        );

    /// <summary>Encodes samples, a byte each, as a JPEG.</summary>
    /// <param name="samples">Rows from the top; <paramref name="bands"/> bytes a pixel.</param>
    /// <param name="width">Pixels a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="bands">1 gray, 3 RGB, 4 CMYK.</param>
    /// <param name="quality">1 to 100.</param>
    /// <param name="isSubsampled">4:2:0 instead of 4:4:4.</param>
    /// <param name="restartInterval">Units between restart markers, 0 for none.</param>
    /// <param name="hasOwnTables">Huffman tables made for this picture.</param>
    public static byte[] Encode(
        byte[] samples,
        int width,
        int height,
        int bands,
        int quality,
        bool isSubsampled,
        int restartInterval,
        bool hasOwnTables
    )
    {
        using var raw = Image.NewFromMemory(samples, width, height, bands, Enums.BandFormat.Uchar);
        using var image = raw.Copy(
            interpretation: bands switch
            {
                1 => Enums.Interpretation.Bw,
                3 => Enums.Interpretation.Srgb,
                _ => Enums.Interpretation.Cmyk,
            }
        );
        return image.JpegsaveBuffer(
            q: quality,
            optimizeCoding: hasOwnTables,
            subsampleMode: isSubsampled ? Enums.ForeignSubsample.On : Enums.ForeignSubsample.Off,
            restartInterval: restartInterval
        );
    }

    /// <summary>Four bytes a pixel as our decoder gives them, or null where the file is refused.</summary>
    public static byte[]? Decode(byte[] file, Enums.FailOn failOn)
    {
        try
        {
            using var image = Image.JpegloadBuffer(file, failOn: failOn);
            return AsOurs(image.WriteToMemory<byte>(), image.Bands);
        }
        catch (VipsException)
        {
            return null;
        }
    }

    private static byte[] AsOurs(byte[] samples, int bands)
    {
        if (bands == 4)
        {
            return samples;
        }

        var pixels = new byte[samples.Length / bands * 4];
        for (var i = 0; i < samples.Length / bands; i++)
        {
            for (var channel = 0; channel < 3; channel++)
            {
                pixels[(i * 4) + channel] = samples[(i * bands) + (bands == 1 ? 0 : channel)];
            }

            pixels[(i * 4) + 3] = 255;
        }

        return pixels;
    }
}
