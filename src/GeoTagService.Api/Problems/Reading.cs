using System.Diagnostics.CodeAnalysis;
using GeoTagService.Contracts;
using GeoTagService.Core;

namespace GeoTagService.Api.Problems;

/// <summary>What was read of a request, or the problem that stands in its place: faults of users are values.</summary>
internal readonly struct Reading<T>
    where T : class
{
    private Reading(T? value, TagProblem? problem)
    {
        Value = value;
        Problem = problem;
    }

    public T? Value { get; }

    public TagProblem? Problem { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Problem))]
    public bool IsSuccess => Problem is null;

    public static implicit operator Reading<T>(T value) => new(value, null);

    public static implicit operator Reading<T>(TagProblem problem) => new(null, problem);

    public static implicit operator Reading<T>(TaggingError error) => new(null, TagProblems.From(error));
}
