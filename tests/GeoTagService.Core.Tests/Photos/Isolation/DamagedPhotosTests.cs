using System.Globalization;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Core.Tests.Photos.Isolation;

/// <summary>
/// Every route into every codec: each kind of picture whole, cut at each structural point, with one byte changed and with stray bytes,
/// sent to warmed processes. All answers are those that the codec gives in this process, or 422, and no process ends.
/// GEOTAG_DAMAGE_ROUNDS repeats it (default 1).
/// </summary>
public sealed class DamagedPhotosTests : IDisposable
{
    private const int Size = 24;

    private static readonly ImageDecodeRequest Request = new(MaxPixels: 4_000_000, ApplyOrientation: true);

    private readonly ImagePreprocessor _preprocessor = new(new InProcessImageDecoder(), Size);
    private readonly List<string> _ends = [];
    private readonly DecoderProcesses _processes;

    public DamagedPhotosTests()
    {
        _processes = new DecoderProcesses(
            DecoderProgram.Find(AppContext.BaseDirectory),
            DecoderLimits.For(1 << 20, Request.MaxPixels),
            _preprocessor,
            most: 1,
            new DecodeTime(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(5)),
            _ends.Add,
            TimeProvider.System,
            NullLogger.Instance
        );
    }

    public static TheoryData<string> Kinds =>
        [
            .. Directory
                .GetFiles(Folder)
                .Where(file => !file.EndsWith(".rgb", StringComparison.Ordinal))
                .Select(Path.GetFileName)
                .OfType<string>(),
        ];

    private static string Folder => Path.Combine(ReferenceData.RepositoryRoot, "tests", "data", "formats");

    private static int Rounds => int.Parse(Environment.GetEnvironmentVariable("GEOTAG_DAMAGE_ROUNDS") ?? "1", CultureInfo.InvariantCulture);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _processes.Dispose();

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Damage_IsAnsweredAndEndsNoProcess(string kind)
    {
        var whole = await File.ReadAllBytesAsync(Path.Combine(Folder, kind), Token);
        var expected = await File.ReadAllBytesAsync(Path.Combine(Folder, kind + ".rgb"), Token);
        for (var round = 0; round < Rounds; round++)
        {
            await ExpectWholeAsync(whole, expected);
            foreach (var damaged in DamagedPhotos.Of(whole))
            {
                var outcome = await _processes.PrepareAsync(damaged.Bytes, Request, Token);
                using var crop = outcome.Value;
                if (outcome.IsSuccess)
                {
                    // A byte that says nothing of the pixels, or that no check tells from another.
                    continue;
                }

                Assert.True(
                    outcome.Error!.Field == "image"
                        && outcome.Error.Code
                            is TaggingErrorCode.InvalidImage
                                or TaggingErrorCode.ImageTooLarge
                                or TaggingErrorCode.UnsupportedMedia,
                    $"{damaged.Name}: {outcome.Error}"
                );
            }

            await ExpectWholeAsync(whole, expected);
        }

        Assert.Empty(_ends);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Cut_IsTruncated(string kind)
    {
        var whole = await File.ReadAllBytesAsync(Path.Combine(Folder, kind), Token);
        foreach (
            var cut in DamagedPhotos.Of(whole).Where(damaged => damaged.IsCut && damaged.Name.StartsWith("cut", StringComparison.Ordinal))
        )
        {
            var outcome = await _processes.PrepareAsync(cut.Bytes, Request, Token);
            using var crop = outcome.Value;
            if (outcome.IsSuccess)
            {
                // All pixels were there.
                Assert.True(cut.Bytes.Length > whole.Length / 3, cut.Name);
                continue;
            }

            Assert.True(
                outcome.Error!.Detail.Contains("truncated", StringComparison.Ordinal)
                    || outcome.Error.Code == TaggingErrorCode.UnsupportedMedia,
                $"{cut.Name}: {outcome.Error.Detail}"
            );
        }
    }

    private async Task ExpectWholeAsync(byte[] whole, byte[] expected)
    {
        using var crop = (await _processes.PrepareAsync(whole, Request, Token)).Value;
        Assert.NotNull(crop);
        Assert.True(crop.Pixels.ToArray().Zip(expected).All(pair => Math.Abs(pair.First - pair.Second) <= 2));
    }
}
