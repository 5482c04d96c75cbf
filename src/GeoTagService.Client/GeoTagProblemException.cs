using System.Net;
using GeoTagService.Contracts;

namespace GeoTagService.Client;

/// <summary>The service refused a request, or answered what no GeoTagService answers.</summary>
public sealed class GeoTagProblemException : Exception
{
    /// <summary>Code of an answer that is no problem document, e.g. a gateway's own error page.</summary>
    public const string UnexpectedAnswer = "unexpected-answer";

    /// <summary>Creates the exception.</summary>
    public GeoTagProblemException(TagProblem problem)
        : base(Describe(problem))
    {
        Problem = problem;
    }

    /// <summary>Creates the exception.</summary>
    public GeoTagProblemException(TagProblem problem, Exception innerException)
        : base(Describe(problem), innerException)
    {
        Problem = problem;
    }

    /// <summary>The problem document (RFC 9457).</summary>
    public TagProblem Problem { get; }

    /// <summary>Stable identifier: <c>invalid-image</c>, <c>image-too-large</c>, <c>overloaded</c> …</summary>
    public string Code => Problem.Code;

    /// <summary>The field to blame, or null.</summary>
    public string? Field => Problem.Field;

    /// <summary>The HTTP status.</summary>
    public HttpStatusCode Status => (HttpStatusCode)Problem.Status;

    /// <summary>How long to wait before trying again, when that helps; every retry has been made by then.</summary>
    public TimeSpan? RetryAfter => Problem.RetryAfter is { } seconds ? TimeSpan.FromSeconds(seconds) : null;

    private static string Describe(TagProblem problem)
    {
        ArgumentNullException.ThrowIfNull(problem);
        return problem.Field is { } field
            ? $"{problem.Title} ({problem.Code}, {field}): {problem.Detail}"
            : $"{problem.Title} ({problem.Code}): {problem.Detail}";
    }
}
