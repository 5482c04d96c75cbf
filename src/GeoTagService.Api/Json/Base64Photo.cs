using System.Buffers;
using System.Buffers.Text;
using System.Text;
using System.Text.Unicode;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Json;

/// <summary>Decodes a photo that is written as a base64 string in JSON while it is read, so that its text is never held. The string may
/// be a <c>data:</c> URI, or an address instead.</summary>
internal sealed class Base64Photo : IDisposable
{
    private const int ScratchBytes = 16 * 1024;

    /// <summary>Characters of <c>https://</c>.</summary>
    private const int LongestScheme = 8;

    /// <summary>What ends a run of characters that stand for themselves.</summary>
    private static readonly SearchValues<byte> Special = SearchValues.Create([
        (byte)'"',
        (byte)'\\',
        .. Enumerable.Range(0, 0x20).Select(value => (byte)value),
    ]);

    private readonly byte[] _scratch = ArrayPool<byte>.Shared.Rent(ScratchBytes);
    private readonly byte[] _decoded = ArrayPool<byte>.Shared.Rent(ScratchBytes);
    private int _kept;
    private bool _begun;

    /// <summary>The address that the string was instead, or null.</summary>
    public string? Address { get; private set; }

    /// <summary>Reads a string into a buffer.</summary>
    /// <param name="window">Stands behind the string's opening quote; is left behind the closing one.</param>
    /// <param name="photo">Takes the bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What is wrong with it, or null.</returns>
    public async ValueTask<TaggingError?> ReadAsync(JsonWindow window, UploadBuffer photo, CancellationToken cancellationToken)
    {
        for (var ended = false; !ended; )
        {
            var progress = Unescape(window);
            if (progress == Progress.Unreadable)
            {
                return RequestFields.Image.UnreadableJson();
            }

            ended = progress == Progress.Ended;
            if (!_begun && (_begun = Begin(ended, progress == Progress.Full, out var unreadable)) && unreadable)
            {
                return RequestFields.Image.UnreadableJson();
            }

            if (Address is not null)
            {
                return null;
            }

            if (_begun && await DecodeAsync(photo, ended, cancellationToken) is { } fault)
            {
                return fault;
            }

            if (progress == Progress.NeedsMore && !await window.ReadMoreAsync(cancellationToken))
            {
                return RequestFields.Image.UnreadableJson();
            }
        }

        photo.Complete();
        return null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_scratch);
        ArrayPool<byte>.Shared.Return(_decoded);
    }

    /// <summary>Looks at the beginning, once enough of it is there to tell what the string is.</summary>
    /// <returns>Whether it is.</returns>
    private bool Begin(bool ended, bool full, out bool unreadable)
    {
        var text = _scratch.AsSpan(0, _kept);
        unreadable = false;
        if (PhotoText.IsData(text))
        {
            var start = PhotoText.StartOfBase64(text);
            unreadable = start < 0 && (ended || _kept >= PhotoText.LongestHead);
            if (start > 0)
            {
                text[start..].CopyTo(text);
                _kept -= start;
            }

            return start > 0 || unreadable;
        }

        if (PhotoText.IsAddress(text))
        {
            unreadable = full || _kept > PhotoText.LongestAddress || (ended && !Utf8.IsValid(text));
            Address = ended && !unreadable ? Encoding.UTF8.GetString(text) : null;
            return ended || unreadable;
        }

        return ended || _kept >= LongestScheme;
    }

    /// <summary>Moves characters from the window to the scratch, as many as are there and fit.</summary>
    private Progress Unescape(JsonWindow window)
    {
        while (_kept < _scratch.Length)
        {
            var bytes = window.Bytes;
            if (bytes.IsEmpty)
            {
                return Progress.NeedsMore;
            }

            var run = bytes.IndexOfAny(Special);
            run = Math.Min(run < 0 ? bytes.Length : run, _scratch.Length - _kept);
            if (run > 0)
            {
                bytes[..run].CopyTo(_scratch.AsSpan(_kept));
                _kept += run;
                window.Advance(run);
                continue;
            }

            if (bytes[0] == '"')
            {
                window.Advance(1);
                return Progress.Ended;
            }

            if (bytes[0] != '\\')
            {
                return Progress.Unreadable;
            }

            if (bytes.Length < 2 || (bytes[1] == 'u' && bytes.Length < 6))
            {
                return window.IsFinal ? Progress.Unreadable : Progress.NeedsMore;
            }

            // PHP writes "\/" for a slash, others "\u002B" for a plus; base64 may also be broken into lines.
            byte? character = bytes[1] switch
            {
                (byte)'/' => (byte)'/',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                (byte)'u'
                    when Utf8Parser.TryParse(bytes[2..6], out short value, out var used, 'X') && used == 4 && value is > 0 and < 0x80 =>
                    (byte)value,
                _ => null,
            };
            if (character is null)
            {
                return Progress.Unreadable;
            }

            _scratch[_kept++] = character.Value;
            window.Advance(bytes[1] == 'u' ? 6 : 2);
        }

        return Progress.Full;
    }

    private async ValueTask<TaggingError?> DecodeAsync(UploadBuffer photo, bool ended, CancellationToken cancellationToken)
    {
        // Padding says that the end has come: until it has, it is left where it is.
        var padding = ended ? -1 : _scratch.AsSpan(0, _kept).IndexOf((byte)'=');
        var status = Base64.DecodeFromUtf8(
            _scratch.AsSpan(0, padding < 0 ? _kept : padding),
            _decoded,
            out var used,
            out var written,
            ended
        );
        _scratch.AsSpan(used.._kept).CopyTo(_scratch);
        _kept -= used;
        // Nothing but a group that is not complete may be left.
        return status == OperationStatus.InvalidData || _kept >= (ended ? 1 : _scratch.Length)
            ? RequestFields.Image.UnreadableJson()
            : await photo.WriteAsync(_decoded.AsMemory(0, written), cancellationToken);
    }

    private enum Progress
    {
        /// <summary>The scratch is full.</summary>
        Full,

        /// <summary>All that has come is taken.</summary>
        NeedsMore,

        /// <summary>The closing quote was passed.</summary>
        Ended,

        /// <summary>It is no base64.</summary>
        Unreadable,
    }
}
