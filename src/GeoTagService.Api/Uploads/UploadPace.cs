namespace GeoTagService.Api.Uploads;

/// <summary>
/// How far a sender is behind the slowest pace that is allowed. Every second of waiting for it adds one, every byte that comes
/// takes off the time that a byte may take, down to nothing. So a pause is forgiven and a trickle is not, and what was sent fast
/// does not pay for standing still later. Not safe for several threads.
/// </summary>
/// <param name="bytesPerSecond">The slowest pace; 0 allows any.</param>
/// <param name="patience">How far it may fall behind, and so how long nothing at all may come.</param>
internal sealed class UploadPace(int bytesPerSecond, TimeSpan patience)
{
    private TimeSpan _behind;

    /// <summary>Whether the sender is too slow.</summary>
    /// <param name="waiting">How long it has been waited for since the last byte.</param>
    public bool IsTooSlow(TimeSpan waiting) => Behind(waiting) > patience;

    /// <summary>How much of its patience the sender has used up.</summary>
    /// <param name="waiting">How long it has been waited for since the last byte.</param>
    public TimeSpan Behind(TimeSpan waiting) => bytesPerSecond == 0 ? TimeSpan.Zero : _behind + waiting;

    /// <summary>Takes note of bytes, and of how long it was waited for them.</summary>
    public void Received(int bytes, TimeSpan waited)
    {
        if (bytesPerSecond > 0)
        {
            var behind = _behind + waited - TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
            _behind = behind > TimeSpan.Zero ? behind : TimeSpan.Zero;
        }
    }
}
