using System.Net.Http.Headers;
using System.Text;

namespace GeoTagService.Api.FunctionalTests;

/// <summary>Requests as clients write them.</summary>
internal static class Requests
{
    public static MultipartFormDataContent Form(byte[]? image = null, params (string Name, string Value)[] fields)
    {
        var form = new MultipartFormDataContent();
        if (image is not null)
        {
            form.Add(Photo(image), "image", "photo.jpg");
        }

        foreach (var (name, value) in fields)
        {
            form.Add(new StringContent(value), name);
        }

        return form;
    }

    public static ByteArrayContent Photo(byte[] image, string type = "image/jpeg")
    {
        var content = new ByteArrayContent(image);
        content.Headers.ContentType = new MediaTypeHeaderValue(type);
        return content;
    }

    public static StringContent Json(string json) => new(json, Encoding.UTF8, "application/json");

    public static StringContent NdJson(params string[] lines) =>
        new(string.Join('\n', lines) + "\n", Encoding.UTF8, "application/x-ndjson");

    /// <summary>An NDJSON line.</summary>
    public static string Line(string id, string? title = null, byte[]? image = null, string more = "") =>
        "{"
        + string.Join(
            ',',
            new[]
            {
                $"\"id\":\"{id}\"",
                title is null ? "" : $"\"title\":\"{title}\"",
                image is null ? "" : $"\"image\":\"{Convert.ToBase64String(image)}\"",
                more,
            }.Where(part => part.Length > 0)
        )
        + "}";
}
