using GeoTagService.Core.Bundles;

namespace GeoTagService.Models.Weights;

/// <summary>
/// A CLIP's weights under OpenAI's key names, whatever layout they were stored in (Hugging Face's separate q/k/v are
/// joined to <c>in_proj_weight</c>, its transposed projections turned back). The graph writer reads only this.
/// </summary>
public interface IClipWeights : IDisposable
{
    /// <summary>Geometry found in the weights (attention heads from config.json beside them, else width / 64).</summary>
    BundleGeometry Geometry { get; }

    /// <summary>Reads one tensor, float32, row-major, e.g. <c>visual.transformer.resblocks.0.attn.in_proj_weight</c>
    /// [3·width, width], <c>visual.proj</c> [width, d], <c>text_projection</c> [width, d].</summary>
    float[] Read(string openAiName);
}
