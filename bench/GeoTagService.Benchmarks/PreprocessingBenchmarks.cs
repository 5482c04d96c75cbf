using BenchmarkDotNet.Attributes;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Testing;

namespace GeoTagService.Benchmarks;

/// <summary>One photo from its bytes to the encoder's numbers.</summary>
[MemoryDiagnoser]
public class PreprocessingBenchmarks
{
    private static readonly float[] Mean = [0.48145466f, 0.4578275f, 0.40821073f];
    private static readonly float[] Std = [0.26862954f, 0.26130258f, 0.27577711f];

    private readonly float[] _chw = new float[224 * 224 * 3];
    private readonly ImagePreprocessor _preprocessor = new(new InProcessImageDecoder(), 224);
    private ImageDecodeRequest _request = new(MaxPixels: 100_000_000, ApplyOrientation: true);
    private byte[] _photo = [];

    /// <summary>Size of the photo.</summary>
    [Params("640x480", "4000x3000")]
    public string Size { get; set; } = string.Empty;

    /// <summary>Whether the JPEG may be decoded at a reduced DCT scale of at least twice the crop.</summary>
    [Params(false, true)]
    public bool Reduced { get; set; }

    [GlobalSetup]
    public void MakePhoto()
    {
        var sides = Size.Split('x').Select(int.Parse).ToArray();
        _photo = TestImages.Jpeg(sides[0], sides[1], seed: 1);
        _request = _request with { ReducedScaleTarget = Reduced ? 448 : 0 };
    }

    [Benchmark]
    public void DecodeResizeCropNormalize()
    {
        using var crop = _preprocessor.Prepare(_photo, _request).Value!;
        ImageNormalizer.Normalize(crop.Pixels.Span, Mean, Std, _chw);
    }

    [Benchmark]
    public void DecodeOnly()
    {
        using var image = new InProcessImageDecoder().Decode(_photo, _request).Value!;
    }
}
