using System.Diagnostics.CodeAnalysis;
using GeoTagService.Bulk.Lists.Input;

namespace GeoTagService.Bulk.Lists.Plans;

/// <summary>The items of one task of a plan.</summary>
public sealed class TaskList : ListSource
{
    private readonly PlanTask _task;
    private long _read;

    /// <summary>Takes over a list.</summary>
    [SetsRequiredMembers]
    internal TaskList(ListSource list, string location, PlanTask task)
    {
        (List, Location, _task) = (list, location, task);
        Root = list.Root;
    }

    /// <summary>The whole list.</summary>
    public ListSource List { get; }

    /// <inheritdoc/>
    public override string Location { get; }

    /// <inheritdoc/>
    public override string Identity => _task.Keys;

    /// <inheritdoc/>
    public override double Fraction => (double)_read / Math.Max(1, _task.Items);

    /// <inheritdoc/>
    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        if (_task.Items == 0)
        {
            yield break;
        }

        foreach (var item in List.Read(from == default ? _task.From : from))
        {
            _read = item.Position - _task.From.Position + 1;
            yield return item;
            if (_read == _task.Items)
            {
                yield break;
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose() => List.Dispose();
}
