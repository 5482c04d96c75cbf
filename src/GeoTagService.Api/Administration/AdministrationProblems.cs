using GeoTagService.Contracts;

namespace GeoTagService.Api.Administration;

/// <summary>Why something was not done for an operator.</summary>
internal static class AdministrationProblems
{
    public static TagProblem UnderWay() =>
        Create(
            StatusCodes.Status409Conflict,
            "reload-under-way",
            "A reload is under way",
            "Another reload has begun and not ended; this one did nothing."
        );

    public static TagProblem Refused(string reason) =>
        Create(StatusCodes.Status422UnprocessableEntity, "reload-refused", "The bundle before goes on", reason);

    public static TagProblem FromAPage() =>
        Create(
            StatusCodes.Status403Forbidden,
            "not-for-pages",
            "Pages may not ask this",
            "The request comes from a page in a browser (Origin, Sec-Fetch-Site)."
        );

    private static TagProblem Create(int status, string code, string title, string detail) =>
        new(TagProblem.TypePrefix + code, title, status, detail, code);
}
