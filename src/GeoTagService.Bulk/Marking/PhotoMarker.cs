using GeoTagService.Core;

namespace GeoTagService.Bulk.Marking;

/// <summary>Where tags of photos are written.</summary>
public enum MarkTarget
{
    /// <summary>Into a file beside the photo.</summary>
    Sidecar,

    /// <summary>Into a copy of the photo, in another folder.</summary>
    Copy,

    /// <summary>Into the photo's own file.</summary>
    InPlace,
}

/// <summary>
/// Writes tags of photos as XMP: beside them, into copies, or into the photos themselves. Every file is written whole under another name
/// and then takes its place, so that a run that is ended leaves the old one or the new one. What is there is merged, never replaced. Safe
/// for any number of threads, one a photo.
/// </summary>
/// <param name="target">Where tags are written.</param>
/// <param name="copies">The folder of copies; null for the other targets.</param>
public sealed class PhotoMarker(MarkTarget target, string? copies)
{
    private const string SidecarEnding = ".xmp";

    /// <summary>Whether photos themselves are changed.</summary>
    public bool ChangesPhotos => target == MarkTarget.InPlace;

    /// <summary>Writes the tags of one photo.</summary>
    /// <param name="path">The photo's file.</param>
    /// <param name="name">Its path below the folder of copies.</param>
    /// <param name="tags">Names of its tags.</param>
    /// <returns>What was wrong, or null.</returns>
    public TaggingError? Mark(string path, string name, IReadOnlyList<string> tags)
    {
        try
        {
            return target switch
            {
                MarkTarget.Sidecar => MarkSidecar(path, tags),
                MarkTarget.InPlace => MarkPhoto(path, path, tags, mayHaveSidecar: false),
                _ => MarkCopy(path, Path.Combine(copies!, name), tags),
            };
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return Fault($"The tags could not be written: {fault.Message}");
        }
    }

    private static TaggingError? MarkCopy(string path, string copy, IReadOnlyList<string> tags)
    {
        if (Path.GetFullPath(copy) == Path.GetFullPath(path))
        {
            return Fault("The copy would replace the photo itself.");
        }

        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(copy))!);
        return MarkPhoto(path, copy, tags, mayHaveSidecar: true);
    }

    private static TaggingError? MarkPhoto(string path, string target, IReadOnlyList<string> tags, bool mayHaveSidecar)
    {
        var file = File.ReadAllBytes(path);
        if (!JpegPacket.IsJpeg(file))
        {
            if (!mayHaveSidecar)
            {
                return Fault("Tags are written into JPEG files alone; --xmp sidecar writes them beside any photo.");
            }

            Replace(target, file, path);
            return MarkSidecar(target, tags);
        }

        var packet = XmpKeywords.Merge(JpegPacket.Find(file), tags);
        if (packet is null || packet.Length > JpegPacket.MostBytes)
        {
            return Fault("The photo's XMP packet cannot be read, or has no room for the tags; it was left as it is.");
        }

        var marked = JpegPacket.With(file, packet);
        if (path != target || !marked.AsSpan().SequenceEqual(file))
        {
            Replace(target, marked, path);
        }

        return null;
    }

    // Programs name sidecars in two ways; the one that is there is taken.
    private static TaggingError? MarkSidecar(string path, IReadOnlyList<string> tags)
    {
        var sidecar = path + SidecarEnding;
        var shorter = Path.ChangeExtension(path, SidecarEnding);
        if (!File.Exists(sidecar) && File.Exists(shorter))
        {
            sidecar = shorter;
        }

        var before = File.Exists(sidecar) ? File.ReadAllBytes(sidecar) : null;
        var packet = XmpKeywords.Merge(before, tags);
        if (packet is null)
        {
            return Fault($"{Path.GetFileName(sidecar)} is no XMP that can be read; it was left as it is.");
        }

        if (before is null || !packet.AsSpan().SequenceEqual(before))
        {
            Replace(sidecar, packet, before is null ? null : sidecar);
        }

        return null;
    }

    private static void Replace(string path, byte[] bytes, string? like)
    {
        var temporary = $"{path}.{Environment.ProcessId}.tmp";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            if (like is not null && !OperatingSystem.IsWindows())
            {
                File.SetUnixFileMode(temporary, File.GetUnixFileMode(like));
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    private static TaggingError Fault(string why) => new(TaggingErrorCode.InvalidImage, "image", why);
}
