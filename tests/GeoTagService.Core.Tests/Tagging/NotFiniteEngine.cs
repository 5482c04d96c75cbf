using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Testing;

namespace GeoTagService.Core.Tests.Tagging;

/// <summary>An engine whose vectors overflow: from its warm-up on, or only afterwards.</summary>
internal sealed class NotFiniteEngine(bool fromTheStart = false) : IClipEngine
{
    private readonly FakeClipEngine _inner = new();

    public IClipEncoder LoadEncoder(Bundle bundle) => new Encoder(_inner.LoadEncoder(bundle), fromTheStart);

    public ITagHead LoadHead(Bundle bundle, BundleHead head) => _inner.LoadHead(bundle, head);

    private sealed class Encoder(IClipEncoder inner, bool fromTheStart) : IClipEncoder
    {
        private bool _overflows = fromTheStart;

        public ClipGeometry Geometry => inner.Geometry;

        public EncoderRuntime Runtime => inner.Runtime;

        public void EncodeImages(IReadOnlyList<ReadOnlyMemory<byte>> crops, Span<float> embeddings) =>
            inner.EncodeImages(crops, embeddings);

        public void EncodeTitles(IReadOnlyList<ReadOnlyMemory<int>> tokens, Span<float> embeddings)
        {
            inner.EncodeTitles(tokens, embeddings);
            if (_overflows)
            {
                embeddings[1] = float.PositiveInfinity;
            }

            // The warm-up ends with the empty title.
            _overflows |= tokens.Count == 1 && tokens[0].Length == 2;
        }
    }
}
