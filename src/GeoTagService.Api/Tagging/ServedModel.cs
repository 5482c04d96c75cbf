using GeoTagService.Contracts;
using GeoTagService.Core.Answers;
using GeoTagService.Core.Hosting;

namespace GeoTagService.Api.Tagging;

/// <summary>What the answers to one request say of the model that gave them.</summary>
internal sealed class ServedModel(ModelUse use)
{
    /// <summary>The stamp on every response.</summary>
    public ModelStamp Stamp { get; } = use.Model.Bundle.ToStamp();

    /// <summary>Tag ids in head-row order.</summary>
    public IReadOnlyList<string> TagIds => use.Model.Bundle.Manifest.Tags;
}
