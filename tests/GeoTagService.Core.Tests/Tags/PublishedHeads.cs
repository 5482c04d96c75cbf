using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tests.Tags;

/// <summary>The published heads with their figures (validation exact match, macro F1, Kaggle), as facts of the paper's
/// repository.</summary>
internal static class PublishedHeads
{
    public static IReadOnlyList<HeadDescriptor> All { get; } =
    [
        Head("linear-img-loc-mixup", 0.2265, 0.4304, 0.26285),
        Head("linear-img-loc", 0.2228, 0.4112, 0.26730),
        Head("linear-img-mixup", 0.2266, 0.4316, 0.26429),
        Head("linear-img-txt-loc-mixup", 0.3278, 0.5970, 0.35027),
        Head("linear-img-txt-loc", 0.3268, 0.5849, 0.35387),
        Head("linear-img-txt-mixup", 0.3274, 0.5949, 0.35082),
        Head("linear-img-txt", 0.3270, 0.5850, 0.35334),
        Head("linear-img", 0.2228, 0.4129, 0.26692),
        Head("linear-loc", 0.0000, 0.0000, null),
        Head("linear-txt-loc-mixup", 0.2792, 0.5175, 0.30652),
        Head("linear-txt-loc", 0.2764, 0.5038, 0.30866),
        Head("linear-txt-mixup", 0.2792, 0.5176, 0.30686),
        Head("linear-txt", 0.2778, 0.5062, 0.30869),
        Head("mlp-img-loc-mixup", 0.2099, 0.3621, 0.27174),
        Head("mlp-img-loc", 0.2183, 0.3745, 0.27585),
        Head("mlp-img-mixup", 0.2168, 0.3763, 0.27312),
        Head("mlp-img-txt-loc-mixup", 0.3135, 0.5266, 0.35428),
        Head("mlp-img-txt-loc", 0.3249, 0.5425, 0.36045),
        Head("mlp-img-txt-mixup", 0.3148, 0.5260, 0.35519),
        Head("mlp-img-txt", 0.3243, 0.5404, 0.35873),
        Head("mlp-img", 0.2187, 0.3767, 0.27661),
        Head("mlp-txt-loc-mixup", 0.2839, 0.4914, 0.32455),
        Head("mlp-txt-loc", 0.2871, 0.4941, 0.32579),
        Head("mlp-txt-mixup", 0.2791, 0.4836, 0.32222),
        Head("mlp-txt", 0.2869, 0.4951, 0.32696),
    ];

    public static HeadDescriptor Head(string name, double? exactMatch = null, double? macroF1 = null, double? kaggle = null)
    {
        var parts = name.Split('-');
        var modalities =
            (parts.Contains("img") ? Modalities.Image : 0)
            | (parts.Contains("txt") ? Modalities.Title : 0)
            | (parts.Contains("loc") ? Modalities.Location : 0);
        return new HeadDescriptor(
            name,
            modalities,
            parts[0] == "mlp" ? HeadKind.Mlp : HeadKind.Linear,
            parts.Contains("mixup"),
            new HeadMetrics(exactMatch, macroF1, kaggle),
            [0.5f]
        );
    }
}
