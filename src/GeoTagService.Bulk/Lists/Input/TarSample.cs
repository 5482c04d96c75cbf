namespace GeoTagService.Bulk.Lists.Input;

/// <summary>Members of a tar that have one name but for their endings, and so are one item.</summary>
internal sealed class TarSample
{
    /// <summary>Longest .txt or .json.</summary>
    public const long LongestText = 1 << 24;

    private readonly ListColumns _columns;
    private readonly ListFields _fields = new(0);
    private readonly ListFields _text = new(0);
    private readonly string _key;
    private string? _photo;
    private PhotoSpan? _span;
    private PhotoRead? _read;

    /// <summary>Begins an item.</summary>
    /// <param name="name">Its first member.</param>
    /// <param name="start">Where that begins.</param>
    /// <param name="columns">What the members of JSON mean.</param>
    /// <param name="isRepeated">Whether members of this name came before, and others in between.</param>
    public TarSample(string name, long start, ListColumns columns, bool isRepeated)
    {
        (_key, Start, _columns) = (KeyOf(name), start, columns);
        if (isRepeated)
        {
            _fields.Reject(
                null,
                $"Members named {_key} stand at two places of the archive: those of one photo lie together, as 'tar --sort=name' puts them."
            );
        }
    }

    /// <summary>Where its first header begins.</summary>
    public long Start { get; }

    /// <summary>A member's name without its ending, which is the item's id.</summary>
    public static string KeyOf(string name) => name[..^Path.GetExtension(name).Length];

    /// <summary>Whether a member says something of a photo.</summary>
    public static bool IsText(string name) => IsTitle(name) || name.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a member belongs to this item; a second photo does not.</summary>
    public bool Takes(string name, bool isPhoto) => KeyOf(name) == _key && !(isPhoto && _photo is not null);

    /// <summary>Takes the photo.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="span">Where it lies, or null where it was read.</param>
    /// <param name="bytes">Its bytes, or null.</param>
    public void SetPhoto(string name, PhotoSpan? span, byte[]? bytes)
    {
        (_photo, _span) = (name, span);
        _read = bytes is null ? null : new PhotoRead(bytes, new PhotoStamp(ItemKey.Digest(bytes), bytes.Length, 0));
        if (span is null && bytes is null)
        {
            _fields.Reject("image", "The photo is too large, or the archive ends within it.");
        }
    }

    /// <summary>Takes a title or fields.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="bytes">Its content, or null where it is too long.</param>
    public void SetText(string name, byte[]? bytes)
    {
        if (bytes is null)
        {
            _fields.Reject(null, $"{name} has more than {LongestText} bytes, or the archive ends within it.");
        }
        else if (IsTitle(name))
        {
            _text.Set(ListColumn.Title, bytes.AsSpan().Trim(" \t\r\n"u8));
        }
        else
        {
            JsonRow.Read(bytes, _columns, _fields, $"member {name}");
        }
    }

    /// <summary>The item; its position is not known here.</summary>
    public ListItem ToItem()
    {
        var (item, text) = (_fields.ToItem(), _text.ToItem());
        return item with
        {
            Id = _fields.HasId ? item.Id : _key,
            Image = _photo,
            Span = _span,
            Photo = _read,
            Title = item.Title ?? text.Title,
            Fault = item.Fault ?? text.Fault,
        };
    }

    private static bool IsTitle(string name) => name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
