using System.Text.Json;
using GeoTagService.Api.Fields;
using GeoTagService.Core;

namespace GeoTagService.Api.OpenInference;

/// <summary>
/// Reads the JSON of a request for inference in one pass, and counts while it reads: a body of empty objects would take many times
/// its size otherwise. Strings stay where they stand in the body.
/// </summary>
internal ref struct InferJsonReader
{
    /// <summary>Far more than a batch of the largest size has.</summary>
    private const int MostTokens = 16 * 1024;

    private readonly ReadOnlyMemory<byte> _json;
    private Utf8JsonReader _reader;
    private int _tokens;
    private string? _field;

    private InferJsonReader(ReadOnlyMemory<byte> json)
    {
        _json = json;
        _reader = new Utf8JsonReader(json.Span);
    }

    /// <summary>Reads a request; what is wrong with it names the byte.</summary>
    public static Outcome<InferRequest> Read(ReadOnlyMemory<byte> json)
    {
        var reader = new InferJsonReader(json);
        try
        {
            return reader.ReadRequest();
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return reader._tokens > MostTokens
                ? RequestFaults.TooManyMembers("inputs", MostTokens)
                : new TaggingError(
                    TaggingErrorCode.Malformed,
                    reader._field,
                    reader.EndsAtNaN()
                        ? "NaN is no JSON: write null where an item has no place, or send the tensor as binary data."
                        : $"The JSON cannot be read at byte {reader._reader.TokenStartIndex + 1}, or is no request for inference."
                );
        }
    }

    /// <summary>Whether the reader stands before a NaN, as Python writes it.</summary>
    private readonly bool EndsAtNaN() => _json.Span[(int)_reader.BytesConsumed..].TrimStart(" \t\r\n,"u8).StartsWith("NaN"u8);

    private InferRequest ReadRequest()
    {
        string? id = null;
        InferParameters? parameters = null;
        List<InferTensor?>? inputs = null;
        List<InferOutput?>? outputs = null;
        Expect(JsonTokenType.StartObject, Next());
        while (NextName() is { } name)
        {
            _field = name;
            switch (name)
            {
                case "id" when id is null:
                    id = Text(Next());
                    break;
                case "parameters" when parameters is null:
                    parameters = ReadParameters(Next());
                    break;
                case "inputs" when inputs is null:
                    inputs = Starts(JsonTokenType.StartArray) ? [] : null;
                    while (inputs is not null && Next() != JsonTokenType.EndArray)
                    {
                        inputs.Add(ReadTensor());
                    }

                    break;
                case "outputs" when outputs is null:
                    outputs = Starts(JsonTokenType.StartArray) ? [] : null;
                    while (outputs is not null && Next() != JsonTokenType.EndArray)
                    {
                        outputs.Add(ReadOutput());
                    }

                    break;
                case "id" or "parameters" or "inputs" or "outputs":
                    throw new JsonException("given twice");
                default:
                    Skip(Next());
                    break;
            }
        }

        _field = null;
        // What follows the object, were there anything.
        _reader.Read();
        return new InferRequest(id, parameters, inputs, outputs);
    }

    private InferTensor? ReadTensor()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, _reader.TokenType);
        var tensor = new InferTensor(null, null, null, null, null);
        while (NextName() is { } name)
        {
            tensor = name switch
            {
                "name" => tensor with { Name = Text(Next()) },
                "shape" => tensor with { Shape = ReadShape() },
                "datatype" => tensor with { Datatype = Text(Next()) },
                "parameters" => tensor with { Parameters = ReadParameters(Next()) },
                "data" => tensor with { Data = ReadData() },
                _ => Pass(tensor),
            };
        }

        return tensor;
    }

    private InferOutput? ReadOutput()
    {
        if (_reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, _reader.TokenType);
        var output = new InferOutput(null, null);
        while (NextName() is { } name)
        {
            output = name switch
            {
                "name" => output with { Name = Text(Next()) },
                "parameters" => output with { Parameters = ReadParameters(Next()) },
                _ => Pass(output),
            };
        }

        return output;
    }

    private InferParameters? ReadParameters(JsonTokenType first)
    {
        if (first == JsonTokenType.Null)
        {
            return null;
        }

        Expect(JsonTokenType.StartObject, first);
        var parameters = new InferParameters();
        while (NextName() is { } name)
        {
            var token = Next();
            switch (name)
            {
                case InferNames.BinaryDataSize:
                    // What is no size of anything is told by the name of its input.
                    parameters.BinaryDataSize = token == JsonTokenType.Number && _reader.TryGetInt32(out var size) ? size : -1;
                    break;
                case InferNames.BinaryData:
                    parameters.BinaryData = Flag(token);
                    break;
                case InferNames.BinaryDataOutput:
                    parameters.BinaryDataOutput = Flag(token);
                    break;
                case InferNames.ContentType:
                    parameters.IsBase64 = token == JsonTokenType.String && _reader.ValueTextEquals("base64"u8);
                    break;
            }

            if (name is InferNames.Classification or InferNames.SharedMemory)
            {
                parameters.NotServed = name;
            }

            Skip(token);
        }

        return parameters;
    }

    private List<long>? ReadShape()
    {
        if (!Starts(JsonTokenType.StartArray))
        {
            return null;
        }

        var shape = new List<long>();
        while (Next() != JsonTokenType.EndArray)
        {
            Expect(JsonTokenType.Number, _reader.TokenType);
            shape.Add(_reader.TryGetInt64(out var size) ? size : throw new JsonException("no size"));
        }

        return shape;
    }

    /// <summary>Elements, which may be nested as the shape is; they are wanted flat.</summary>
    private List<InferValue> ReadData()
    {
        var values = new List<InferValue>();
        var depth = 0;
        do
        {
            var token = Next();
            depth += token switch
            {
                JsonTokenType.StartArray => 1,
                JsonTokenType.EndArray => -1,
                _ => 0,
            };
            if (token is not (JsonTokenType.StartArray or JsonTokenType.EndArray))
            {
                values.Add(
                    new InferValue(
                        token,
                        token == JsonTokenType.String ? TextInPlace() : default,
                        token == JsonTokenType.Number && _reader.TryGetSingle(out var number) ? number : null
                    )
                );
                Skip(token);
            }
        } while (depth > 0);

        return values;
    }

    /// <summary>The bytes of a string: those of the body, unless some of them are escaped.</summary>
    private readonly ReadOnlyMemory<byte> TextInPlace()
    {
        if (!_reader.ValueIsEscaped)
        {
            return _json.Slice((int)_reader.TokenStartIndex + 1, _reader.ValueSpan.Length);
        }

        var text = new byte[_reader.ValueSpan.Length];
        return text.AsMemory(0, _reader.CopyString(text));
    }

    private bool Starts(JsonTokenType expected)
    {
        if (Next() == JsonTokenType.Null)
        {
            return false;
        }

        Expect(expected, _reader.TokenType);
        return true;
    }

    private string? Text(JsonTokenType token)
    {
        if (token != JsonTokenType.Null)
        {
            Expect(JsonTokenType.String, token);
        }

        return _reader.GetString();
    }

    /// <summary>The next member's name, or null at the object's end.</summary>
    private string? NextName() => Next() == JsonTokenType.EndObject ? null : _reader.GetString();

    private T Pass<T>(T value)
    {
        Skip(Next());
        return value;
    }

    /// <summary>Passes over a value whose first token was read.</summary>
    private void Skip(JsonTokenType first)
    {
        if (first is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            for (
                var depth = _reader.CurrentDepth;
                Next() is not (JsonTokenType.EndObject or JsonTokenType.EndArray) || _reader.CurrentDepth > depth;

            )
            {
                // Counted all the same.
            }
        }
    }

    private JsonTokenType Next()
    {
        if (!_reader.Read() || ++_tokens > MostTokens)
        {
            throw new JsonException("ends too early, or goes on for too long");
        }

        return _reader.TokenType;
    }

    private static bool? Flag(JsonTokenType token) =>
        token switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => null,
        };

    private static void Expect(JsonTokenType expected, JsonTokenType token)
    {
        if (token != expected)
        {
            throw new JsonException($"{expected} is expected");
        }
    }
}
