namespace GeoTagService.Core.Photos;

/// <summary>
/// Encoded photo to the square of pixels that an encoder was trained on, bit for bit as Pillow and torchvision make it:
/// shorter side resized to the square's edge by antialiased bicubic (a = −0.5, along rows first, 8 bits between the
/// passes), then the centre cut out. Only what the crop needs is computed. Safe for any number of threads.
/// </summary>
public sealed class ImagePreprocessor
{
    private readonly IImageDecoder _decoder;
    private readonly int _imageSize;
    private readonly CropPool _crops;
    private readonly ResampleInstructions _instructions;
    private readonly ResampleKernelCache _kernels = new();

    /// <summary>Creates a preprocessor.</summary>
    /// <param name="decoder">Reads the photos.</param>
    /// <param name="imageSize">Pixels a side of the square, 1..4096 (CLIP ViT-B/32: 224).</param>
    public ImagePreprocessor(IImageDecoder decoder, int imageSize)
        : this(decoder, imageSize, ResampleInstructionsSupport.Best) { }

    internal ImagePreprocessor(IImageDecoder decoder, int imageSize, ResampleInstructions instructions)
    {
        ArgumentNullException.ThrowIfNull(decoder);
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(imageSize, 4096);
        _decoder = decoder;
        _imageSize = imageSize;
        _crops = new CropPool(imageSize);
        _instructions = instructions;
    }

    /// <summary>Pixels a side of the square.</summary>
    public int ImageSize => _imageSize;

    /// <summary>Decodes, resizes and crops.</summary>
    /// <param name="encoded">The file's bytes.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <param name="cancellationToken">Ends the work between two rows; where a codec makes all rows at once, after it.</param>
    /// <returns>The square, to be disposed by the caller, or the fault (field <c>image</c>).</returns>
    public Outcome<ImageCrop> Prepare(
        ReadOnlyMemory<byte> encoded,
        ImageDecodeRequest request,
        CancellationToken cancellationToken = default
    )
    {
        ArgumentNullException.ThrowIfNull(request);
        return Prepare(encoded, _decoder.Open(encoded, request), cancellationToken);
    }

    /// <summary>The same, unless it takes native code.</summary>
    /// <returns>The square or the fault; null where only native code can tell.</returns>
    internal Outcome<ImageCrop>? PrepareManaged(
        ReadOnlyMemory<byte> encoded,
        ImageDecodeRequest request,
        CancellationToken cancellationToken
    ) => _decoder.OpenManaged(encoded, request) is { } opened ? Prepare(encoded, opened, cancellationToken) : default(Outcome<ImageCrop>?);

    /// <summary>An empty square, to be disposed by the caller.</summary>
    internal ImageCrop NewCrop() => new(_crops);

    private Outcome<ImageCrop> Prepare(ReadOnlyMemory<byte> encoded, Outcome<ImageRows> opened, CancellationToken cancellationToken)
    {
        if (!opened.IsSuccess)
        {
            return ImageFaults.OfTheEnd(opened.Error, encoded.Span);
        }

        using var rows = opened.Value;
        rows.Cancellation = cancellationToken;
        var crop = NewCrop();
        var isHandedOn = false;
        try
        {
            var error = rows.Resampling == Resampling.Nearest ? Pick(rows, crop) : Resample(rows, crop);
            error ??= rows.Finish();
            if (error is not null)
            {
                return ImageFaults.OfTheEnd(error, encoded.Span);
            }

            isHandedOn = true;
            return crop;
        }
        finally
        {
            if (!isHandedOn)
            {
                crop.Dispose();
            }
        }
    }

    /// <summary>The same preprocessor for another square.</summary>
    internal ImagePreprocessor WithSize(int imageSize) => new(_decoder, imageSize, _instructions);

    private CropPlan Plan(ImageRows rows) =>
        rows.Orientation.ExchangesAxes()
            ? CropPlan.For(rows.Height, rows.Width, _imageSize)
            : CropPlan.For(rows.Width, rows.Height, _imageSize);

    private TaggingError? Pick(ImageRows rows, ImageCrop crop)
    {
        if (rows.Orientation == ExifOrientation.TopLeft)
        {
            return NearestResampler.Run(rows, Plan(rows), crop);
        }

        // Which of two pixels is nearer depends on the side that one counts from, so that a turned picture is turned first.
        var turned = UprightImage.Read(rows);
        if (!turned.IsSuccess)
        {
            return turned.Error;
        }

        using var upright = new DecodedImageRows(turned.Value);
        return NearestResampler.Run(upright, Plan(upright), crop);
    }

    private TaggingError? Resample(ImageRows rows, ImageCrop crop)
    {
        var plan = Plan(rows);
        var orientation = rows.Orientation;
        var exchanged = orientation.ExchangesAxes();
        var (resizedColumns, firstColumn) = exchanged ? (plan.Height, plan.Top) : (plan.Width, plan.Left);
        var (resizedRows, firstRow) = exchanged ? (plan.Width, plan.Left) : (plan.Height, plan.Top);
        var columns = _kernels.Get(rows.Width, resizedColumns, firstColumn, _imageSize, orientation.ReversesColumns());
        var lines = _kernels.Get(rows.Height, resizedRows, firstRow, _imageSize, orientation.ReversesRows());
        using var resampler = new BicubicResampler(columns, lines, exchanged, rows.Layout, crop, _instructions);
        return resampler.Run(rows);
    }
}
