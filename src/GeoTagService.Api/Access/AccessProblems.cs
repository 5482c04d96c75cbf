using GeoTagService.Contracts;

namespace GeoTagService.Api.Access;

/// <summary>Why somebody may not call.</summary>
internal static class AccessProblems
{
    /// <summary>So many wrong keys came from the address that a further one is not looked at.</summary>
    public static TagProblem TooManyWrongKeys(int secondsToWait) =>
        new(
            TagProblem.TypePrefix + "too-many-wrong-keys",
            "Too many wrong keys",
            StatusCodes.Status429TooManyRequests,
            "Too many wrong API keys came from this address; it may try again later.",
            "too-many-wrong-keys",
            ApiKeys.Header
        )
        {
            RetryAfter = secondsToWait,
        };
}
