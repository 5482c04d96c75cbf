using GeoTagService.Core;

namespace GeoTagService.Bench.Load;

/// <summary>Where requests get their photos and titles from: files, or made up. Everything costly is made before the load
/// begins; what makes a request differ from all others is added as it is sent.</summary>
public sealed class LoadContent
{
    private const int SyntheticPhotoCount = 32;
    private const double South = 50.2,
        North = 58.6,
        West = -5.2,
        East = 0.8;

    private readonly LoadMode _mode;
    private readonly byte[][] _photos;
    private readonly string[] _titles;

    private LoadContent(LoadMode mode, byte[][] photos, string[] titles)
    {
        _mode = mode;
        _photos = photos;
        _titles = titles;
    }

    /// <summary>Mean bytes of a photo's file.</summary>
    public double MeanPhotoBytes => _photos.Length == 0 ? 0 : _photos.Average(photo => (double)photo.Length);

    /// <summary>Reads or makes what is needed.</summary>
    /// <param name="mode">What requests hold.</param>
    /// <param name="photoDirectory">Directory of JPEGs, or null for synthetic ones of 640 × 480.</param>
    /// <param name="titleFile">File of titles, one a line, or null for synthetic ones.</param>
    /// <param name="seed">Seed of what is synthetic.</param>
    /// <exception cref="RunFailureException">A source holds nothing of use.</exception>
    public static LoadContent Create(LoadMode mode, string? photoDirectory, string? titleFile, int seed = 1)
    {
        byte[][] photos =
            mode == LoadMode.Title ? []
            : photoDirectory is null ? SyntheticPhotos.Create(SyntheticPhotoCount, seed: seed)
            : ReadPhotos(photoDirectory);
        string[] titles = mode == LoadMode.Photo || titleFile is null ? [] : ReadTitles(titleFile);
        return new LoadContent(mode, photos, titles);
    }

    /// <summary>What one request holds.</summary>
    /// <param name="number">Its number; no two requests of a run share one.</param>
    public LoadItem ItemOf(long number) =>
        new(
            number,
            _photos.Length == 0 ? null : _photos[number % _photos.Length],
            _mode == LoadMode.Photo ? null : TitleOf(number),
            _mode == LoadMode.PhotoAndTitle ? PlaceOf(number) : null
        );

    /// <summary>The form of one request.</summary>
    /// <param name="number">As for <see cref="ItemOf"/>.</param>
    public MarkedForm FormOf(long number) => new(ItemOf(number));

    /// <summary>A title of the file; when it was used before, with a number behind it.</summary>
    private string TitleOf(long number)
    {
        if (_titles.Length == 0)
        {
            return SyntheticTitles.Of(number);
        }

        var (round, index) = Math.DivRem(number, _titles.Length);
        return round == 0 ? _titles[index] : $"{_titles[index]} {round + 1}";
    }

    private static (double Latitude, double Longitude) PlaceOf(long number)
    {
        var random = new Random((int)(number % int.MaxValue));
        return (South + (random.NextDouble() * (North - South)), West + (random.NextDouble() * (East - West)));
    }

    private static byte[][] ReadPhotos(string directory)
    {
        if (!Directory.Exists(directory))
        {
            throw new RunFailureException(RunFailure.Request, $"there is no directory {directory}");
        }

        var photos = Directory
            .EnumerateFiles(directory)
            .Where(file => Path.GetExtension(file).ToLowerInvariant() is ".jpg" or ".jpeg")
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes)
            .Where(bytes => bytes is [0xFF, 0xD8, 0xFF, ..])
            .ToArray();
        return photos.Length > 0 ? photos : throw new RunFailureException(RunFailure.Request, $"{directory} holds no JPEG");
    }

    private static string[] ReadTitles(string file)
    {
        if (!File.Exists(file))
        {
            throw new RunFailureException(RunFailure.Request, $"there is no file {file}");
        }

        var titles = File.ReadLines(file).Select(line => line.Trim()).Where(line => line.Length > 0).Distinct().ToArray();
        return titles.Length > 0 ? titles : throw new RunFailureException(RunFailure.Request, $"{file} holds no title");
    }
}

/// <summary>What one request holds.</summary>
/// <param name="Number">Its number.</param>
/// <param name="Photo">A JPEG's bytes, or null.</param>
/// <param name="Title">The title, or null.</param>
/// <param name="Place">The place in degrees, or null.</param>
public sealed record LoadItem(long Number, byte[]? Photo, string? Title, (double Latitude, double Longitude)? Place);
