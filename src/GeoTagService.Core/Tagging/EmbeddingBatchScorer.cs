using GeoTagService.Core.Encoders;
using GeoTagService.Core.Places;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Tagging;

/// <summary>Embeddings computed earlier, with the place and the options of their item.</summary>
/// <param name="Embeddings">Raw projections of this model's encoders.</param>
/// <param name="Input">Place and options; its photo and title are not looked at.</param>
public sealed record EmbeddedInput(ItemEmbeddings Embeddings, TagInput Input);

/// <summary>
/// Tags many items from their embeddings: the same answers as <see cref="PhotoTagger.TagFromEmbeddings"/>, with one matrix
/// product for all rows of a head instead of one call a row. No explanations. Safe to call from many threads at once.
/// </summary>
public sealed class EmbeddingBatchScorer
{
    private readonly LoadedModel _model;
    private readonly HeadSelector _heads;

    /// <summary>Creates the scorer over a loaded, warmed model.</summary>
    public EmbeddingBatchScorer(LoadedModel model, TaggingOptions options)
    {
        ArgumentNullException.ThrowIfNull(model);
        _model = model;
        _heads = new HeadSelector([.. model.Heads.Select(head => head.Descriptor)], options);
    }

    /// <summary>Tags items.</summary>
    /// <param name="items">The items, any number.</param>
    /// <returns>One outcome an item, in order.</returns>
    public Outcome<TagResult>[] Score(IReadOnlyList<EmbeddedInput> items)
    {
        ArgumentNullException.ThrowIfNull(items);
        var outcomes = new Outcome<TagResult>[items.Count];
        var plans = new TagPlan?[items.Count];
        for (var i = 0; i < items.Count; i++)
        {
            var settled = Settle(items[i]);
            if (settled.IsSuccess)
            {
                plans[i] = settled.Value;
            }
            else
            {
                outcomes[i] = settled.Error;
            }
        }

        // Usually one group: all items of an archive offer the same parts.
        foreach (var group in Enumerable.Range(0, items.Count).Where(i => plans[i] is not null).GroupBy(i => plans[i]!.Head.Head))
        {
            ScoreGroup(group.Key, [.. group], items, plans, outcomes);
        }

        return outcomes;
    }

    /// <summary>Why an embedding cannot be one of this dimension, or null.</summary>
    internal static TaggingError? Unfit(float[]? embedding, string field, int dimension) =>
        embedding switch
        {
            null => null,
            _ when embedding.Length != dimension => new TaggingError(
                TaggingErrorCode.InvalidValue,
                field,
                $"The {field} embedding has {embedding.Length} numbers; this model's have {dimension}."
            ),
            _ when !Array.TrueForAll(embedding, float.IsFinite) => new TaggingError(
                TaggingErrorCode.InvalidValue,
                field,
                $"The {field} embedding holds values that are no finite numbers."
            ),
            _ => null,
        };

    private Outcome<TagPlan> Settle(EmbeddedInput item)
    {
        var dimension = _model.Encoder.Geometry.EmbeddingDimension;
        var fault = Unfit(item.Embeddings.Image, "image", dimension) ?? Unfit(item.Embeddings.Title, "title", dimension);
        return fault is null ? TagPlan.Settle(item.Input, item.Embeddings.Present, exif: null, _heads, _model.PlacePrior) : fault;
    }

    private void ScoreGroup(
        HeadDescriptor head,
        int[] rows,
        IReadOnlyList<EmbeddedInput> items,
        TagPlan?[] plans,
        Outcome<TagResult>[] outcomes
    )
    {
        var image = Gather(head, Modalities.Image, rows, row => items[row].Embeddings.Image!);
        var title = Gather(head, Modalities.Title, rows, row => items[row].Embeddings.Title ?? _model.EmptyTitle!);
        var places = new float[head.Modalities.HasFlag(Modalities.Location) ? rows.Length * LocationFeatures.Count : 0];
        for (var i = 0; i < places.Length; i += LocationFeatures.Count)
        {
            (places[i], places[i + 1]) = plans[rows[i / LocationFeatures.Count]]!.LocationFeatures;
        }

        var logits = new float[rows.Length * TagCatalog.Count];
        var probabilities = new float[logits.Length];
        _model.Find(head).Score(rows.Length, image, title, places, logits, probabilities);
        if (head.PlaceWeights is { } weights)
        {
            _model.PlacePrior?.Add(weights, Array.ConvertAll(rows, row => plans[row]!.PriorPlace), logits, probabilities);
        }

        for (var i = 0; i < rows.Length; i++)
        {
            var own = (i * TagCatalog.Count)..((i + 1) * TagCatalog.Count);
            outcomes[rows[i]] = Compose(plans[rows[i]]!, items[rows[i]].Embeddings, logits[own], probabilities[own]);
        }
    }

    private float[] Gather(HeadDescriptor head, Modalities part, int[] rows, Func<int, float[]> vectorOf)
    {
        if (!head.Modalities.HasFlag(part))
        {
            return [];
        }

        var dimension = _model.Encoder.Geometry.EmbeddingDimension;
        var gathered = new float[rows.Length * dimension];
        for (var i = 0; i < rows.Length; i++)
        {
            vectorOf(rows[i]).CopyTo(gathered, i * dimension);
        }

        return gathered;
    }

    private static TagResult Compose(TagPlan plan, ItemEmbeddings embeddings, float[] logits, float[] probabilities)
    {
        var decision = LabelDecider.Decide(probabilities, plan.Thresholds);
        return new TagResult
        {
            Tags = [.. decision.Rows.Select(row => new ChosenTag(TagCatalog.Tags[row], probabilities[row], null))],
            Probabilities = probabilities,
            Logits = logits,
            Thresholds = plan.Thresholds,
            FallbackUsed = decision.FallbackUsed,
            Modalities = plan.Used,
            Head = plan.Head.Head,
            HeadReason = plan.Head.Reason,
            Location = plan.Location.Location,
            Embeddings = embeddings,
            Warnings = plan.Location.Warnings,
        };
    }
}
