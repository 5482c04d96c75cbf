using System.CommandLine;
using GeoTagService.Bulk.Marking;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Commands;

/// <summary>Whether and where tags are written as XMP: the same for one photo, several, and a list.</summary>
internal sealed class XmpOptions
{
    private readonly Option<string?> _xmp = new("--xmp")
    {
        Description = "Write the tags as XMP keywords: sidecar (a file beside each photo), copy (with --xmp-copies) or in-place (JPEG).",
        HelpName = "sidecar|copy|in-place",
    };
    private readonly Option<string?> _copies = new("--xmp-copies")
    {
        Description = "With --xmp copy: where copies of the photos with their tags go.",
        HelpName = "DIR",
    };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_xmp, _copies];

    /// <summary>Who writes; null where nothing is asked for.</summary>
    /// <exception cref="CommandFailureException">The options do not fit together.</exception>
    public PhotoMarker? Marker(ParseResult parsed)
    {
        var copies = parsed.GetValue(_copies);
        var how = parsed.GetValue(_xmp);
        var target = how switch
        {
            null => default(MarkTarget?),
            "sidecar" => MarkTarget.Sidecar,
            "copy" => MarkTarget.Copy,
            "in-place" => MarkTarget.InPlace,
            _ => throw new CommandFailureException(ExitCode.Usage, $"{_xmp.Name} takes sidecar, copy or in-place, not '{how}'"),
        };
        if (target == MarkTarget.Copy != copies is not null)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{_xmp.Name} copy and {_copies.Name} DIR go together");
        }

        return target is { } chosen ? new PhotoMarker(chosen, copies) : null;
    }
}
