using GeoTagService.Bulk.Lists.Input;
using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>A task as it came out of the queue.</summary>
/// <param name="Entry">Its number in the stream.</param>
/// <param name="Fields">Its fields as they were added.</param>
/// <param name="Tries">How often it was handed out, this time included.</param>
internal sealed record QueueTask(string Entry, NameValueEntry[] Fields, long Tries)
{
    /// <summary>The field of a photo's bytes.</summary>
    public const string PhotoField = "photo";

    private static readonly ListColumns Columns = ListColumns.Parse([]);

    /// <summary>What is to be tagged: the fields of a list's row, or a photo's bytes. Fields of other names are left alone.</summary>
    public ListItem ToItem()
    {
        var fields = new ListFields(0);
        byte[]? photo = null;
        var names = new HashSet<ListColumn>();
        foreach (var field in Fields)
        {
            var name = field.Name.ToString();
            if (name == PhotoField)
            {
                photo = field.Value;
            }
            else if (Columns.Find(name) is { } column)
            {
                if (!names.Add(column))
                {
                    fields.Reject(name, $"{name} is given twice.");
                }

                fields.Set(column, ((byte[]?)field.Value) ?? []);
            }
        }

        var item = fields.ToItem();
        item = item with
        {
            Id = names.Contains(ListColumn.Id) ? item.Id : Entry,
            Photo = photo is { Length: > 0 } ? new PhotoRead(photo, new PhotoStamp(ItemKey.Digest(photo), photo.Length, 0)) : null,
        };
        return item.Photo is not null && item.Image is not null
            ? item with
            {
                Fault = item.Fault ?? new ListFault("conflict", "image", "The task has a photo's bytes and names a photo: one of them."),
            }
            : item;
    }
}
