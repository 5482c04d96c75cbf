using System.Diagnostics;
using System.Text;
using System.Text.Json;
using GeoTagService.Contracts;
using GeoTagService.Core;
using Microsoft.AspNetCore.Diagnostics;

namespace GeoTagService.Api.Problems;

/// <summary>Writes every error of the service as one kind of document: RFC 9457, <c>application/problem+json</c>.</summary>
internal static class ProblemResults
{
    public const string ContentType = "application/problem+json";

    /// <summary>A refusal as the result of an endpoint.</summary>
    public static IResult ToResult(this TagProblem problem) => new ProblemResult(problem);

    /// <summary>A refusal as the result of an endpoint.</summary>
    public static IResult ToResult(this TaggingError error) => new ProblemResult(TagProblems.From(error));

    /// <summary>Makes the framework's own refusals (404, 405, …) and faults (500) the same kind of document.</summary>
    public static void UseProblemDocuments(this IApplicationBuilder app)
    {
        app.UseExceptionHandler(
            new ExceptionHandlerOptions
            {
                ExceptionHandler = static context => WriteAsync(context, FromException(context)),
                // 499 is what the framework sets for a client that left.
                StatusCodeSelector = static exception => exception is BadHttpRequestException bad ? bad.StatusCode : 500,
                SuppressDiagnosticsCallback = static handled => handled.Exception is BadHttpRequestException,
            }
        );
        app.UseStatusCodePages(static pages =>
            WriteAsync(pages.HttpContext, EdgeProblems.FromStatus(pages.HttpContext.Response.StatusCode))
        );
    }

    /// <summary>Writes a refusal to the response, which must not have started.</summary>
    public static async Task WriteAsync(HttpContext context, TagProblem problem)
    {
        context.Response.StatusCode = problem.Status;
        context.Response.ContentType = ContentType;
        if (problem.RetryAfter is { } seconds)
        {
            context.Response.Headers.RetryAfter = seconds.ToString();
        }

        var document = problem with
        {
            Instance = context.Request.Path.Value,
            TraceId = Activity.Current?.TraceId.ToString() ?? context.TraceIdentifier,
            RequestId = context.TraceIdentifier,
        };
        var body = !ErrorMember.IsWanted(context.Request)
            ? JsonSerializer.SerializeToUtf8Bytes(document, TagJson.Wire.TagProblem)
            : WithErrorMember(document);
        context.Response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(context.Request.Method))
        {
            await context.Response.Body.WriteAsync(body, context.RequestAborted);
        }
    }

    private static byte[] WithErrorMember(TagProblem document)
    {
        var members = JsonSerializer.SerializeToNode(document, TagJson.Wire.TagProblem)!.AsObject();
        members[ErrorMember.Name] = document.Detail;
        return Encoding.UTF8.GetBytes(members.ToJsonString());
    }

    private static TagProblem FromException(HttpContext context) =>
        context.Features.Get<IExceptionHandlerFeature>()?.Error is BadHttpRequestException bad
            ? EdgeProblems.FromStatus(bad.StatusCode)
            : EdgeProblems.Internal();

    private sealed class ProblemResult(TagProblem problem) : IResult, IStatusCodeHttpResult
    {
        public int? StatusCode => problem.Status;

        public Task ExecuteAsync(HttpContext httpContext) => WriteAsync(httpContext, problem);
    }
}
