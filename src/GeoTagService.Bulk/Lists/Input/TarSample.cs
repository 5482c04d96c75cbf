namespace GeoTagService.Bulk.Lists.Input;

/// <summary>What came of an item's name earlier in its tar.</summary>
internal enum TarRepeat
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Another photo, by another ending: a raw file and its JPEG.</summary>
    OtherPhoto,

    /// <summary>The same member.</summary>
    SameMember,

    /// <summary>Members that belong to this one, and others in between.</summary>
    Apart,
}

/// <summary>Members of a tar that have one name but for their endings, and so are one item.</summary>
internal sealed class TarSample
{
    /// <summary>Longest .txt or .json.</summary>
    public const long LongestText = 1 << 24;

    private readonly ListColumns _columns;
    private readonly ListFields _fields = new(0);
    private readonly ListFields _text = new(0);
    private readonly string _key;
    private readonly string _id;
    private string? _photo;
    private PhotoSpan? _span;
    private PhotoRead? _read;

    /// <summary>Begins an item.</summary>
    /// <param name="name">Its first member.</param>
    /// <param name="start">Where that begins.</param>
    /// <param name="columns">What the members of JSON mean.</param>
    /// <param name="before">What came of its name before.</param>
    public TarSample(string name, long start, ListColumns columns, TarRepeat before)
    {
        (_key, Start, _columns) = (KeyOf(name), start, columns);
        _id = before == TarRepeat.OtherPhoto ? name : _key;
        if (before == TarRepeat.SameMember)
        {
            _fields.Reject(null, $"{name} is in the archive twice, as 'tar --append' leaves it; the first was taken.");
        }
        else if (before == TarRepeat.Apart)
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

    /// <summary>Rejects the photo.</summary>
    /// <param name="name">The member's name.</param>
    /// <param name="why">A sentence for people.</param>
    public void RejectPhoto(string name, string why)
    {
        _photo = name;
        _fields.Reject("image", why);
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
            Id = _fields.HasId ? item.Id : _id,
            Image = _photo,
            Span = _span,
            Photo = _read,
            Title = item.Title ?? text.Title,
            Fault = item.Fault ?? text.Fault,
        };
    }

    private static bool IsTitle(string name) => name.EndsWith(".txt", StringComparison.OrdinalIgnoreCase);
}
