using System.Buffers;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Core.Tags;

namespace GeoTagService.Bulk.Work;

/// <summary>Results as Geograph's labeller takes them.</summary>
internal static class WorkPosts
{
    /// <summary>Scores above this are posted; the site shows those above 0.5.</summary>
    public const float PostedAbove = 0.2f;

    private const string NoLabel = "None";
    private const string FailedLabel = "Failed";
    private const int FailedScore = -1;

    /// <summary>How rows of a post are written again, one for one.</summary>
    public static JsonSerializerOptions Rows { get; } = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary><c>[{"image_id","label","score"}]</c>: every score above the threshold, <c>None</c> with 0 when there is
    /// none, <c>Failed</c> with -1 for a photo that cannot be read.</summary>
    public static byte[] Labels(IReadOnlyList<WorkResult> results) =>
        Write(json =>
        {
            foreach (var result in results)
            {
                if (result.Fate is WorkFate.Failed or WorkFate.Gone)
                {
                    Label(json, result.Row.Id, FailedLabel, FailedScore);
                }
                else if (result.Probabilities is { } probabilities)
                {
                    var any = false;
                    foreach (var tag in TagCatalog.Tags.Where(tag => probabilities[tag.HeadRow] > PostedAbove))
                    {
                        Label(json, result.Row.Id, tag.Name, probabilities[tag.HeadRow]);
                        any = true;
                    }

                    if (!any)
                    {
                        Label(json, result.Row.Id, NoLabel, 0);
                    }
                }
            }
        });

    /// <summary><c>[{"image_id","type","embeddings"}]</c>: raw, base64 of little-endian float32; first the photos', then the
    /// titles'.</summary>
    public static byte[] Embeddings(IReadOnlyList<WorkResult> results) =>
        Write(json =>
        {
            foreach (var result in results)
            {
                Embedding(json, result.Row.Id, "image", result.ImageEmbedding);
            }

            foreach (var result in results)
            {
                // The empty title that stood in for a missing one is nobody's title.
                Embedding(json, result.Row.Id, "title", result.Row.Title is null ? null : result.TitleEmbedding);
            }
        });

    /// <summary>A result as the local record keeps it: labels at both thresholds, and what the labeller said of the photo,
    /// such as its photographer and licence.</summary>
    public static byte[] Record(WorkResult result)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("image_id", result.Row.Id);
            json.WriteString("title", result.Row.Title);
            json.WriteString("fate", result.Fate.ToString().ToLowerInvariant());
            json.WriteString("why", result.Why);
            foreach (var (name, threshold) in new[] { ("tags_0.2", PostedAbove), ("tags_0.5", 0.5f) })
            {
                json.WriteStartArray(name);
                foreach (var tag in TagCatalog.Tags.Where(tag => result.Probabilities?[tag.HeadRow] > threshold))
                {
                    json.WriteStringValue(tag.Name);
                }

                json.WriteEndArray();
            }

            foreach (var (name, value) in result.Row.Extra)
            {
                json.WritePropertyName(name);
                value.WriteTo(json);
            }

            json.WriteEndObject();
        }

        buffer.Write("\n"u8);
        return buffer.WrittenSpan.ToArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> rows)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartArray();
            rows(json);
            json.WriteEndArray();
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void Label(Utf8JsonWriter json, long id, string label, float score)
    {
        json.WriteStartObject();
        json.WriteNumber("image_id", id);
        json.WriteString("label", label);
        json.WriteNumber("score", score);
        json.WriteEndObject();
    }

    private static void Embedding(Utf8JsonWriter json, long id, string type, float[]? values)
    {
        if (values is null)
        {
            return;
        }

        json.WriteStartObject();
        json.WriteNumber("image_id", id);
        json.WriteString("type", type);
        json.WriteBase64String("embeddings", LittleEndian(values));
        json.WriteEndObject();
    }

    private static byte[] LittleEndian(float[] values)
    {
        var bytes = MemoryMarshal.AsBytes<float>(values).ToArray();
        if (!BitConverter.IsLittleEndian)
        {
            var bits = MemoryMarshal.Cast<byte, uint>(bytes.AsSpan());
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(bits, bits);
        }

        return bytes;
    }
}
