namespace GeoTagService.Models.Archives;

/// <summary>A weights file that is damaged, hostile, or not one this code reads. The message names file and cause.</summary>
public sealed class WeightsFormatException : Exception
{
    /// <summary>Creates the exception.</summary>
    public WeightsFormatException() { }

    /// <summary>Creates the exception.</summary>
    public WeightsFormatException(string message)
        : base(message) { }

    /// <summary>Creates the exception.</summary>
    public WeightsFormatException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Creates the exception.</summary>
    /// <param name="file">Path of the file; the message carries its name only.</param>
    /// <param name="cause">What is wrong, without a full stop.</param>
    public WeightsFormatException(string file, string cause)
        : base($"{Path.GetFileName(file)}: {cause}") => Cause = cause;

    /// <summary>What is wrong, without the file's name.</summary>
    public string? Cause { get; }
}
