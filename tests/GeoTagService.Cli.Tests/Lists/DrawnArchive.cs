using System.Formats.Tar;
using System.Globalization;
using System.Text;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>What an archive is given as.</summary>
internal enum DrawnKind
{
    /// <summary>A folder.</summary>
    Folder,

    /// <summary>A table that names files.</summary>
    Table,

    /// <summary>A table that names addresses on a host.</summary>
    Addresses,

    /// <summary>A tar.</summary>
    Tar,
}

/// <summary>A folder of drawn files, or a table that names them or their addresses on a host, which changes at random as archives
/// do.</summary>
internal sealed class DrawnArchive : IAsyncDisposable
{
    private static readonly DateTime Epoch = new(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc);
    private static readonly string[] Names =
    [
        "Mam Tor, north",
        "a \"quoted\" name",
        "Llyn Ogwen é",
        "plain",
        "deep/one",
        "deep/er/two",
        "Z",
        "0",
    ];

    private readonly Random _random;
    private readonly string _folder;
    private readonly List<(string Id, string? Image, string Title)> _rows = [];
    private int _count;

    public DrawnArchive(string root, Random random, DrawnKind kind)
    {
        _random = random;
        _folder = Path.Combine(root, "photos");
        Directory.CreateDirectory(_folder);
        Kind = kind;
        Input = kind switch
        {
            DrawnKind.Folder => _folder,
            DrawnKind.Tar => Path.Combine(root, "list.tar"),
            _ => Path.Combine(root, "list.csv"),
        };
        Host = kind == DrawnKind.Addresses ? new PhotoHost(_folder) : null;
        for (var i = random.Next(2, 30); i >= 0; i--)
        {
            Add();
        }

        Settle();
    }

    public DrawnKind Kind { get; }

    /// <summary>The host of the photos, where they are on one.</summary>
    public PhotoHost? Host { get; }

    /// <summary>What is given as the list.</summary>
    public string Input { get; }

    private string[] Photos => Directory.GetFiles(_folder, "*", SearchOption.AllDirectories);

    public ValueTask DisposeAsync() => Host?.DisposeAsync() ?? ValueTask.CompletedTask;

    /// <summary>The host answers as it should, or for a part of its photos as hosts do that fail for a while.</summary>
    public void FailForAWhile()
    {
        if (Host is null)
        {
            return;
        }

        var (status, part) = (new[] { 0, 0, 503, 429, 500 }[_random.Next(5)], _random.Next(1, 4));
        Host.Misbehaves = (path, context) =>
        {
            if (status == 0 || path.Length % part != 0)
            {
                return false;
            }

            context.Response.StatusCode = status;
            return true;
        };
    }

    /// <summary>The host is well again.</summary>
    public void Recover()
    {
        if (Host is not null)
        {
            Host.Misbehaves = (_, _) => false;
        }
    }

    /// <summary>Changes one thing.</summary>
    public void Change()
    {
        switch (_random.Next(7))
        {
            case 0:
            case 1:
                Add();
                break;
            case 2 when Photos.Length > 2:
                Remove();
                break;
            case 3:
                Rename();
                break;
            case 4:
                Rewrite(sameSize: false);
                break;
            case 5:
                Rewrite(sameSize: true);
                break;
            default:
                Retitle();
                break;
        }

        Settle();
    }

    private void Add()
    {
        var name = $"{Names[_random.Next(Names.Length)]} {_count++}.jpg";
        Write(Path.Combine(_folder, name), Content());
        _rows.Insert(_random.Next(_rows.Count + 1), ($"id {_count}", _random.Next(5) == 0 ? null : name, $"Title {_random.Next(4)}"));
    }

    private void Remove()
    {
        var photo = Any();
        File.Delete(photo);
        // A row may go with its photo, or stay and name what is gone.
        if (_random.Next(2) == 0)
        {
            _rows.RemoveAll(row => row.Image is { } image && Path.Combine(_folder, image) == photo);
        }
    }

    private void Rename()
    {
        var (from, to) = (Any(), Path.Combine(_folder, $"renamed {_count++}.jpg"));
        File.Move(from, to);
        var at = _rows.FindIndex(row => row.Image is { } image && Path.Combine(_folder, image) == from);
        if (at >= 0)
        {
            _rows[at] = _rows[at] with { Image = Path.GetFileName(to) };
        }
    }

    private void Rewrite(bool sameSize)
    {
        var photo = Any();
        var (time, length) = (File.GetLastWriteTimeUtc(photo), new FileInfo(photo).Length);
        var content = Content();
        Write(photo, sameSize ? [.. content.Concat(new byte[64]).Take((int)length)] : content);
        if (sameSize && _random.Next(2) == 0)
        {
            File.SetLastWriteTimeUtc(photo, time);
        }
    }

    private void Retitle()
    {
        var at = _random.Next(_rows.Count);
        _rows[at] = _rows[at] with { Title = $"Title {_random.Next(4)}" };
    }

    private void Settle()
    {
        if (Kind == DrawnKind.Tar)
        {
            DrawnTar.Write(
                Input,
                TarEntryFormat.Pax,
                [
                    .. Photos
                        .Select(photo => (Name: Path.GetRelativePath(_folder, photo), Photo: photo))
                        .OrderBy(photo => photo.Name, StringComparer.Ordinal)
                        .SelectMany(photo =>
                            _rows
                                .Where(row => row.Image == photo.Name)
                                .Take(1)
                                .Select(row => DrawnTar.Member(Path.ChangeExtension(photo.Name, ".txt"), row.Title))
                                .Append((photo.Name, File.ReadAllBytes(photo.Photo), File.GetLastWriteTimeUtc(photo.Photo)))
                        ),
                ]
            );
            return;
        }

        if (Kind != DrawnKind.Folder)
        {
            File.WriteAllText(
                Input,
                "id,image,title\n" + string.Concat(_rows.Select(row => $"{row.Id},{Quoted(row.Image)},{row.Title}\n"))
            );
        }
    }

    private string? Quoted(string? text) =>
        text is null ? null
        : Host is not null ? Host.Root + string.Join('/', text.Split('/').Select(Uri.EscapeDataString))
        : $"\"photos/{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    private string Any()
    {
        var photos = Photos;
        return photos[_random.Next(photos.Length)];
    }

    private byte[] Content() =>
        Encoding.UTF8.GetBytes(
            (_random.Next(6) == 0 ? "bad" : "photo")
                + string.Concat(
                    Enumerable.Range(0, _random.Next(1, 5)).Select(_ => _random.Next(1000).ToString("D4", CultureInfo.InvariantCulture))
                )
        );

    private void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
        File.SetLastWriteTimeUtc(path, Epoch.AddSeconds(_count++));
    }
}
