namespace GeoTagService.Models.Sources;

/// <summary>A model that could not be fetched and installed; the message says what was tried and why it failed.</summary>
public sealed class PullException : Exception
{
    /// <summary>Creates the exception.</summary>
    public PullException() { }

    /// <summary>Creates the exception.</summary>
    public PullException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    public PullException(string message, Exception innerException)
        : base(message, innerException) { }
}
