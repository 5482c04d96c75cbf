using System.Text.Json;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Json;

/// <summary>What one item of JSON may hold.</summary>
/// <param name="PhotoBytes">Most bytes of its photo.</param>
/// <param name="OtherBytes">Most bytes of everything else, white space and all.</param>
/// <param name="Items">Most items of a list.</param>
/// <param name="BodyBytes">Most bytes of all of them.</param>
internal sealed record JsonLimits(long PhotoBytes, int OtherBytes, int Items = 0, long BodyBytes = long.MaxValue)
{
    /// <summary>Most members of an item, those of what is passed over among them.</summary>
    public const int Members = 256;

    /// <summary>Levels that JSON may be nested.</summary>
    public const int Depth = 64;
}

/// <summary>
/// Reads items from JSON as it comes. Bytes, members, levels and items are counted while they are read, and the first that is
/// too many ends the reading; what means nothing is passed over and never held. Not safe for several threads.
/// </summary>
/// <param name="window">The JSON.</param>
/// <param name="fields">The members that mean something.</param>
/// <param name="limits">What an item may hold.</param>
/// <param name="byLine">Whether the window shows lines.</param>
internal sealed partial class JsonItemReader(JsonWindow window, FieldSet fields, JsonLimits limits, bool byLine = false)
{
    private const string ItemsName = "items";

    private static readonly JsonReaderOptions Options = new() { MaxDepth = JsonLimits.Depth + 2 };

    private JsonReaderState _state = new(Options);
    private RequestDraft? _query;
    private RequestDraft _draft = new(fields);
    private List<RequestDraft>? _items;
    private TaggingError? _fault;
    private RequestField? _field;
    private string? _name;
    private bool _photoIsNoString;
    private bool _skipping;
    private bool _begun;
    private bool _takesItems;
    private int _memberDepth;
    private int _members;
    private long _taken;
    private long _total;
    private long _held;
    private long _charged;

    /// <summary>What an item may hold.</summary>
    public JsonLimits Limits => limits;

    /// <summary>The id of an item that was refused for its photo's size, or for want of room for it, when it was read before that.
    /// </summary>
    public string? IdOfRefused => _fault is { Code: TaggingErrorCode.ImageTooLarge or TaggingErrorCode.Overloaded } ? _draft.Id : null;

    private enum Step
    {
        /// <summary>What follows has not come yet.</summary>
        NeedsMore,

        /// <summary>A photo follows.</summary>
        Photo,

        /// <summary>The document has ended, or is at fault.</summary>
        Ended,
    }

    /// <summary>Reads one object.</summary>
    /// <param name="query">What the request's query gave, or null.</param>
    /// <param name="upload">Whose memory the photo is, or null.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What was read, or what is wrong with it.</returns>
    public async ValueTask<Outcome<RequestDraft>> ReadAsync(RequestDraft? query, Upload? upload, CancellationToken cancellationToken)
    {
        Start(query, takesItems: false);
        try
        {
            await RunAsync(upload, cancellationToken);
        }
        catch
        {
            _draft.Photo?.Dispose();
            throw;
        }

        if (_fault is null)
        {
            return _draft;
        }

        _draft.Photo?.Dispose();
        return _fault;
    }

    /// <summary>Reads one object, or the objects of its member <c>items</c>.</summary>
    /// <param name="query">What the request's query gave, or null.</param>
    /// <param name="upload">Whose memory the items are.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <returns>What was read, or what is wrong with it.</returns>
    public async ValueTask<Outcome<OneOrMany>> ReadOneOrManyAsync(RequestDraft? query, Upload? upload, CancellationToken cancellationToken)
    {
        Start(query, takesItems: true);
        await RunAsync(upload, cancellationToken);
        return _fault is null ? new OneOrMany(_draft, _items) : _fault;
    }

    private void Start(RequestDraft? query, bool takesItems)
    {
        _state = new JsonReaderState(Options);
        _query = query;
        _draft = new RequestDraft(fields, query);
        (_items, _fault, _field, _name) = (null, null, null, null);
        (_photoIsNoString, _skipping, _begun, _takesItems) = (false, false, false, takesItems);
        (_memberDepth, _members, _taken, _total, _held, _charged) = (1, 0, 0, 0, 0, 0);
    }

    private async ValueTask RunAsync(Upload? upload, CancellationToken cancellationToken)
    {
        while (true)
        {
            switch (Parse())
            {
                case Step.Ended:
                    return;
                case Step.Photo:
                    _fault = await ReadPhotoAsync(upload, cancellationToken);
                    if (_fault is not null)
                    {
                        return;
                    }

                    break;
                default:
                    _fault =
                        _taken + window.Length > limits.OtherBytes ? TooLarge()
                        : _total > limits.BodyBytes ? RequestFaults.BodyTooLarge(limits.BodyBytes)
                        : await ChargeAsync(upload, cancellationToken);
                    if (_fault is not null)
                    {
                        return;
                    }

                    await window.ReadMoreAsync(cancellationToken);
                    break;
            }
        }
    }

    private async ValueTask<TaggingError?> ReadPhotoAsync(Upload? upload, CancellationToken cancellationToken)
    {
        while (true)
        {
            var blank = window.Length - window.Bytes.TrimStart(" \t\r\n"u8).Length;
            Advance(blank);
            if (window.Length > 0)
            {
                break;
            }

            if (_taken > limits.OtherBytes)
            {
                return TooLarge();
            }

            if (!await window.ReadMoreAsync(cancellationToken))
            {
                return RequestFields.Image.UnreadableJson();
            }
        }

        if (window.Bytes[0] != '"')
        {
            _photoIsNoString = true;
            return null;
        }

        window.Advance(1);
        _draft.Photo = new UploadBuffer(limits.PhotoBytes, RequestFaults.ImageTooLarge(limits.PhotoBytes), upload);
        using (var photo = new Base64Photo())
        {
            if (await photo.ReadAsync(window, _draft.Photo, cancellationToken) is { } fault)
            {
                return fault;
            }

            if (photo.Address is not null)
            {
                _draft.Photo.Dispose();
                (_draft.Photo, _draft.PhotoAddress) = (null, photo.Address);
            }
        }

        window.PutEmptyString();
        _field = null;
        return null;
    }

    /// <summary>Takes memory for the vectors that were read since.</summary>
    private async ValueTask<TaggingError?> ChargeAsync(Upload? upload, CancellationToken cancellationToken)
    {
        var more = _held - _charged;
        if (upload is null || more == 0 || await upload.TakeAsync(more, cancellationToken) is not { } noRoom)
        {
            _charged = _held;
            return null;
        }

        return noRoom;
    }

    private void Advance(int bytes)
    {
        window.Advance(bytes);
        _taken += bytes;
        _total += bytes;
    }

    /// <summary>Too large: one field, when it fills the limit by itself, or all together.</summary>
    private TaggingError TooLarge() =>
        _name is not null && window.Length > limits.OtherBytes / 2 ? RequestFaults.FieldTooLarge(_name, limits.OtherBytes)
        : byLine ? RequestFaults.LineTooLong(limits.OtherBytes)
        : RequestFaults.JsonTooLarge(limits.OtherBytes);
}

/// <summary>One item, or many.</summary>
/// <param name="Single">The one item; without meaning when there are many.</param>
/// <param name="Many">The many, or null.</param>
internal sealed record OneOrMany(RequestDraft Single, IReadOnlyList<RequestDraft>? Many);
