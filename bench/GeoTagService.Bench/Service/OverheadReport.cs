using System.Text.Json.Serialization;

namespace GeoTagService.Bench.Service;

/// <summary>One round: the service and the bare encoders by turns. Rates a second, times in milliseconds.</summary>
/// <param name="BarePerSecond">Items of the best bare loop: no decoding, no HTTP, no other program on the processors.</param>
/// <param name="ServicePerSecond">Answers of the service under a closed loop, its generator on the same processors.</param>
/// <param name="BareLone">Median of decoding and encoding one item in this process.</param>
/// <param name="ServiceLone">Median of one request that nobody disturbs.</param>
/// <param name="GeneratorShare">Part of the machine's processor time that the generator of the load took.</param>
public sealed record OverheadRound(
    double BarePerSecond,
    double ServicePerSecond,
    double BareLone,
    double ServiceLone,
    double GeneratorShare
)
{
    /// <summary>Share of the bare throughput that the service reaches.</summary>
    public double Share => ServicePerSecond / BarePerSecond;

    /// <summary>The same of what the bare loop would do in the time that the generator leaves.</summary>
    public double ShareOfTheRest => Share / (1 - GeneratorShare);

    /// <summary>What a lone request waits beyond decoding and encoding.</summary>
    public double AddedLone => ServiceLone - BareLone;
}

/// <summary>Median, least and greatest of the rounds.</summary>
/// <param name="Median">Half of the rounds are below.</param>
/// <param name="Least">The least of them.</param>
/// <param name="Greatest">The greatest.</param>
public sealed record RoundSpread(double Median, double Least, double Greatest)
{
    /// <summary>The spread of one round or more.</summary>
    public static RoundSpread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new RoundSpread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }
}

/// <summary>What the service costs beyond the bare encoders.</summary>
/// <param name="Cores">Processors of the machine.</param>
/// <param name="Mode">What each item holds: <c>photo</c>, <c>title</c> or <c>photo+title</c>.</param>
/// <param name="Clients">Clients of the closed loop.</param>
/// <param name="BestPhotos">Runs at once × batch size of the best bare loop of photos, most often; empty without photos.</param>
/// <param name="BestTitles">The same of titles.</param>
/// <param name="Rounds">The rounds.</param>
public sealed record OverheadReport(
    int Cores,
    string Mode,
    int Clients,
    string BestPhotos,
    string BestTitles,
    IReadOnlyList<OverheadRound> Rounds
)
{
    /// <summary>Share of the bare throughput, over the rounds.</summary>
    public RoundSpread Share => RoundSpread.Of(Rounds.Select(round => round.Share));

    /// <summary>What a lone request waits beyond decoding and encoding, over the rounds.</summary>
    public RoundSpread AddedLone => RoundSpread.Of(Rounds.Select(round => round.AddedLone));
}

/// <summary>How reports become JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(OverheadReport))]
public sealed partial class OverheadJson : JsonSerializerContext;
