using System.Diagnostics.CodeAnalysis;

namespace GeoTagService.Core;

/// <summary>A value, or the <see cref="TaggingError"/> that stands in its place. User faults are values, bugs are exceptions.</summary>
/// <typeparam name="T">What a success carries.</typeparam>
public readonly struct Outcome<T>
    where T : class
{
    private Outcome(T? value, TaggingError? error)
    {
        Value = value;
        Error = error;
    }

    /// <summary>The value of a success, otherwise null.</summary>
    public T? Value { get; }

    /// <summary>The error of a failure, otherwise null.</summary>
    public TaggingError? Error { get; }

    /// <summary>Whether this is a success.</summary>
    [MemberNotNullWhen(true, nameof(Value))]
    [MemberNotNullWhen(false, nameof(Error))]
    public bool IsSuccess => Error is null;

    /// <summary>A success.</summary>
    public static implicit operator Outcome<T>(T value) => new(value, null);

    /// <summary>A failure.</summary>
    public static implicit operator Outcome<T>(TaggingError error) => new(null, error);
}
