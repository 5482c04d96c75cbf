using GeoTagService.Core;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Hosting;
using GeoTagService.Core.Tagging;
using Microsoft.Extensions.Logging.Abstractions;

namespace GeoTagService.Onnx.Tests.Miniature;

/// <summary>The embedded bundle, loaded once and served as the command line serves it.</summary>
public sealed class MiniatureFixture : IAsyncLifetime
{
    private StandaloneTagger? _tagger;

    internal PhotoTagger Tagger => _tagger!.Tagger;

    internal BundleManifest Manifest => Tagger.Model.Bundle.Manifest;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync() =>
        _tagger = await TaggerFactory.CreateAsync(
            BundleReader.OpenEmbedded(),
            new OnnxClipEngine(new OnnxEncoderOptions { Accelerator = AcceleratorChoice.Cpu }, NullLogger<OnnxClipEngine>.Instance),
            cancellationToken: TestContext.Current.CancellationToken
        );

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _tagger?.DisposeAsync() ?? ValueTask.CompletedTask;

    internal async Task<TagResult> TagAsync(TagInput input)
    {
        var outcome = await Tagger.TagAsync(input, TestContext.Current.CancellationToken);
        return outcome.IsSuccess ? outcome.Value : throw new InvalidOperationException(outcome.Error.Detail);
    }
}
