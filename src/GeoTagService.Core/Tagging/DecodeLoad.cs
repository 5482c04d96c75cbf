namespace GeoTagService.Core.Tagging;

/// <summary>
/// The photos that wait for one way of decoding or are under way in it, weighed by what their headers ask for: a hundred
/// small ones may take less time than a single large one. Safe for many threads.
/// </summary>
/// <param name="name">What is loaded, for messages.</param>
/// <param name="width">Photos that are decoded at once.</param>
/// <param name="time">The clock.</param>
internal sealed class DecodeLoad(string name, int width, TimeProvider time)
{
    // What one new photo weighs against all earlier ones.
    private const double Weight = 0.1;

    /// <summary>What any photo takes beside its pixels, in pixels × passes: some milliseconds. Without it a few tiny photos would make
    /// every pixel
    /// seem to take as long as they did, and the next large one would be expected to take hours.</summary>
    private const long WorkOfAnyPhoto = 500_000;

    private const int FewestPhotos = 5;

    private static readonly TimeSpan ShortestRetry = TimeSpan.FromMilliseconds(100);

    private readonly Lock _access = new();
    private double _meanWork,
        _meanSeconds;
    private int _measured;
    private long _work;
    private int _photos;
    private long _lastProgress = time.GetTimestamp();

    /// <summary>Takes a photo in, or says why not.</summary>
    /// <param name="work">What it asks for, in pixels × passes.</param>
    /// <param name="maxWait">Longest time that anybody should wait.</param>
    /// <param name="timeout">How long its client will wait, or null.</param>
    /// <returns>Null when it was taken in; <see cref="Leave"/> is due then.</returns>
    public TaggingError? Enter(long work, TimeSpan maxWait, TimeSpan? timeout)
    {
        work += WorkOfAnyPhoto;
        lock (_access)
        {
            // An idle decoder takes whoever comes: what it measured may be stale.
            if (_photos > 0 && Refusal(work, maxWait, timeout) is { } refusal)
            {
                return refusal;
            }

            if (_photos++ == 0)
            {
                // From idle to busy: the stall clock starts here, not at the last photo of yesterday.
                _lastProgress = time.GetTimestamp();
            }

            _work += work;
            return null;
        }
    }

    /// <summary>A photo is done, or its caller has left.</summary>
    /// <param name="work">What it asked for.</param>
    /// <param name="took">How long decoding it took; null when it was not decoded to the end.</param>
    public void Leave(long work, TimeSpan? took)
    {
        work += WorkOfAnyPhoto;
        lock (_access)
        {
            _photos--;
            _work -= work;
            _lastProgress = time.GetTimestamp();
            if (took is { } duration)
            {
                // The first few count alike, later ones fade.
                _measured = Math.Min(_measured + 1, (int)(1 / Weight));
                _meanWork += (work - _meanWork) / _measured;
                _meanSeconds += (duration.TotalSeconds - _meanSeconds) / _measured;
            }
        }
    }

    /// <summary>Why it is stuck (photos wait, and none has moved for a while), or null.</summary>
    /// <param name="timeout">How long is too long.</param>
    public string? Stalled(TimeSpan timeout)
    {
        lock (_access)
        {
            var still = time.GetElapsedTime(_lastProgress);
            return _photos > 0 && still > timeout
                ? $"{Counted.Of(_photos, "photo waits", "photos wait")} for {name} and none has moved for {still.TotalSeconds:0} s"
                : null;
        }
    }

    private TaggingError? Refusal(long work, TimeSpan maxWait, TimeSpan? timeout)
    {
        if (_measured < FewestPhotos)
        {
            return null;
        }

        var secondsPerWork = _meanSeconds / _meanWork;
        var wait = TimeSpan.FromSeconds(_work * secondsPerWork / width);
        if (wait > maxWait)
        {
            return new TaggingError(
                TaggingErrorCode.Overloaded,
                null,
                $"the photos that wait for {name} would take about {wait.TotalSeconds:0.0} s"
            )
            {
                RetryAfter = wait - maxWait > ShortestRetry ? wait - maxWait : ShortestRetry,
            };
        }

        var own = TimeSpan.FromSeconds(work * secondsPerWork);
        return timeout is { } patience && wait + own > patience
            ? new TaggingError(
                TaggingErrorCode.DeadlineExceeded,
                null,
                $"decoding this photo behind those that wait would take about {(wait + own).TotalSeconds:0.0} s, longer than this request may wait"
            )
            {
                RetryAfter = wait > ShortestRetry ? wait : ShortestRetry,
            }
            : null;
    }
}
