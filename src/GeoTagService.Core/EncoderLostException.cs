namespace GeoTagService.Core;

/// <summary>The encoder can do nothing more in this process, whatever it is given: only a new process gets the card back. The host
/// ends the process, and whoever waits is told to try elsewhere.</summary>
public sealed class EncoderLostException : Exception
{
    /// <summary>Creates it.</summary>
    /// <param name="message">What was lost, and why.</param>
    /// <param name="innerException">The failure that showed it, if any.</param>
    public EncoderLostException(string message, Exception? innerException = null)
        : base(message, innerException) { }
}
