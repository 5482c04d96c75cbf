using GeoTagService.Api.Fields;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;

namespace GeoTagService.Api.Tagging;

/// <summary>A part's name and whether it came as a file.</summary>
internal readonly record struct PartName(string Name, string? FileName, bool IsFile);

/// <summary>Reads a form part by part, as the bytes come: nothing is spooled, and every part has its limit.</summary>
internal static class MultipartForm
{
    /// <summary>Far above what any field list needs.</summary>
    private const int MaxParts = 64;

    /// <summary>Reads the photo and the fields of one item. Empty and nameless photos count as not given.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="draft">Takes the photo and the fields.</param>
    /// <param name="maxImageBytes">Limit of the photo.</param>
    /// <param name="maxFieldBytes">Limit of all other fields together.</param>
    /// <param name="upload">Whose memory the photo is.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What is wrong with the form, or null.</returns>
    public static async Task<TaggingError?> ReadAsync(
        Stream body,
        string boundary,
        RequestDraft draft,
        long maxImageBytes,
        int maxFieldBytes,
        Upload upload,
        CancellationToken cancellationToken
    )
    {
        var reader = new MultipartReader(boundary, body);
        var parts = 0;
        var left = maxFieldBytes;
        while (await reader.ReadNextSectionAsync(cancellationToken) is { } section)
        {
            if (++parts > MaxParts)
            {
                return new TaggingError(TaggingErrorCode.Malformed, null, $"The form has more than {MaxParts} parts.");
            }

            if (section.Headers is not { Count: > 0 })
            {
                // A form without parts, as some clients write it: a boundary, a blank line, and the end.
                break;
            }

            if (!TryName(section, out var part))
            {
                return new TaggingError(TaggingErrorCode.Malformed, null, "A part of the form has no Content-Disposition with a name.");
            }

            if (IsImage(part.Name))
            {
                if (await ReadPhotoAsync(section, part, draft, maxImageBytes, upload, cancellationToken) is { } fault)
                {
                    return fault;
                }
            }
            else if (draft.Fields.Find(part.Name) is null)
            {
                // Its bytes are passed over when the next part is read.
                draft.AddUnknown(part.Name);
            }
            else
            {
                using var text = new UploadBuffer(left, RequestFaults.FieldTooLarge(part.Name, maxFieldBytes));
                if ((await text.FillAsync(section.Body, cancellationToken) ?? Set(draft, part.Name, text.Memory.Span)) is { } fault)
                {
                    return fault;
                }

                left -= text.Length;
            }
        }

        return null;
    }

    /// <summary>Whether a part is the photo.</summary>
    public static bool IsImage(string name) => name.Equals(RequestFields.Image.Name, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a part's name.</summary>
    public static bool TryName(MultipartSection section, out PartName part)
    {
        part = default;
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
        {
            return false;
        }

        var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value;
        var file = HeaderUtilities.RemoveQuotes(disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
        part = new PartName(name ?? "", file, disposition.FileName.HasValue || disposition.FileNameStar.HasValue);
        return part.Name.Length > 0;
    }

    private static async Task<TaggingError?> ReadPhotoAsync(
        MultipartSection section,
        PartName part,
        RequestDraft draft,
        long maxImageBytes,
        Upload upload,
        CancellationToken cancellationToken
    )
    {
        if (draft.Photo is not null || draft.PhotoAddress is not null || draft.PhotoOfText is not null)
        {
            // A second one: only a file input that was left alone may stand beside the first.
            return string.IsNullOrEmpty(part.FileName) && await section.Body.ReadAsync(new byte[1], cancellationToken) == 0
                ? null
                : new TaggingError(
                    TaggingErrorCode.Malformed,
                    RequestFields.Image.Name,
                    "'image' is given twice; many photos go to /v1/tags/batch."
                );
        }

        // The draft owns it at once, so that it is given back whatever happens.
        draft.Photo = new UploadBuffer(maxImageBytes, RequestFaults.ImageTooLarge(maxImageBytes), upload);
        var fault = await draft.Photo.FillAsync(section.Body, cancellationToken);
        if (fault is null && draft.Photo.Length == 0 && string.IsNullOrEmpty(part.FileName))
        {
            // What a browser sends for a file input that was left alone.
            draft.Photo.Dispose();
            draft.Photo = null;
        }

        return fault is null && draft.Photo is not null && !part.IsFile ? PhotoText.TakeOfPart(draft) : fault;
    }

    private static TaggingError? Set(RequestDraft draft, string name, ReadOnlySpan<byte> bytes) =>
        StrictText.TryDecode(bytes, out var text)
            ? draft.Set(name, text)
            : new TaggingError(TaggingErrorCode.InvalidText, name, $"'{name}' is not valid UTF-8.");
}
