using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Titles;

namespace GeoTagService.Core.Encoders;

/// <summary>A bundle brought to life: both towers and every head, loaded once and kept until the process ends.</summary>
public sealed class LoadedModel : IDisposable
{
    private bool _disposed;

    private readonly Dictionary<string, ITagHead> _byName;

    private LoadedModel(Bundle bundle, IClipEncoder encoder, IReadOnlyList<ITagHead> heads, ClipTokenizer tokenizer)
    {
        Bundle = bundle;
        Encoder = encoder;
        Heads = heads;
        Tokenizer = tokenizer;
        _byName = heads.ToDictionary(head => head.Descriptor.Name, StringComparer.Ordinal);
    }

    /// <summary>The bundle that it was loaded from; its digest is the model version.</summary>
    public Bundle Bundle { get; }

    /// <summary>Both towers.</summary>
    public IClipEncoder Encoder { get; }

    /// <summary>Every head, in the manifest's order.</summary>
    public IReadOnlyList<ITagHead> Heads { get; }

    /// <summary>The tokeniser of its vocabulary.</summary>
    public ClipTokenizer Tokenizer { get; }

    /// <summary>The encoder of places; null where the bundle has none.</summary>
    public ILocationEncoder? LocationEncoder { get; private init; }

    /// <summary>What places say of tags before a photo is looked at; null where no head of the bundle takes it.</summary>
    public PlacePrior? PlacePrior { get; private init; }

    /// <summary>Photos and tags by square that the location encoder learnt from, as the bundle has them; empty without one.</summary>
    internal byte[] SquareCounts { get; private init; } = [];

    /// <summary>Embedding of the empty title, which stands in for a missing one; null until the warm-up.</summary>
    internal float[]? EmptyTitle { get; set; }

    /// <summary>The head of a descriptor of this model.</summary>
    internal ITagHead Find(HeadDescriptor descriptor) => _byName[descriptor.Name];

    /// <summary>Loads a bundle's towers and heads.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <param name="engine">What runs it.</param>
    /// <exception cref="BundleException">A file cannot be loaded, or is not what the manifest says.</exception>
    public static LoadedModel Load(Bundle bundle, IClipEngine engine)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(engine);

        // The encoder is native work of a second; the tokeniser and the heads are read beside it.
        var encoder = Task.Run(() => engine.LoadEncoder(bundle));
        var tokenizer = Task.Run(() => LoadTokenizer(bundle));
        var heads = new List<ITagHead>(bundle.Manifest.Heads.Count);
        var places = bundle.Manifest.LocationEncoder;
        ILocationEncoder? locations = null;
        try
        {
            locations = places is null ? null : engine.LoadLocationEncoder(bundle, places);
            var squares = places is null ? [] : bundle.ReadAllBytes(places.Squares);
            foreach (var head in bundle.Manifest.Heads)
            {
                heads.Add(engine.LoadHead(bundle, head));
            }

            return new LoadedModel(bundle, encoder.GetAwaiter().GetResult(), heads, tokenizer.GetAwaiter().GetResult())
            {
                LocationEncoder = locations,
                SquareCounts = squares,
                PlacePrior =
                    locations is not null && bundle.Manifest.Heads.Any(head => head.PlacePrior is not null)
                        ? PlacePrior.Of(locations, places!, squares)
                        : null,
            };
        }
        catch (IOException fault)
        {
            Discard();
            throw new BundleException($"a file cannot be read: {fault.Message}", fault);
        }
        catch
        {
            Discard();
            throw;
        }
        finally
        {
            bundle.CloseFiles();
        }

        void Discard()
        {
            locations?.Dispose();
            heads.ForEach(head => (head as IDisposable)?.Dispose());
            encoder.Discard();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        (Encoder as IDisposable)?.Dispose();
        LocationEncoder?.Dispose();
        foreach (var head in Heads)
        {
            (head as IDisposable)?.Dispose();
        }
    }

    private static ClipTokenizer LoadTokenizer(Bundle bundle)
    {
        var vocabulary = bundle.Manifest.Vocabulary;
        var geometry = bundle.Manifest.Geometry.Text;
        try
        {
            // Read to its end first: a compressed stream may stop before, and not notice that the file was changed.
            using var merges = new MemoryStream(bundle.ReadAllBytes(vocabulary.File));
            return ClipTokenizer.Load(merges, geometry.VocabularySize, geometry.ContextLength, vocabulary.StartToken, vocabulary.EndToken);
        }
        catch (Exception fault) when (fault is InvalidDataException or ArgumentException)
        {
            throw new BundleException($"{vocabulary.File}: {fault.Message}", fault);
        }
    }
}
