using System.Diagnostics.CodeAnalysis;
using GeoTagService.Core.Tags;

namespace GeoTagService.Models.Bundles;

/// <summary>A head that the paper's authors published.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Metrics">What they measured: exact match and macro F1 on their validation split, Kaggle's public
/// score.</param>
public sealed record PublishedHead(string Name, HeadMetrics Metrics);

/// <summary>
/// The published heads of SpaceTimeLab/ClipTheLandscape at commit 424c681, by the SHA-256 of their files. The 25th,
/// <c>linear-loc</c>, scores zero by its authors' own measure and is left out everywhere.
/// </summary>
public static class PublishedHeads
{
    /// <summary>Name of the head that is never put into a bundle.</summary>
    public const string Useless = "linear-loc";

    /// <summary>What the authors measured exact match and macro F1 on.</summary>
    public const string Split = "the tenth of the competition's training photos that the authors held out";

    private static readonly Dictionary<string, PublishedHead> ByDigest = new(StringComparer.Ordinal)
    {
        ["d80534eed24d72cfc19fed0cfafc33cb147845584f4e275396ca6b10349c4996"] = new(
            "linear-img-loc-mixup",
            Measured(0.2265, 0.4304, 0.26285)
        ),
        ["a2efd000b5aefb3dcba0a582beb54fd31a59b5da352a9f82f995ed29a719d375"] = new("linear-img-loc", Measured(0.2228, 0.4112, 0.26730)),
        ["e947117be8dc69540fe26dcd46709deac68f5ec92ed910095f4279fc5a2b2872"] = new("linear-img-mixup", Measured(0.2266, 0.4316, 0.26429)),
        ["f2596f8d4f181cea9c83d5d038ed89f946223d51938c850f4876bf1dc518ba2c"] = new(
            "linear-img-txt-loc-mixup",
            Measured(0.3278, 0.5970, 0.35027)
        ),
        ["7d70aca09d14b12380aceb2e87ed980156c97396f1c8b939326b95bc343605e6"] = new("linear-img-txt-loc", Measured(0.3268, 0.5849, 0.35387)),
        ["2f3ff09a4add97d5e95814ac748f5d0a3214a566cf693c617bbdde419d03a44c"] = new(
            "linear-img-txt-mixup",
            Measured(0.3274, 0.5949, 0.35082)
        ),
        ["3cce58a37da517fc26a516ed04142bb2ec4b6515fce15c701df88554a91172fc"] = new("linear-img-txt", Measured(0.3270, 0.5850, 0.35334)),
        ["ffa4c275bf0d452d331a5f6933c689c710faf1e88370006eb925b4dd8ae0e956"] = new("linear-img", Measured(0.2228, 0.4129, 0.26692)),
        ["4a76bfcb132fbba3517d511d8108d512bee6050744008366c4cca71734dceee5"] = new(
            "linear-txt-loc-mixup",
            Measured(0.2792, 0.5175, 0.30652)
        ),
        ["fe67628712596d49281633c3cf7277720df031d503327fa6a46ae410bc2b0e1a"] = new("linear-txt-loc", Measured(0.2764, 0.5038, 0.30866)),
        ["deb8a25ccf2a914fea6bbb13e56f5ced90d457d03dd1cd3e512a6f562414266d"] = new("linear-txt-mixup", Measured(0.2792, 0.5176, 0.30686)),
        ["806eb27f8c649a320a844dbbb0d30312f83a4a7f7f42f0f06b5f9808ce1f0fe6"] = new("linear-txt", Measured(0.2778, 0.5062, 0.30869)),
        ["61f328dd181feb417cf733bf8af3536b8d414cb61e92fded22448edbb4af3c6a"] = new("mlp-img-loc-mixup", Measured(0.2099, 0.3621, 0.27174)),
        ["e05bd3dc455276df06292212b71561f3997baf7658ba53d5204c0742a8679991"] = new("mlp-img-loc", Measured(0.2183, 0.3745, 0.27585)),
        ["8538c2c696a41ffd7fd5c8f745d8c98e2caba5d34e1b07a3329b1718d5c6b848"] = new("mlp-img-mixup", Measured(0.2168, 0.3763, 0.27312)),
        ["ee87e834f10789fb3730a2b62ffffda9112e3ece8a9a718ac3e4bf7bb3caac9d"] = new(
            "mlp-img-txt-loc-mixup",
            Measured(0.3135, 0.5266, 0.35428)
        ),
        ["17f3c956f2bcd4d432370e3765c0ab0d44d158a138a3c1d21ae116c2aeb84cda"] = new("mlp-img-txt-loc", Measured(0.3249, 0.5425, 0.36045)),
        ["f4688a7b78ebfff098e2b191905498c966eb88614f0d56d2611a686158d35252"] = new("mlp-img-txt-mixup", Measured(0.3148, 0.5260, 0.35519)),
        ["7d2db8541111aad4574689b068cf34a538407dc8beb0ac3e9b762d1dd1b69a54"] = new("mlp-img-txt", Measured(0.3243, 0.5404, 0.35873)),
        ["5ff402cceab5df196b6097144720b75a03d051024611ab4082e9bba2ca7b6519"] = new("mlp-img", Measured(0.2187, 0.3767, 0.27661)),
        ["ef4ffe2093b35f76b2dd326c1cfe8054f878f13dd3f45dd2d1969b1665aedd3c"] = new("mlp-txt-loc-mixup", Measured(0.2839, 0.4914, 0.32455)),
        ["50ce56127e064718f553dc72985e6e9d5e1b3b8144379c59474774bd7438df1b"] = new("mlp-txt-loc", Measured(0.2871, 0.4941, 0.32579)),
        ["da6bc5384865eb02a0e9709a0ff1cc086468521b455d4562fcaa5a81e3b1ae5f"] = new("mlp-txt-mixup", Measured(0.2791, 0.4836, 0.32222)),
        ["0ce0acbe48266985b4cd8d84488fb10c59cf08f42059de873bf59327d2071a64"] = new("mlp-txt", Measured(0.2869, 0.4951, 0.32696)),
    };

    /// <summary>Every published head, by digest.</summary>
    public static IReadOnlyDictionary<string, PublishedHead> All => ByDigest;

    /// <summary>Looks a file up.</summary>
    /// <param name="sha256">Lower-case hexadecimal digest of its bytes.</param>
    /// <param name="head">What is known of it.</param>
    public static bool TryGet(string sha256, [MaybeNullWhen(false)] out PublishedHead head) => ByDigest.TryGetValue(sha256, out head);

    private static HeadMetrics Measured(double exactMatch, double macroF1, double kaggleScore) =>
        new(exactMatch, macroF1, kaggleScore) { Rule = DecisionRule.Threshold, Split = Split };
}
