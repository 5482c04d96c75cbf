using System.Runtime.InteropServices;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using NetVips;
using SkiaSharp;

namespace GeoTagService.Benchmarks.Jpeg;

/// <summary>What each decoder does with a photo, by name: the whole picture as it does that best, and the square of 224 pixels.</summary>
internal static class JpegContestants
{
    private const int CropSize = 224;

    private static readonly ImageDecodeRequest Request = new(MaxPixels: 100_000_000, ApplyOrientation: false);

    /// <summary>All rows of the photo. The first is ours.</summary>
    public static IReadOnlyDictionary<string, Action<byte[]>> Decoding { get; } =
        new Dictionary<string, Action<byte[]>>
        {
            ["ours"] = DecodeOurs,
            ["NetVips"] = DecodeVips,
            ["SkiaSharp"] = DecodeSkia,
        };

    /// <summary>Decoded, resized and cropped; all but the last give the square that the model was trained on. The first is ours.</summary>
    public static IReadOnlyDictionary<string, Action<byte[]>> Cropping { get; } =
        new Dictionary<string, Action<byte[]>>
        {
            ["ours"] = Crop(new InProcessImageDecoder()),
            ["NetVips"] = Crop(new VipsDecoder()),
            ["SkiaSharp"] = Crop(new SkiaDecoder()),
            ["NetVips' own thumbnail"] = Thumbnail,
        };

    private static void DecodeOurs(byte[] photo)
    {
        using var rows = new InProcessImageDecoder().Open(photo, Request).Value!;
        rows.Start(new PixelRegion(0, 0, rows.Width, rows.Height));
        for (var y = 0; y < rows.Height; y++)
        {
            rows.ReadRow(out _);
        }

        rows.Finish();
    }

    private static void DecodeVips(byte[] photo)
    {
        using var image = VipsDecoder.Load(photo);
        NetVips.NetVips.Free(image.WriteToMemory(out _));
    }

    private static unsafe void DecodeSkia(byte[] photo)
    {
        using var data = SKData.CreateCopy(photo);
        using var codec = SKCodec.Create(data);
        var info = new SKImageInfo(codec.Info.Width, codec.Info.Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
        var pixels = NativeMemory.Alloc((nuint)info.BytesSize64);
        codec.GetPixels(info, (nint)pixels);
        NativeMemory.Free(pixels);
    }

    private static Action<byte[]> Crop(IImageDecoder decoder)
    {
        var preprocessor = new ImagePreprocessor(decoder, CropSize);
        return photo => preprocessor.Prepare(photo, Request).Value!.Dispose();
    }

    // Decoded at a reduced scale of the transform, by a filter of its own: other pixels than the model was trained on.
    private static void Thumbnail(byte[] photo)
    {
        using var square = Image.ThumbnailBuffer(
            photo,
            CropSize,
            height: CropSize,
            crop: Enums.Interesting.Centre,
            failOn: Enums.FailOn.Truncated
        );
        NetVips.NetVips.Free(square.WriteToMemory(out _));
    }
}
