using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using ImageMagick;

namespace GeoTagService.Decoder;

/// <summary>A picture that one of ImageMagick's libraries decoded.</summary>
internal sealed unsafe class MagickPicture : ForeignPicture
{
    private const int BytesPerPixel = 4;

    private readonly MagickImage _image;
    private readonly IUnsafePixelCollection<byte> _pixels;
    private readonly int _channels;
    private readonly int _alpha;
    private readonly bool _isGray;

    public MagickPicture(MagickImage image)
    {
        _image = image;
        _pixels = image.GetPixelsUnsafe();
        _channels = (int)image.ChannelCount;
        _alpha = image.HasAlpha ? (int)(_pixels.GetChannelIndex(PixelChannel.Alpha) ?? 0) : 0;
        _isGray = image.ColorSpace == ColorSpace.Gray || _channels < 3;
    }

    public override int Width => (int)_image.Width;

    public override int Height => (int)_image.Height;

    public override bool HasAlpha => _alpha > 0;

    // The same numbers as EXIF's; 0 where the file says nothing.
    public override ExifOrientation Orientation =>
        (int)_image.Orientation is > 0 and <= 8 and var turned ? (ExifOrientation)turned : ExifOrientation.TopLeft;

    public override void ReadRow(int left, int row, Span<byte> pixels)
    {
        var stored = (byte*)_pixels.GetAreaPointer(left, row, (uint)(pixels.Length / BytesPerPixel), 1);

        // One channel is gray; of more the first three are red, green and blue, whatever follows them.
        var (green, blue) = _isGray ? (0, 0) : (1, 2);
        for (var at = 0; at < pixels.Length; at += BytesPerPixel, stored += _channels)
        {
            pixels[at] = stored[0];
            pixels[at + 1] = stored[green];
            pixels[at + 2] = stored[blue];
            pixels[at + 3] = _alpha > 0 ? stored[_alpha] : byte.MaxValue;
        }
    }

    protected override void Dispose(bool disposing)
    {
        _pixels.Dispose();
        _image.Dispose();
    }
}
