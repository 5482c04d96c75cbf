using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Bulk.Lists.Ledgers;
using GeoTagService.Bulk.Lists.Output;

namespace GeoTagService.Bulk.Lists;

/// <summary>Makes rows of items: takes over what an earlier pass did, and has the rest tagged.</summary>
/// <param name="engine">Who tags, and where photos are read from.</param>
/// <param name="format">Format of the rows.</param>
/// <param name="earlier">What can be taken over, or null.</param>
/// <param name="trustsTimes">Whether a photo of the same size and time is taken to be the same without reading it.</param>
internal sealed class ItemWorker(ListEngine engine, RowFormat format, EarlierRows? earlier, bool trustsTimes)
{
    private static readonly JsonWriterOptions FaultOptions = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly ListFault Edited = new(
        "malformed",
        null,
        "The list has this item no more, and its row was edited, so that it could not be kept."
    );
    private static readonly ListFault Unanswered = new("unexpected-answer", null, "The service said nothing of this item.")
    {
        IsPassing = true,
    };

    /// <summary>Works on some items.</summary>
    /// <param name="items">Items of one kind.</param>
    /// <param name="first">How many items of this part came before them.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>One result an item, in order.</returns>
    public async Task<FinishedItem[]> WorkAsync(IReadOnlyList<ListItem> items, long first, CancellationToken cancellationToken)
    {
        var finished = new FinishedItem?[items.Count];
        var keys = new UInt128[items.Count];
        var (open, openAt) = (new List<ListItem>(items.Count), new List<int>(items.Count));
        for (var i = 0; i < items.Count; i++)
        {
            keys[i] = items[i].Vanished ?? ItemKey.Of(items[i]);
            var (taken, item) = await TakeOverAsync(items[i], keys[i], first + i, cancellationToken).ConfigureAwait(false);
            finished[i] = taken;
            if (taken is null && item.Fault is null)
            {
                open.Add(item);
                openAt.Add(i);
            }
            else if (taken is null)
            {
                finished[i] = Rejected(item, keys[i], item.Fault!, null);
            }
        }

        var outcomes = open.Count == 0 ? [] : await engine.Tagger.TagAsync(open, cancellationToken).ConfigureAwait(false);
        for (var i = 0; i < outcomes.Length; i++)
        {
            var key = keys[openAt[i]];
            finished[openAt[i]] = outcomes[i].Scores is { } scores
                ? Done(open[i], key, scores, outcomes[i].Photo)
                : Rejected(open[i], key, outcomes[i].Fault ?? Unanswered, outcomes[i].Photo);
        }

        return [.. finished.Select(item => item!.Value)];
    }

    /// <summary>What an earlier pass did of an item, if it still holds; else the item, with its photo where that was read to
    /// know.</summary>
    private async ValueTask<(FinishedItem? Taken, ListItem Item)> TakeOverAsync(
        ListItem item,
        UInt128 key,
        long ordinal,
        CancellationToken cancellationToken
    )
    {
        if (earlier is null)
        {
            return (null, item);
        }

        if (earlier.Pass == ListPass.Retry)
        {
            var before = earlier.At(ordinal, key);
            return (before is { Record.State: not ItemState.RejectedInPassing } kept ? Taken(kept, item, kept.Record.Photo) : null, item);
        }

        if (item.Fault is not null || earlier.Find(key) is not { } row)
        {
            return (null, item);
        }

        if (item.Vanished is not null)
        {
            return (Taken(row, item, row.Record.Photo), item with { Fault = Edited });
        }

        if (!item.HasPhoto || (trustsTimes && IsAsBefore(item, row.Record.Photo)))
        {
            return (Taken(row, item, row.Record.Photo), item);
        }

        var (photo, fault) = await engine.Photos.ReadAsync(item, cancellationToken).ConfigureAwait(false);
        return photo is null ? (null, item with { Fault = fault })
            : photo.Stamp.Digest == row.Record.Photo.Digest && Taken(row, item, photo.Stamp) is { } same ? (same, item)
            : (null, item with { Photo = photo });
    }

    private bool IsAsBefore(ListItem item, PhotoStamp before) =>
        engine.Photos.Glance(item) is { } now && (now.Size, now.Time) == (before.Size, before.Time);

    private FinishedItem? Taken(EarlierRow row, ListItem item, PhotoStamp photo) =>
        earlier!.Read(row) is { } bytes
            ? new FinishedItem(row.Record with { Position = item.Position, Photo = photo }, bytes, IsTakenOver: true)
            : null;

    private FinishedItem Done(ListItem item, UInt128 key, ListScores scores, PhotoStamp? photo)
    {
        var row = new ArrayBufferWriter<byte>(512);
        format.Write(row, item, scores);
        return new FinishedItem(Record(item, key, ItemState.Done, photo), row.WrittenMemory);
    }

    private static FinishedItem Rejected(ListItem item, UInt128 key, ListFault fault, PhotoStamp? photo)
    {
        var line = new ArrayBufferWriter<byte>(256);
        using (var json = new Utf8JsonWriter(line, FaultOptions))
        {
            json.WriteStartObject();
            json.WriteNumber("position", item.Position);
            json.WriteString("id", item.Id);
            json.WriteString("image", item.Image);
            json.WriteString("code", fault.Code);
            json.WriteString("field", fault.Field);
            json.WriteString("detail", fault.Detail);
            json.WriteEndObject();
        }

        line.Write("\n"u8);
        return new FinishedItem(
            Record(item, key, fault.IsPassing ? ItemState.RejectedInPassing : ItemState.Rejected, photo),
            line.WrittenMemory
        );
    }

    private static ItemRecord Record(ListItem item, UInt128 key, ItemState state, PhotoStamp? photo) =>
        new(key, ItemKey.OfId(item.Id), item.Position, state, photo ?? default, 0, 0, 0);
}
