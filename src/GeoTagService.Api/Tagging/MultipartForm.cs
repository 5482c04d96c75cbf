using GeoTagService.Api.Problems;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
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

    /// <summary>Reads the photo and the fields of one item.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="boundary">Its boundary.</param>
    /// <param name="fields">Takes the text fields.</param>
    /// <param name="maxImageBytes">Limit of the photo.</param>
    /// <param name="maxFieldBytes">Limit of each other field.</param>
    /// <param name="expected">Bytes of the whole body, or 0 when not known.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>The photo, to be disposed; empty and nameless ones count as not given.</returns>
    public static async Task<Reading<PhotoPart>> ReadAsync(
        Stream body,
        string boundary,
        RequestFields fields,
        long maxImageBytes,
        int maxFieldBytes,
        long expected,
        CancellationToken cancellationToken)
    {
        var reader = new MultipartReader(boundary, body);
        UploadBuffer? photo = null;
        var complete = false;
        try
        {
            var parts = 0;
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
                    return new TaggingError(
                        TaggingErrorCode.Malformed, null, "A part of the form has no Content-Disposition with a name.");
                }

                if (!IsImage(part.Name))
                {
                    if (await ReadFieldAsync(section, part, fields, maxFieldBytes, cancellationToken) is { } problem)
                    {
                        return problem;
                    }

                    continue;
                }

                var received = new UploadBuffer(maxImageBytes, expected);
                var fits = await FillAsync(received, section.Body, cancellationToken);
                if (fits && received.Length == 0 && string.IsNullOrEmpty(part.FileName))
                {
                    // What a browser sends for a file input that was left alone.
                    received.Dispose();
                    continue;
                }

                if (photo is not null || !fits)
                {
                    received.Dispose();
                    return fits
                        ? new TaggingError(
                            TaggingErrorCode.Malformed, FieldNames.Image, "'image' is given twice; many photos go to /v1/tags/batch.")
                        : EdgeProblems.ImageTooLarge(maxImageBytes);
                }

                photo = received;
            }

            complete = true;
            return new PhotoPart(photo);
        }
        finally
        {
            if (!complete)
            {
                photo?.Dispose();
            }
        }
    }

    /// <summary>Whether a part is the photo.</summary>
    public static bool IsImage(string name) => name.Equals(FieldNames.Image, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads a part's name.</summary>
    public static bool TryName(MultipartSection section, out PartName part)
    {
        part = default;
        if (!ContentDispositionHeaderValue.TryParse(section.ContentDisposition, out var disposition))
        {
            return false;
        }

        var name = HeaderUtilities.RemoveQuotes(disposition.Name).Value;
        var file = HeaderUtilities.RemoveQuotes(
            disposition.FileNameStar.HasValue ? disposition.FileNameStar : disposition.FileName).Value;
        part = new PartName(name ?? "", file, disposition.FileName.HasValue || disposition.FileNameStar.HasValue);
        return part.Name.Length > 0;
    }

    /// <summary>Fills a buffer and returns it to the pool when that fails.</summary>
    public static async Task<bool> FillAsync(UploadBuffer buffer, Stream source, CancellationToken cancellationToken)
    {
        try
        {
            return await buffer.FillAsync(source, cancellationToken);
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    private static async Task<TagProblem?> ReadFieldAsync(
        MultipartSection section, PartName part, RequestFields fields, int limit, CancellationToken cancellationToken)
    {
        if (!fields.IsKnown(part.Name))
        {
            // Its bytes are passed over when the next part is read.
            fields.AddUnknown(part.Name);
            return null;
        }

        using var buffer = new UploadBuffer(limit);
        if (!await buffer.FillAsync(section.Body, cancellationToken))
        {
            return EdgeProblems.FieldTooLarge(part.Name, limit);
        }

        var error = StrictText.TryDecode(buffer.Memory.Span, out var text)
            ? fields.Add(part.Name, text)
            : new TaggingError(TaggingErrorCode.InvalidText, part.Name, $"'{part.Name}' is not valid UTF-8.");
        return error is null ? null : TagProblems.From(error);
    }
}

/// <summary>The photo of a form.</summary>
/// <param name="Bytes">Its bytes, or null when the form has none.</param>
internal sealed record PhotoPart(UploadBuffer? Bytes);
