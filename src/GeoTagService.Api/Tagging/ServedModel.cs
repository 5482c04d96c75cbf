using GeoTagService.Contracts;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Api.Tagging;

/// <summary>What every response says of the model, made once.</summary>
internal sealed class ServedModel(Bundle bundle)
{
    /// <summary>The stamp on every response.</summary>
    public ModelStamp Stamp { get; } = bundle.ToStamp();

    /// <summary>Tag ids in head-row order.</summary>
    public IReadOnlyList<string> TagIds { get; } = bundle.Manifest.Tags;
}
