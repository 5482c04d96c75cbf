namespace GeoTagService.Core;

/// <summary>A bundle that cannot be served: the message names the file and the cause.</summary>
public sealed class BundleException : Exception
{
    /// <summary>Creates the exception.</summary>
    public BundleException() { }

    /// <summary>Creates the exception.</summary>
    public BundleException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    public BundleException(string message, Exception innerException)
        : base(message, innerException) { }
}
