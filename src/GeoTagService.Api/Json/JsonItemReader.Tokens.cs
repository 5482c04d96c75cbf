using System.Text.Json;
using System.Text.Unicode;
using GeoTagService.Api.Fields;
using GeoTagService.Core;

namespace GeoTagService.Api.Json;

internal sealed partial class JsonItemReader
{
    private const int LongestName = 40;

    /// <summary>Reads as many tokens as have come.</summary>
    private Step Parse()
    {
        var reader = new Utf8JsonReader(window.Bytes, window.IsFinal, _state);
        Step step;
        try
        {
            step = Parse(ref reader);
        }
        catch (JsonException exception)
        {
            _fault ??= Describe(exception, ref reader);
            return Step.Ended;
        }
        catch (InvalidOperationException)
        {
            // What the reader throws for text that is not UTF-8, or ends between the halves of a letter.
            _fault = Utf8.IsValid(reader.ValueSpan) ? Unreadable() : NotUtf8();
            return Step.Ended;
        }

        _state = reader.CurrentState;
        Advance((int)reader.BytesConsumed);
        if (_fault is null && _taken > limits.OtherBytes)
        {
            // However much of it has come at once.
            _fault = TooLarge();
        }

        return _fault is null ? step : Step.Ended;
    }

    private Step Parse(ref Utf8JsonReader reader)
    {
        while (_fault is null)
        {
            if (_field is { } field)
            {
                if (field.IsPhoto && !_photoIsNoString)
                {
                    return Step.Photo;
                }

                // A value is looked at when all of it is there.
                var whole = reader;
                if (!whole.Read() || !whole.TrySkip())
                {
                    return Step.NeedsMore;
                }

                reader.Read();
                if (reader.TokenType != JsonTokenType.Null && !field.FromJson(ref reader, _draft))
                {
                    _fault = field.UnreadableJson();
                }

                (_field, _photoIsNoString) = (null, false);
                continue;
            }

            if (!reader.Read())
            {
                return window.IsFinal ? Step.Ended : Step.NeedsMore;
            }

            if (reader.CurrentDepth > JsonLimits.Depth)
            {
                _fault = RequestFaults.TooDeep(_name, JsonLimits.Depth);
            }
            else
            {
                Take(ref reader);
            }
        }

        return Step.Ended;
    }

    private void Take(ref Utf8JsonReader reader)
    {
        if (!_begun)
        {
            _begun = true;
            _fault = reader.TokenType switch
            {
                JsonTokenType.StartObject => null,
                JsonTokenType.StartArray => new TaggingError(
                    TaggingErrorCode.Malformed,
                    null,
                    "An object is expected here, not a list. Many items go to /v1/tags/batch as NDJSON, an object a line."
                ),
                JsonTokenType.Null => new TaggingError(TaggingErrorCode.Malformed, null, "The JSON is null where an object is expected."),
                _ => new TaggingError(TaggingErrorCode.Malformed, null, "The JSON cannot be read (line 1, byte 1)."),
            };
        }
        else if (reader.TokenType == JsonTokenType.PropertyName)
        {
            TakeName(ref reader);
        }
        else if (_skipping)
        {
            // Its last token stands where its name stood.
            _skipping = reader.CurrentDepth != _memberDepth || reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray;
        }
        else if (_items is not null)
        {
            TakeOfItems(ref reader);
        }
    }

    private void TakeName(ref Utf8JsonReader reader)
    {
        if (++_members > JsonLimits.Members)
        {
            _fault = RequestFaults.TooManyMembers(_name, JsonLimits.Members);
        }
        else if (reader.CurrentDepth != _memberDepth)
        {
            // Of something that is passed over.
        }
        else if (fields.Find(ref reader) is { } field)
        {
            _name = field.Name;
            _field = field;
            _fault = _draft.Begin(field);
        }
        else if (_takesItems && _memberDepth == 1 && reader.ValueTextEquals(ItemsName))
        {
            _name = ItemsName;
            _fault = _items is null ? null : new TaggingError(TaggingErrorCode.Malformed, ItemsName, "'items' is given twice.");
            _items ??= [];
        }
        else
        {
            _name = NameOf(ref reader);
            _draft.AddUnknown(_name);
            _skipping = true;
        }
    }

    /// <summary>Takes what frames the items: the list, and where each of them begins and ends.</summary>
    private void TakeOfItems(ref Utf8JsonReader reader)
    {
        switch (reader.TokenType, reader.CurrentDepth)
        {
            case (JsonTokenType.StartArray, 1) when _items!.Count == 0:
                break;
            case (JsonTokenType.EndArray, 1):
                _memberDepth = 1;
                break;
            case (JsonTokenType.StartObject, 2):
                if (_items!.Count == limits.Items)
                {
                    _fault = RequestFaults.TooManyItems(limits.Items);
                    break;
                }

                _draft = new RequestDraft(fields, _query);
                (_memberDepth, _members) = (3, 0);
                // What came before is not this item's.
                _taken = -reader.BytesConsumed;
                break;
            case (JsonTokenType.EndObject, 2):
                _fault = _taken + reader.BytesConsumed > limits.OtherBytes ? TooLarge() : null;
                _items!.Add(_draft);
                _held += _draft.VectorBytes;
                _draft = new RequestDraft(fields, _query);
                _name = ItemsName;
                break;
            case (JsonTokenType.EndObject, 0):
                break;
            default:
                _fault = new TaggingError(TaggingErrorCode.Malformed, ItemsName, "'items' is not a list of objects.");
                break;
        }
    }

    private TaggingError Describe(JsonException exception, ref Utf8JsonReader reader)
    {
        if (reader.CurrentDepth > JsonLimits.Depth)
        {
            return RequestFaults.TooDeep(_name, JsonLimits.Depth);
        }

        if (!Utf8.IsValid(window.Bytes) && window.IsFinal)
        {
            return NotUtf8();
        }

        return _name is null
            ? new TaggingError(
                TaggingErrorCode.Malformed,
                null,
                $"The JSON cannot be read (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})."
            )
            : Unreadable();
    }

    private TaggingError Unreadable() =>
        _field?.UnreadableJson() ?? new TaggingError(TaggingErrorCode.Malformed, _name, $"'{_name}' has a value that cannot be read.");

    private TaggingError NotUtf8() =>
        new(TaggingErrorCode.InvalidText, _name, _name is null ? "The JSON is not valid UTF-8." : $"'{_name}' is not valid UTF-8.");

    private static string NameOf(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return $"a name of {Math.Min(reader.ValueSpan.Length, LongestName)} bytes that is not UTF-8";
        }
    }
}
