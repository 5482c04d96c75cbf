using System.Security.Cryptography;

namespace GeoTagService.Core.Photos;

/// <summary>
/// Proves at start that this very machine, with its codec library and its vector instructions, makes the reference's
/// pixels: a model fed with others answers plausibly and wrongly, and nobody notices. Takes a few milliseconds.
/// </summary>
public static class PreprocessingSelfTest
{
    private const int Size = 16;

    // A drawing of 48 × 40 pixels, JPEG 4:2:0.
    private const string Photo =
        "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxOUlNSMj5a"
        + "YVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT0//wAAR"
        + "CAAoADADASIAAhEBAxEB/8QAGgAAAwADAQAAAAAAAAAAAAAAAAMEAQIFBv/EACEQAAICAgICAwEAAAAAAAAAAAADAWECBBESEyEUIkGh/8QA"
        + "GAEBAQADAAAAAAAAAAAAAAAABQQDBgf/xAAgEQACAgIBBQEAAAAAAAAAAAABAgADBBESBRMhMVFB/9oADAMBAAIRAxEAPwDw2vrdMeZj7T/B"
        + "8LK/EZhVDeTlChBWnoTDj3b8yfFY9ayrXw6xlY7jt6An6g/KbTjY3LH73L7+fIlSyqNeGYcce/yTdSqLUqLaMwWqUfyDMlVuvM5fhozCaOj8"
        + "ejaEUS9RY7M55jXyDFND1posx16HrRRrrsdxui+TKTRclNDVIotTr0X4jHcTrvnNSryYc8e49SNjWoAECTbjq7+zOd0uQYzHWooXrUABLoNx"
        + "qixpUrWorxVC8O0wAFAPapZ19gRSlySJ/9k=";

    // SHA-256 of Pillow 9.4.0's pixels: shorter side to 16 by bicubic, centre 16 × 16, RGB.
    private const string Expected = "f876da11b83f8bcca39945a51fd1ecff0b2525f832e83a47c02901256447fb1c";

    /// <summary>Runs the test.</summary>
    /// <param name="preprocessor">The preprocessor that will serve.</param>
    /// <exception cref="InvalidOperationException">The pixels are not the reference's.</exception>
    public static void Run(ImagePreprocessor preprocessor)
    {
        ArgumentNullException.ThrowIfNull(preprocessor);
        var outcome = preprocessor
            .WithSize(Size)
            .Prepare(Convert.FromBase64String(Photo), new ImageDecodeRequest(MaxPixels: 10_000, ApplyOrientation: true));
        if (!outcome.IsSuccess)
        {
            throw new InvalidOperationException($"The image self-test failed: a sound JPEG was refused ({outcome.Error.Detail}).");
        }

        using var crop = outcome.Value;
        var found = Convert.ToHexStringLower(SHA256.HashData(crop.Pixels.Span));
        if (found != Expected)
        {
            throw new InvalidOperationException(
                "The image self-test failed: decoding and resizing on this machine do not give the reference's pixels "
                    + $"(SHA-256 {found}, expected {Expected}). The model's answers would be wrong; check the SkiaSharp version."
            );
        }
    }
}
