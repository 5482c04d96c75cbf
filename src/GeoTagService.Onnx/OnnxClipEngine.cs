using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tags;
using GeoTagService.Core.Telemetry;
using Microsoft.Extensions.Logging;
using Microsoft.ML.OnnxRuntime;

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
        var sessions = new OnnxSessionFactory(_options, _logger, _optional);
        if (sessions.Provider.MayNotWork)
        {
            if (TryLoadOnCard(bundle, sessions) is { } encoder)
            {
                return encoder;
            }

            sessions = new OnnxSessionFactory(_options with { Accelerator = AcceleratorChoice.Cpu }, _logger, _optional);
        }

        return OnnxClipEncoder.Load(bundle, _options, sessions);
    }

    /// <summary>That its libraries are there does not make a card work: the model has to have run once.</summary>
    private OnnxClipEncoder? TryLoadOnCard(Bundle bundle, OnnxSessionFactory sessions)
    {
        OnnxClipEncoder? encoder = null;
        try
        {
            encoder = OnnxClipEncoder.Load(bundle, _options, sessions);
            encoder.Try();
            return encoder;
        }
        catch (Exception failure)
            when (failure is BundleException or OnnxRuntimeException or CudaException or EncoderLostException or InvalidOperationException)
        {
            encoder?.Dispose();
            OnnxSessionFactory.Refuse(_options, _logger, failure.Message.ReplaceLineEndings(" ").TrimEnd('.', ' '));
            return null;
        }
    }

    /// <inheritdoc/>
    public ITagHead LoadHead(Bundle bundle, BundleHead head)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(head);
        return OnnxTagHead.Load(bundle, head);
    }

    /// <inheritdoc/>
    public ILocationEncoder LoadLocationEncoder(Bundle bundle, BundleLocationEncoder encoder) => OnnxLocationEncoder.Load(bundle, encoder);
}
