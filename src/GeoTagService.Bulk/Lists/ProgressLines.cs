using System.Globalization;

namespace GeoTagService.Bulk.Lists;

/// <summary>Tells how far a list is where there is no terminal: a line every ten seconds, for logs.</summary>
/// <param name="error">Standard error.</param>
/// <param name="before">How many items were done or rejected before.</param>
/// <param name="time">The clock.</param>
internal sealed class ProgressLines(TextWriter error, long before, TimeProvider time)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(10);

    private readonly long _began = time.GetTimestamp();
    private long _last = time.GetTimestamp();

    /// <summary>Takes note of how far it is.</summary>
    /// <param name="done">Items that are done.</param>
    /// <param name="rejected">Items that are rejected.</param>
    /// <param name="fraction">How much of the list was read, 0 to 1.</param>
    public void Tell(long done, long rejected, double fraction)
    {
        var now = time.GetTimestamp();
        if (time.GetElapsedTime(_last, now) < Every)
        {
            return;
        }

        _last = now;
        var rate = (done + rejected - before) / time.GetElapsedTime(_began, now).TotalSeconds;
        error.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"geotag: {done} done, {rejected} rejected, {rate:0.0}/s, {100 * Math.Min(1, fraction):0} % of the list"
            )
        );
    }
}
