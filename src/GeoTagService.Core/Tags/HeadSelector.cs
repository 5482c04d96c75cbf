namespace GeoTagService.Core.Tags;

/// <summary>The head that scores an item.</summary>
/// <param name="Head">The head.</param>
/// <param name="Reason">A sentence for the user, with the figures that decided.</param>
public sealed record HeadChoice(HeadDescriptor Head, string Reason);

/// <summary>
/// Chooses the head for what an item offers. Left to itself it takes the best measured head
/// among all whose input the item can fill, because the published heads are not monotone: a title alone scores better
/// without its place. A head by name, from the request or from <c>GeoTag:Head</c>, is used as asked: a missing title is
/// encoded as the empty title and a missing place as (0, 0), both as in training; a missing photo is an error, also for
/// a configured head, since silently scoring with another one would mix two models' answers. Immutable and safe to share.
/// </summary>
public sealed class HeadSelector
{
    private const string Auto = "auto";

    private const Modalities Everything = Modalities.Image | Modalities.Title | Modalities.Location;

    private readonly IReadOnlyList<HeadDescriptor> _heads;
    private readonly HeadPolicy _policy;
    private readonly HeadDescriptor? _configured;
    private readonly HeadChoice?[] _automatic;
    private readonly HeadChoice?[] _automaticWithPlace;

    /// <summary>Ranks the heads of a bundle.</summary>
    /// <param name="heads">The bundle's heads, at least one, names unique.</param>
    /// <param name="options">Head and policy.</param>
    /// <exception cref="BundleException"><see cref="TaggingOptions.Head"/> names a head that the bundle lacks.</exception>
    public HeadSelector(IReadOnlyList<HeadDescriptor> heads, TaggingOptions options)
    {
        _heads = heads;
        _policy = options.HeadPolicy;
        if (!IsAuto(options.Head))
        {
            _configured =
                Find(options.Head)
                ?? throw new BundleException($"GeoTag:Head is '{options.Head}', which the bundle does not hold; it holds {Names(heads)}");
        }

        _automatic = Table(placeKnown: false);
        _automaticWithPlace = heads.Any(head => head.PlaceWeights is not null) ? Table(placeKnown: true) : _automatic;

        HeadChoice?[] Table(bool placeKnown) =>
            [.. Enumerable.Range(0, (int)Everything + 1).Select(offered => Rank((Modalities)offered, placeKnown))];
    }

    /// <summary>Whether a name leaves the choice to the selector: none, or <c>auto</c> in any case of letters.</summary>
    public static bool IsAuto(string? name) =>
        string.IsNullOrWhiteSpace(name) || string.Equals(name, Auto, StringComparison.OrdinalIgnoreCase);

    /// <summary>Chooses a head.</summary>
    /// <param name="offered">The parts that the item has: an empty or blank title and a place outside the trained area
    /// count as none.</param>
    /// <param name="requested">A head by name, or null, empty or <c>auto</c> for the configured one, else the best.</param>
    /// <param name="placeKnown">Whether the bundle's location encoder has something to say of the item's place: heads with a place
    /// prior are measured with it, and are left to themselves chosen where it counts alone.</param>
    /// <returns>The choice; <see cref="TaggingErrorCode.MissingInput"/> when the item has neither photo nor title or the
    /// named head lacks its photo; <see cref="TaggingErrorCode.InvalidValue"/> when there is no such head.</returns>
    public Outcome<HeadChoice> Choose(Modalities offered, string? requested, bool placeKnown = false)
    {
        var byName = _configured;
        if (!IsAuto(requested))
        {
            byName = Find(requested!);
            if (byName is null)
            {
                return new TaggingError(
                    TaggingErrorCode.InvalidValue,
                    "head",
                    $"There is no head '{Shorten(requested!)}'; this model has {Names(_heads)}, or auto."
                );
            }
        }

        if (byName is not null)
        {
            return UseAsAsked(byName, offered, placeKnown, IsAuto(requested) ? "set by the service's configuration" : "asked for by name");
        }

        if ((offered & (Modalities.Image | Modalities.Title)) == Modalities.None)
        {
            return NothingToScore();
        }

        return (placeKnown ? _automaticWithPlace : _automatic)[(int)(offered & Everything)] is { } choice
            ? choice
            : new TaggingError(TaggingErrorCode.MissingInput, "image", $"Every head of this model needs an image: {Names(_heads)}.");
    }

