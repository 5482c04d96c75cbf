using GeoTagService.Bulk.Lists;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Marking;

/// <summary>Tags a list and writes the tags of each photo as XMP before its row is.</summary>
/// <param name="inner">Who tags.</param>
/// <param name="marker">Who writes.</param>
/// <param name="threshold">Tags above it are written, or the most probable one.</param>
/// <param name="pathOf">Path of a photo that a row names.</param>
/// <param name="maxBytes">Most bytes of a photo.</param>
public sealed class MarkingTagger(IListTagger inner, PhotoMarker marker, float threshold, Func<ListItem, string> pathOf, long maxBytes)
    : IListTagger
{
    /// <inheritdoc/>
    public string Identity => inner.Identity;

    /// <inheritdoc/>
    public ListModel Model => inner.Model;

    /// <inheritdoc/>
    public (int Embedded, int Photos) GroupSize => inner.GroupSize;

    /// <inheritdoc/>
    public async Task<ListOutcome[]> TagAsync(IReadOnlyList<ListItem> items, CancellationToken cancellationToken)
    {
        var outcomes = await inner.TagAsync(items, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < outcomes.Length; i++)
        {
            if (items[i].Image is { } image && outcomes[i].Scores is { } scores)
            {
                outcomes[i] = Mark(outcomes[i], pathOf(items[i]), image, scores);
            }
        }

        return outcomes;
    }

    private ListOutcome Mark(ListOutcome outcome, string path, string image, ListScores scores)
    {
        if (!File.Exists(path))
        {
            // A photo at an address has no file that could hold its tags.
            return outcome;
        }

        if (
            marker.Mark(path, Path.IsPathRooted(image) ? Path.GetFileName(image) : image, Names(scores.Probabilities, threshold)) is
            { } fault
        )
        {
            return ListFault.Of(fault);
        }

        // The photo that the ledger knows is the one with its tags.
        return marker.ChangesPhotos && PhotoFile.ReadStamped(path, maxBytes, out _) is { IsSuccess: true } read
            ? outcome with
            {
                Photo = read.Value.Stamp,
            }
            : outcome;
    }

    /// <summary>Names of the tags at a threshold.</summary>
    public static string[] Names(float[] probabilities, float threshold)
    {
        Span<float> thresholds = stackalloc float[TagCatalog.Count];
        thresholds.Fill(threshold);
        return [.. LabelDecider.Decide(probabilities, thresholds).Rows.Select(row => TagCatalog.Tags[row].Name)];
    }
}
