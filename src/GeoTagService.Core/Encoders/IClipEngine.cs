using GeoTagService.Core.Bundles;
using GeoTagService.Core.Tags;

namespace GeoTagService.Core.Encoders;

/// <summary>
/// The seam through which a bundle's files become things that run. The engine's package registers it
/// (<c>AddOnnxEncoder()</c>); tests put a fake in its place.
/// </summary>
public interface IClipEngine
{
    /// <summary>Loads the two towers. Names and shapes are checked against the manifest here, once.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <returns>The encoder; disposable when the engine holds native memory. The caller disposes it.</returns>
    /// <exception cref="BundleException">A file cannot be loaded, or is not what the manifest says.</exception>
    IClipEncoder LoadEncoder(Bundle bundle);

    /// <summary>Loads one head. Names and shapes are checked against the manifest here, once.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <param name="head">The head's entry in the manifest.</param>
    /// <returns>The head; disposable when the engine holds native memory. The caller disposes it.</returns>
    /// <exception cref="BundleException">The file cannot be loaded, or is not what the manifest says.</exception>
    ITagHead LoadHead(Bundle bundle, BundleHead head);

    /// <summary>Loads the location encoder, where a bundle has one.</summary>
    /// <param name="bundle">A verified bundle.</param>
    /// <param name="encoder">Its entry in the manifest.</param>
    /// <returns>The encoder, which the caller disposes; null of an engine that has none.</returns>
    /// <exception cref="BundleException">The file cannot be loaded, or is not what the manifest says.</exception>
    ILocationEncoder? LoadLocationEncoder(Bundle bundle, BundleLocationEncoder encoder) => null;
}
