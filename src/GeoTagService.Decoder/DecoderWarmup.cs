using GeoTagService.Core;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Decoder;

/// <summary>The first photos, before anybody waits for one: they load the codec library and have the code compiled.</summary>
internal static class DecoderWarmup
{
    private const int Rounds = 3;
    private const int MostPixels = 10_000;

    /// <summary>Prepares one small picture of each format.</summary>
    /// <param name="preprocessor">What is warmed.</param>
    /// <param name="formats">Formats that are read beside the usual ones.</param>
    /// <exception cref="InvalidOperationException">A sound picture is refused, or the pixels are not the reference's.</exception>
    public static void Run(ImagePreprocessor preprocessor, PhotoFormats formats)
    {
        PreprocessingSelfTest.Run(preprocessor);
        var assembly = typeof(DecoderWarmup).Assembly;
        foreach (var name in assembly.GetManifestResourceNames())
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            var picture = new byte[stream.Length];
            stream.ReadExactly(picture);
            if ((ChildImageDecoder.FormatOf(picture) & ~formats) != PhotoFormats.None)
            {
                continue;
            }

            for (var round = 0; round < Rounds; round++)
            {
                var outcome = preprocessor.Prepare(picture, new ImageDecodeRequest(MostPixels, ApplyOrientation: true, Formats: formats));
                if (!outcome.IsSuccess)
                {
                    throw new InvalidOperationException($"A sound picture ({name}) was refused: {outcome.Error.Detail}");
                }

                outcome.Value.Dispose();
            }
        }
    }
}
