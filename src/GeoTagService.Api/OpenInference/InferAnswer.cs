using System.Buffers;
using System.Buffers.Binary;
using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.OpenInference;

/// <summary>The answer to an inference: JSON, with the probabilities in it or behind it.</summary>
internal sealed class InferAnswer(InferRequest request, string model, ModelStamp stamp, IReadOnlyList<TagResult> results, bool isBinary)
    : IResult
{
    /// <summary>Whether the output is wanted as binary data; an error for an output that there is not.</summary>
    public static TaggingError? Wants(InferRequest request, out bool isBinary)
    {
        isBinary = request.Parameters?.BinaryDataOutput ?? false;
        foreach (var output in request.Outputs ?? [])
        {
            if (output?.Name != InferNames.Probabilities)
            {
                return new TaggingError(
                    TaggingErrorCode.InvalidValue,
                    "outputs",
                    $"There is no output '{output?.Name}'; the output is {InferNames.Probabilities}."
                );
            }

            if (output.Parameters?.NotServed is { } extension)
            {
                return NotServed("outputs", extension);
            }

            isBinary = output.Parameters?.BinaryData ?? isBinary;
        }

        return null;
    }

    /// <summary>An extension that would change what is meant.</summary>
    public static TaggingError NotServed(string field, string extension) =>
        new(
            TaggingErrorCode.InvalidValue,
            field,
            $"'{extension}' is not served; the extensions of the protocol that are, {InferNames.BinaryExtension}, are listed under /v2."
        );

    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var response = httpContext.Response;
        var json = new ArrayBufferWriter<byte>();
        WriteJson(json);
        response.ContentType = isBinary ? "application/octet-stream" : "application/json";
        response.ContentLength = json.WrittenCount + (isBinary ? BinaryBytes : 0);
        if (isBinary)
        {
            response.Headers[InferNames.HeaderLength] = json.WrittenCount.ToString(System.Globalization.CultureInfo.InvariantCulture);
        }

        await response.Body.WriteAsync(json.WrittenMemory, httpContext.RequestAborted);
        if (isBinary)
        {
            await response.Body.WriteAsync(Binary(), httpContext.RequestAborted);
        }
    }

    private int BinaryBytes => results.Count * TagCatalog.Count * sizeof(float);

    private byte[] Binary()
    {
        var bytes = new byte[BinaryBytes];
        var at = 0;
        foreach (var probability in results.SelectMany(result => result.Probabilities))
        {
            BinaryPrimitives.WriteSingleLittleEndian(bytes.AsSpan(at), probability);
            at += sizeof(float);
        }

        return bytes;
    }

    private void WriteJson(IBufferWriter<byte> destination)
    {
        using var json = new Utf8JsonWriter(destination);
        json.WriteStartObject();
        json.WriteString("model_name", model);
        json.WriteString("model_version", stamp.Version);
        if (request.Id is not null)
        {
            json.WriteString("id", request.Id);
        }

        // Which head answered (it differs by item where the service chooses), and of which model.
        json.WriteStartObject("parameters");
        json.WriteString("heads", string.Join(',', results.Select(result => result.Head.Name).Distinct()));
        json.WriteString("digest", stamp.Digest);
        var warnings = results.SelectMany(result => result.Warnings).Select(warning => warning.Code).Distinct().ToList();
        if (warnings.Count > 0)
        {
            json.WriteString("warnings", string.Join(',', warnings));
        }

        json.WriteEndObject();
        json.WriteStartArray("outputs");
        json.WriteStartObject();
        json.WriteString("name", InferNames.Probabilities);
        json.WriteString("datatype", InferNames.Single);
        json.WriteStartArray("shape");
        json.WriteNumberValue(results.Count);
        json.WriteNumberValue(TagCatalog.Count);
        json.WriteEndArray();
        if (isBinary)
        {
            json.WriteStartObject("parameters");
            json.WriteNumber(InferNames.BinaryDataSize, BinaryBytes);
            json.WriteEndObject();
        }
        else
        {
            json.WriteStartArray("data");
            foreach (var probability in results.SelectMany(result => result.Probabilities))
            {
                json.WriteNumberValue(probability);
            }

            json.WriteEndArray();
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }
}