    private static Outcome<HeadChoice> UseAsAsked(HeadDescriptor head, Modalities offered, bool placeKnown, string why)
    {
        if (head.Modalities.HasFlag(Modalities.Image) && !offered.HasFlag(Modalities.Image))
        {
            return new TaggingError(
                TaggingErrorCode.MissingInput,
                "image",
                $"The head {head.Name} was {why} and needs an image; send one, or use another head."
            );
        }

        // A named title head scores the empty title; but an item that is only a place, or nothing, says nothing.
        if (!offered.HasFlag(Modalities.Image) && !offered.HasFlag(Modalities.Title))
        {
            return NothingToScore();
        }

        var prior =
            head.PlaceWeights is null || placeKnown
                ? string.Empty
                : "; its prior of places is left out, because nothing is known of a place";
        return new HeadChoice(head, $"{head.Name} was {why}{Substitutes(head, offered)}{prior}.");
    }

    private static TaggingError NothingToScore() =>
        new(TaggingErrorCode.MissingInput, "image", "An image or a title is needed; a place alone says too little.");

    /// <summary>What stands in for the parts that a head uses and the item lacks.</summary>
    private static string Substitutes(HeadDescriptor head, Modalities offered)
    {
        var missing = head.Modalities & ~offered;
        return (missing.HasFlag(Modalities.Title), missing.HasFlag(Modalities.Location)) switch
        {
            (true, true) => "; the empty title and the place (0, 0) stand in for what is missing, as in training",
            (true, false) => "; the empty title stands in for the missing one, as in training",
            (false, true) => "; (0, 0) stands in for the missing place, as in training",
            _ => string.Empty,
        };
    }

    private HeadChoice? Rank(Modalities offered, bool placeKnown)
    {
        if ((offered & (Modalities.Image | Modalities.Title)) == Modalities.None)
        {
            return null;
        }

        // Heads of a place alone never beat zero and are used by name only.
        var useful = _heads.Where(head => (head.Modalities & (Modalities.Image | Modalities.Title)) != Modalities.None).ToList();
        var fitting = useful
            .Where(head => (head.Modalities & ~offered) == Modalities.None && (head.PlaceWeights is null || placeKnown))
            .ToList();
        if (fitting.Count > 0)
        {
            var ranked = HeadRanking.Of(fitting, _policy);
            return new HeadChoice(
                ranked.Best,
                $"{ranked.Best.Name} {ranked.Why} of the {fitting.Count} heads that use no more than the {Spell(placeKnown ? offered | Modalities.Location : offered)} offered{ranked.Remarks}."
            );
        }

        // A bundle may hold too few heads for every combination; then the stand-ins of training fill the gap.
        var fillable = useful.Where(head => !head.Modalities.HasFlag(Modalities.Image) || offered.HasFlag(Modalities.Image)).ToList();
        if (fillable.Count == 0)
        {
            return null;
        }

        var filled = HeadRanking.Of(fillable, _policy).Best;
        return new HeadChoice(filled, $"{filled.Name} is the best head that can be used{Substitutes(filled, offered)}.");
    }

    private static string Spell(Modalities offered)
    {
        string[] parts = [.. ModalitiesJsonConverter.Names(offered)];
        return parts.Length switch
        {
            1 => parts[0],
            _ => string.Join(", ", parts[..^1]) + " and " + parts[^1],
        };
    }

    private HeadDescriptor? Find(string name) => _heads.FirstOrDefault(head => string.Equals(head.Name, name, StringComparison.Ordinal));

    /// <summary>Names are short: what is longer is no name, and need not be repeated whole.</summary>
    private static string Shorten(string name) => name.Length <= 64 ? name : name[..64] + "…";

    private static string Names(IReadOnlyList<HeadDescriptor> heads) => string.Join(", ", heads.Select(head => head.Name));
}
