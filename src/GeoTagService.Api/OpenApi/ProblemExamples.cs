using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Uploads;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.OpenApi;

/// <summary>What an error of each status looks like, made by the code that makes the errors.</summary>
internal static class ProblemExamples
{
    private const string TraceId = "0af7651916cd43dd8448eb211c80319c";

    /// <summary>An example for a status.</summary>
    public static JsonNode? Of(int status)
    {
        var problem = status switch
        {
            400 => TagProblems.From(new TaggingError(TaggingErrorCode.InvalidText, "title", "'title' is not valid UTF-8.")),
            401 => EdgeProblems.ApiKeyMissing(),
            404 => EdgeProblems.NoLocationEncoder("miniature"),
            408 => TagProblems.From(UploadFaults.TooSlow(4096)),
            413 => TagProblems.From(RequestFaults.ImageTooLarge(20 * 1024 * 1024)),
            415 => TagProblems.From(RequestFaults.UnsupportedContentType("application/pdf", "multipart/form-data")),
            422 => TagProblems.From(
                new TaggingError(TaggingErrorCode.InvalidValue, "lat", "lat is 91; a latitude lies between -90 and 90 degrees.")
            ),
            429 => EdgeProblems.RateLimited(1),
            500 => EdgeProblems.Internal(),
            _ => TagProblems.From(
                new TaggingError(TaggingErrorCode.Overloaded, null, "The queue is full.") { RetryAfter = TimeSpan.FromSeconds(2) }
            ),
        };
        return JsonSerializer.SerializeToNode(problem with { Instance = "/v1/tags", TraceId = TraceId }, TagJson.Default.TagProblem);
    }
}
