using GeoTagService.Bulk.Lists.Input;

namespace GeoTagService.Bulk.Lists;

/// <summary>The part of a list that a run works through.</summary>
/// <param name="Shard">Every n-th item.</param>
/// <param name="From">Position of the first item.</param>
/// <param name="To">Position after the last item.</param>
public sealed record ListPart(Shard Shard, long From = 0, long To = long.MaxValue)
{
    /// <summary>Whether an item is in the part. Each machine lists a folder and reads a store at its own time: there it is the id
    /// that decides, so that a photo that comes or goes in between moves no other one into another part.</summary>
    public bool Holds(ListItem item, ListSource source)
    {
        if (item.Position < From || item.Position >= To)
        {
            return false;
        }

        var isOfAFile = source is not (PhotoFolder or StoredEmbeddings);
        return Shard.Holds(Shard.Count == 1 || isOfAFile ? item.Position : (long)(ItemKey.OfId(item.Id) >> 1));
    }
}
