namespace GeoTagService.Models.Sources;

/// <summary>How an attempt at a transfer ended.</summary>
internal enum TransferState
{
    /// <summary>All bytes are here; their digest is not checked yet.</summary>
    Complete,

    /// <summary>Worth another attempt.</summary>
    Interrupted,

    /// <summary>This address will not give the file.</summary>
    Refused,
}

/// <summary>The end of one attempt.</summary>
/// <param name="State">How it ended.</param>
/// <param name="Cause">Why, unless complete.</param>
/// <param name="NewBytes">Bytes that it brought.</param>
/// <param name="RetryAfter">Pause that the server asks for.</param>
internal sealed record TransferResult(TransferState State, string Cause = "", long NewBytes = 0, TimeSpan? RetryAfter = null);
