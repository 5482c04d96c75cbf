namespace GeoTagService.Models.Bundles;

/// <summary>
/// What the real model answers to a title, computed in double precision with two published heads from the title
/// embedding that the paper's authors printed (SpaceTimeLab/ClipTheLandscape, photo 6602).
/// </summary>
internal static class KnownAnswers
{
    /// <summary>The title.</summary>
    public const string Title = "Heathrow Airport";

    /// <summary>SHA-256 of the files in which CLIP ViT-B/32's title tower is published: OpenAI's archive, Hugging Face's
    /// state dict, and the ONNX export of the latter.</summary>
    public static IReadOnlySet<string> TitleTowers { get; } =
        new HashSet<string>
        {
            "40d365715913c9da98579312b702a82c18be219cc2a73407c4526f58eba950af",
            "a63082132ba4f97a80bea76823f544493bffa8082296d62d71581a4feff1576f",
            "3f6571f5bad13a97c469c1622e1cfc4d9aef78b79fdbfcff804ca357bfada8cc",
        };

    /// <summary>The 49 probabilities by head, in head-row order. Row 25 is Air transport.</summary>
    public static IReadOnlyDictionary<string, IReadOnlyList<double>> Heads { get; } =
        new Dictionary<string, IReadOnlyList<double>>
        {
            ["linear-txt"] =
            [
                0.0002641,
                0.001204,
                0.03706,
                4.138e-5,
                0.02215,
                0.000731,
                0.01511,
                0.00381,
                0.006477,
                0.002172,
                0.003626,
                0.001795,
                0.006063,
                0.005569,
                0.005202,
                0.000515,
                3.041e-5,
                0.0004507,
                0.09018,
                0.001055,
                0.06016,
                0.001216,
                0.001685,
                0.0001248,
                0.06346,
                0.996,
                5.566e-6,
                0.0167,
                0.0134,
                0.0009765,
                0.0007495,
                0.004321,
                0.003368,
                0.0001013,
                0.0008538,
                0.005867,
                0.002869,
                0.0001729,
                0.002696,
                0.001323,
                0.000246,
                1.091e-5,
                0.0003224,
                0.0008326,
                0.01359,
                0.000242,
                0.0002209,
                7.038e-5,
                3.053e-5,
            ],
            ["mlp-txt"] =
            [
                0.0006121,
                4.533e-5,
                0.04598,
                1.273e-6,
                0.001174,
                0.0001014,
                0.01423,
                0.0009603,
                0.00522,
                0.001609,
                0.0009586,
                0.0004666,
                0.005571,
                0.001704,
                0.002582,
                3.655e-6,
                1.755e-5,
                0.0001485,
                0.07777,
                5.341e-5,
                0.08667,
                0.0001377,
                0.0001549,
                3.477e-5,
                0.06049,
                0.9961,
                9.008e-6,
                0.006961,
                0.009098,
                0.0007213,
                0.0006778,
                0.00353,
                0.0009731,
                1.526e-6,
                0.0008029,
                0.003218,
                0.0007948,
                8.722e-5,
                0.0006481,
                0.001633,
                0.0001127,
                1.887e-6,
                3.633e-5,
                0.001056,
                0.01582,
                2.808e-5,
                1.287e-5,
                1.516e-7,
                1.72e-7,
            ],
        };
}
