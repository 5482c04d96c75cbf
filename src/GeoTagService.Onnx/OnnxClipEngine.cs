using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Onnx;

/// <summary>Loads a bundle's towers and heads into ONNX Runtime.</summary>
public sealed class OnnxClipEngine : IClipEngine
{
    private readonly OnnxEncoderOptions _options;
    private readonly ILogger<OnnxClipEngine> _logger;

    /// <summary>Creates the engine; nothing is loaded yet.</summary>
    public OnnxClipEngine(OnnxEncoderOptions options, ILogger<OnnxClipEngine> logger)
    {
        _options = options;
        _logger = logger;
    }

    /// <inheritdoc/>
    public IClipEncoder LoadEncoder(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return OnnxClipEncoder.Load(bundle, _options, new OnnxSessionFactory(_options, _logger));
    }

    /// <inheritdoc/>
    public ITagHead LoadHead(Bundle bundle, BundleHead head)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(head);
        return OnnxTagHead.Load(bundle, head);
    }
}
