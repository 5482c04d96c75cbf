namespace GeoTagService.Core;

/// <summary>What stands in the way of a run over many items.</summary>
public enum RunFailure
{
    /// <summary>What was asked for does not exist or makes no sense: a list, a column, a part.</summary>
    Request,

    /// <summary>The machine, its files or another service.</summary>
    Environment,
}

/// <summary>Ends a run over many items; the message is a sentence for people. The command line turns it into an exit code.</summary>
public sealed class RunFailureException : Exception
{
    /// <summary>Ends a run.</summary>
    /// <param name="kind">What stands in the way.</param>
    /// <param name="message">A sentence for people.</param>
    /// <param name="innerException">The cause, where there is one.</param>
    public RunFailureException(RunFailure kind, string message, Exception? innerException = null)
        : base(message, innerException) => Kind = kind;

    /// <summary>What stands in the way.</summary>
    public RunFailure Kind { get; }
}
