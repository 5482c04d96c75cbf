using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Telemetry;
using GeoTagService.Core.Tags;
using Microsoft.Extensions.Logging;

namespace GeoTagService.Onnx;

/// <summary>Loads a bundle's towers and heads into ONNX Runtime.</summary>
public sealed class OnnxClipEngine : IClipEngine
{
    private readonly OnnxEncoderOptions _options;
    private readonly ILogger<OnnxClipEngine> _logger;
    private readonly OptionalSteps _optional;

    /// <summary>Creates the engine; nothing is loaded yet.</summary>
    /// <param name="options">Its settings.</param>
    /// <param name="logger">Where it tells what it runs on.</param>
    /// <param name="optional">Takes the steps that it can do without; null has them told by the logger alone.</param>
    public OnnxClipEngine(OnnxEncoderOptions options, ILogger<OnnxClipEngine> logger, OptionalSteps? optional = null)
    {
        _options = options;
        _logger = logger;
        _optional = optional ?? new OptionalSteps(logger);
    }

    /// <inheritdoc/>
    public IClipEncoder LoadEncoder(Bundle bundle)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return OnnxClipEncoder.Load(bundle, _options, new OnnxSessionFactory(_options, _logger, _optional));
    }

    /// <inheritdoc/>
    public ITagHead LoadHead(Bundle bundle, BundleHead head)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(head);
        return OnnxTagHead.Load(bundle, head);
    }
}
