using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using GeoTagService.Contracts;

namespace GeoTagService.Client;

/// <summary>What came back, as records; whatever came back.</summary>
internal static class Answer
{
    private const int ShownOfUnexpectedBody = 200;

    /// <exception cref="GeoTagProblemException">The body is not what the service answers.</exception>
    public static T Read<T>(HttpResponseMessage answer, ReadOnlySpan<byte> body, JsonTypeInfo<T> wire)
        where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(body, wire) ?? throw new JsonException("null");
        }
        catch (JsonException fault)
        {
            throw new GeoTagProblemException(Unexpected(answer, body), fault);
        }
    }

    /// <summary>The problem document, or one that says what was there instead.</summary>
    public static TagProblem ToProblem(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        try
        {
            if (JsonSerializer.Deserialize(body, TagJson.Wire.TagProblem) is { Code: not null, Detail: not null } problem)
            {
                return problem;
            }
        }
        catch (JsonException)
        {
            // No JSON: a gateway's page. What it says is told below.
        }

        return Unexpected(answer, body);
    }

    private static TagProblem Unexpected(HttpResponseMessage answer, ReadOnlySpan<byte> body)
    {
        var wait = answer.Headers.RetryAfter?.Delta is { } delta ? (int?)Math.Ceiling(delta.TotalSeconds) : null;
        var shown = Encoding.UTF8.GetString(body[..Math.Min(body.Length, ShownOfUnexpectedBody)]);
        return new TagProblem(
            TagProblem.TypePrefix + GeoTagProblemException.UnexpectedAnswer,
            "Not an answer of GeoTagService",
            (int)answer.StatusCode,
            shown.Length == 0 ? "The body is empty." : $"The body begins: {shown}",
            GeoTagProblemException.UnexpectedAnswer,
            RetryAfter: wait
        );
    }
}
