using System.Diagnostics.CodeAnalysis;
using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Models.Weights;

/// <summary>What the name of a published head says: <c>mlp-img-txt-loc-mixup</c>.</summary>
/// <param name="Kind">Linear or MLP.</param>
/// <param name="Modalities">The parts of its input.</param>
/// <param name="MixUp">Whether it was trained with MixUp.</param>
/// <param name="PlacePrior">Whether its logits take the log-odds of the place; no published head's do.</param>
public sealed record HeadName(HeadKind Kind, Modalities Modalities, bool MixUp, bool PlacePrior = false)
{
    /// <summary>Parses a name.</summary>
    /// <exception cref="FormatException">It is not of the form <c>(linear|mlp)[-img][-txt][-loc][-mixup][-prior]</c>.</exception>
    public static HeadName Parse(string name) =>
        TryParse(name, out var parsed)
            ? parsed
            : throw new FormatException(
                $"'{name}' does not name a head; expected (linear|mlp)[-img][-txt][-loc][-mixup][-prior] with at least one of the three parts"
            );

    /// <summary>Parses a name, if it is one.</summary>
    public static bool TryParse(string name, [NotNullWhen(true)] out HeadName? parsed)
    {
        ArgumentNullException.ThrowIfNull(name);
        parsed = null;
        var parts = new Queue<string>(name.Split('-'));
        HeadKind? kind = parts.Dequeue() switch
        {
            "linear" => HeadKind.Linear,
            "mlp" => HeadKind.Mlp,
            _ => null,
        };
        var modalities =
            (Take(parts, "img") ? Modalities.Image : Modalities.None)
            | (Take(parts, "txt") ? Modalities.Title : Modalities.None)
            | (Take(parts, "loc") ? Modalities.Location : Modalities.None);
        var mixUp = Take(parts, "mixup");
        var prior = Take(parts, "prior");
        if (kind is null || modalities == Modalities.None || parts.Count > 0)
        {
            return false;
        }

        parsed = new HeadName(kind.Value, modalities, mixUp, prior);
        return true;
    }

    /// <summary>The name.</summary>
    public override string ToString() =>
        (Kind == HeadKind.Linear ? "linear" : "mlp")
        + (Modalities.HasFlag(Modalities.Image) ? "-img" : string.Empty)
        + (Modalities.HasFlag(Modalities.Title) ? "-txt" : string.Empty)
        + (Modalities.HasFlag(Modalities.Location) ? "-loc" : string.Empty)
        + (MixUp ? "-mixup" : string.Empty)
        + (PlacePrior ? "-prior" : string.Empty);

    private static bool Take(Queue<string> parts, string part) =>
        parts.TryPeek(out var next) && next == part && parts.Dequeue() is not null;
}
