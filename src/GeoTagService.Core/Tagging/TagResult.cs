using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>What one item was tagged with, and how.</summary>
public sealed record TagResult
{
    /// <summary>The decision's tags, most probable first; never empty.</summary>
    public required IReadOnlyList<ChosenTag> Tags { get; init; }

    /// <summary>Probability per tag in head-row order, each in [0, 1].</summary>
    public required float[] Probabilities { get; init; }

    /// <summary>The photo's own title, when it was used; null otherwise.</summary>
    public PhotoTitle? OwnTitle { get; init; }

    /// <summary>Logit per tag in head-row order.</summary>
    public required float[] Logits { get; init; }

    /// <summary>Threshold per tag in head-row order that the decision used.</summary>
    public required IReadOnlyList<float> Thresholds { get; init; }

    /// <summary>Whether no tag passed its threshold, so that the most probable one was taken.</summary>
    public required bool FallbackUsed { get; init; }

    /// <summary>The parts of the item that the head used.</summary>
    public required Modalities Modalities { get; init; }

    /// <summary>The head that scored.</summary>
    public required HeadDescriptor Head { get; init; }

    /// <summary>Why this head: asked for by name, configured, or best published for what the item offers.</summary>
    public required string HeadReason { get; init; }

    /// <summary>The resolved place, or null when the item has none.</summary>
    public ResolvedLocation? Location { get; init; }

    /// <summary>The embeddings behind the scores.</summary>
    public required ItemEmbeddings Embeddings { get; init; }

    /// <summary>How every logit came about, in head-row order, when <see cref="TagOptions.ExplainAll"/> asks for it.</summary>
    public IReadOnlyList<LogitExplanation>? Explanations { get; init; }

    /// <summary>What the user should know.</summary>
    public IReadOnlyList<TagWarning> Warnings { get; init; } = [];

    /// <summary>Time spent by stage.</summary>
    public StageTimings Timings { get; init; } = StageTimings.None;
}

/// <summary>A tag of the decision.</summary>
/// <param name="Tag">The tag.</param>
/// <param name="Probability">Its probability, in [0, 1].</param>
/// <param name="Explanation">How its logit came about, when asked for.</param>
public sealed record ChosenTag(Tag Tag, float Probability, LogitExplanation? Explanation);

/// <summary>A logit's parts. For linear heads they sum to the logit; for MLP heads each part is what leaving it out
/// (zeros in its place) would change, so they need not sum.</summary>
/// <param name="Method"><c>exact</c> (linear) or <c>leave-one-out</c> (MLP).</param>
/// <param name="Logit">The logit explained.</param>
/// <param name="Bias">Logit of the all-zero input.</param>
/// <param name="Image">Part of the photo, or null when the head does not use one.</param>
/// <param name="Title">Part of the title, or null when the head does not use one.</param>
/// <param name="Location">Part of the place, or null when the head does not use one.</param>
public sealed record LogitExplanation(string Method, float Logit, float Bias, float? Image, float? Title, float? Location);

/// <summary>Wall time of one item's stages; zero where a stage did not run.</summary>
/// <param name="Decode">Decoding, resizing and cropping the photo.</param>
/// <param name="Tokenize">Cleaning and tokenising the title.</param>
/// <param name="Queue">Longest wait in a lane.</param>
/// <param name="Encode">Longest run of an encoder batch that the item was in.</param>
/// <param name="Head">Head and decision.</param>
public sealed record StageTimings(TimeSpan Decode, TimeSpan Tokenize, TimeSpan Queue, TimeSpan Encode, TimeSpan Head)
{
    /// <summary>No stage ran.</summary>
    public static StageTimings None { get; } = new(default, default, default, default, default);
}
