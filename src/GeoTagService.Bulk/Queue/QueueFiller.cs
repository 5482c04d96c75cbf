using System.Globalization;
using System.Runtime.InteropServices;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Core;
using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>What became of a list's rows.</summary>
/// <param name="Added">Tasks that were added.</param>
/// <param name="Before">Rows that an earlier run had added.</param>
/// <param name="Refused">Rows that cannot be a task; they are among the dead.</param>
public sealed record QueueFilling(long Added, long Before, long Refused);

/// <summary>A row of a list on its way to the queue.</summary>
/// <param name="Fields">Fields of the task, or of the reason why it is none.</param>
/// <param name="IsDead">Whether it is none.</param>
internal sealed record QueueRow(NameValueEntry[] Fields, bool IsDead = false);

/// <summary>Adds the rows of a list as tasks, and those that cannot be one to the dead. An interrupted run goes on where it was,
/// because how far it came is written with the rows.</summary>
public sealed class QueueFiller(TaskQueue queue, Action<string> tell, TimeProvider time)
{
    /// <summary>Most bytes of a photo that travels in its task: a queue lives in memory.</summary>
    public const int MostPhotoBytes = 1 << 20;

    private const int MostRows = 200;
    private const int MostBytes = 4 << 20;

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    /// <summary>Adds.</summary>
    /// <param name="source">The list.</param>
    /// <param name="list">Which list this is: a list of the same name is gone on with.</param>
    /// <param name="withPhotos">Whether photos travel in the tasks.</param>
    /// <param name="mostWaiting">Adds nothing while so many tasks wait.</param>
    /// <param name="cancellationToken">Ends the run.</param>
    /// <exception cref="RunFailureException">None of the first rows can be read: it is not that kind of list.</exception>
    public async Task<QueueFilling> RunAsync(
        ListSource source,
        string list,
        bool withPhotos,
        long mostWaiting,
        CancellationToken cancellationToken
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        var before = await queue.AddedAsync(list, cancellationToken).ConfigureAwait(false);
        var (added, refused, next, bytes) = (0L, 0L, before, 0L);
        var rows = new List<QueueRow>(MostRows);
        var photos = withPhotos ? new FilePhotos(source.PhotoPath, MostPhotoBytes) : null;
        foreach (var item in source.Read())
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (item.Position < before)
            {
                continue;
            }

            var (fields, fault) = await FieldsOfAsync(item, source, photos, cancellationToken).ConfigureAwait(false);
            next = item.Position + 1;
            if (fields is null)
            {
                tell($"item {item.Position} (id {item.Id}) is no task: {fault!.Detail}");
            }

            rows.Add(fields is null ? new QueueRow([.. DeadTask.Reason("", item.Id, fault!, 0)], IsDead: true) : new QueueRow(fields));
            bytes += rows[^1].Fields.Sum(field => field.Value.Length());
            if (rows.Count == MostRows || bytes >= MostBytes)
            {
                await SendAsync().ConfigureAwait(false);
            }
        }

        if (next > before)
        {
            await SendAsync().ConfigureAwait(false);
        }

        return new QueueFilling(added, before, refused);

        async Task SendAsync()
        {
            if (next == rows.Count && rows.TrueForAll(row => row.IsDead))
            {
                throw new RunFailureException(
                    RunFailure.Request,
                    $"of the first {Counted.Of(rows.Count, "row")} of {source.Location} none can be a task, and nothing was added: are its columns named otherwise (--column image=NAME)?"
                );
            }

            await RoomAsync(mostWaiting, cancellationToken).ConfigureAwait(false);
            await queue.AddAsync(list, next, rows, cancellationToken).ConfigureAwait(false);
            var dead = rows.Count(row => row.IsDead);
            (added, refused, bytes) = (added + rows.Count - dead, refused + dead, 0);
            rows.Clear();
        }
    }

    private async Task RoomAsync(long mostWaiting, CancellationToken cancellationToken)
    {
        for (var isTold = false; ; isTold = true)
        {
            var waiting = (await queue.CountAsync(cancellationToken).ConfigureAwait(false)).Waiting;
            if (waiting < mostWaiting)
            {
                return;
            }

            if (!isTold)
            {
                tell($"{Counted.Of(waiting, "task waits", "tasks wait")} already; adding more when workers have taken some");
            }

            await Task.Delay(Pause, time, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<(NameValueEntry[]? Fields, ListFault? Fault)> FieldsOfAsync(
        ListItem item,
        ListSource source,
        FilePhotos? photos,
        CancellationToken cancellationToken
    )
    {
        if (item.Fault is { } fault)
        {
            return (null, fault);
        }

        var fields = new List<NameValueEntry> { new("id", item.Id) };
        Add("title", item.Title);
        Add("lat", item.Latitude?.ToString("R", CultureInfo.InvariantCulture));
        Add("lon", item.Longitude?.ToString("R", CultureInfo.InvariantCulture));
        Add("gridReference", item.GridReference);
        AddVector("imageEmbedding", item.ImageEmbedding);
        AddVector("titleEmbedding", item.TitleEmbedding);
        var isFile = item.Photo is null && item.Span is null;
        if (isFile && WebPhotos.IsAddress(item.Image))
        {
            Add("image", item.Image);
        }
        else if (item.HasPhoto && photos is not null)
        {
            var (photo, unread) = await photos.ReadAsync(item, cancellationToken).ConfigureAwait(false);
            if (photo is null)
            {
                return (null, unread);
            }

            fields.Add(new NameValueEntry(QueueTask.PhotoField, photo.Bytes));
        }
        else if (item.HasPhoto && !isFile)
        {
            return (null, new ListFault("conflict", "image", "The photo is no file by itself; --with-photos puts it into the task."));
        }
        else if (item.HasPhoto)
        {
            // Workers stand elsewhere in the tree, or on other machines.
            Add("image", Path.GetFullPath(source.PhotoPath(item)));
        }

        return ([.. fields], null);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                fields.Add(new NameValueEntry(name, value));
            }
        }

        void AddVector(string name, float[]? vector) =>
            Add(name, vector is null ? null : Convert.ToBase64String(MemoryMarshal.AsBytes(vector.AsSpan())));
    }
}
