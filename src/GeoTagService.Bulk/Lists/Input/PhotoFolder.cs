using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace GeoTagService.Bulk.Lists.Input;

/// <summary>The photos of a folder or a pattern, sorted by name; the relative path is the id. The list is fixed when a run
/// starts and kept in a file, because a folder changes while it is worked through.</summary>
internal sealed class PhotoFolder : ListSource
{
    private readonly string? _note;
    private int _read;

    /// <summary>Takes over what <see cref="PhotoSearch"/> found.</summary>
    /// <param name="location">Where it was looked for.</param>
    /// <param name="photos">Sorted by name.</param>
    /// <param name="note">What the user should know.</param>
    public PhotoFolder(string location, IReadOnlyList<PhotoEntry> photos, string? note)
    {
        Location = location;
        Photos = photos;
        _note = note;
    }

    /// <summary>The photos, sorted by name.</summary>
    public IReadOnlyList<PhotoEntry> Photos { get; }

    /// <summary>Folders that could not be looked into: what is in them is unknown, not gone.</summary>
    public int Unreadable { get; init; }

    public override string Location { get; }

    public override string? Note => _note;

    /// <summary>Digest of names, sizes and times.</summary>
    public override string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var photo in Photos)
            {
                hash.AppendData(Encoding.UTF8.GetBytes($"{photo.Name}\0{photo.Size} {photo.Time} {photo.HasVanished}\n"));
            }

            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
    }

    public override double Fraction => (double)_read / Photos.Count;

    /// <summary>Reads a list that was fixed.</summary>
    /// <param name="file">Written by <see cref="Save"/>.</param>
    /// <param name="now">The same folder as it is now.</param>
    public static PhotoFolder Load(string file, PhotoFolder now) => Load(file, now.Location, now.Root);

    /// <summary>Reads a list that was fixed.</summary>
    /// <param name="file">Written by <see cref="Save"/>.</param>
    /// <param name="location">Where the list was.</param>
    /// <param name="root">The folder.</param>
    public static PhotoFolder Load(string file, string location, string root)
    {
        var photos = File.ReadLines(file).Select(line => JsonSerializer.Deserialize(line, FolderJson.Default.PhotoEntry)).ToList();
        return new PhotoFolder(location, photos, null) { Root = root };
    }

    /// <summary>Fixes the list, to disk.</summary>
    public void Save(string file)
    {
        var temporary = file + ".tmp";
        using (var stream = File.Create(temporary))
        {
            foreach (var photo in Photos)
            {
                stream.Write(JsonSerializer.SerializeToUtf8Bytes(photo, FolderJson.Default.PhotoEntry));
                stream.WriteByte((byte)'\n');
            }

            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, file, overwrite: true);
    }

    /// <summary>This list with photos that it has no more, at the places that their names give them.</summary>
    public PhotoFolder WithVanished(IEnumerable<PhotoEntry> vanished) =>
        new(
            Location,
            [
                .. Photos
                    .Concat(vanished.Select(photo => photo with { HasVanished = true }))
                    .OrderBy(photo => photo.Name, StringComparer.Ordinal),
            ],
            _note
        )
        {
            Root = Root,
            Unreadable = Unreadable,
        };

    public override ListBookmark Bookmark => new(_read);

    public override IEnumerable<ListItem> Read(ListBookmark from)
    {
        for (_read = (int)from.Position; _read < Photos.Count; _read++)
        {
            var photo = Photos[_read];
            var item = new ListItem
            {
                Position = _read,
                Id = photo.Name,
                Image = photo.Name,
            };
            yield return photo.HasVanished ? item with { Vanished = ItemKey.Of(item) } : item;
        }
    }

    public override void Dispose()
    {
        // Nothing is open between items.
    }
}

/// <summary>The JSON of a fixed list.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault
)]
[JsonSerializable(typeof(PhotoEntry))]
internal sealed partial class FolderJson : JsonSerializerContext;
