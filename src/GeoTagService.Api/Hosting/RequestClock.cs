using System.Globalization;
using GeoTagService.Core;

namespace GeoTagService.Api.Hosting;

/// <summary>How long a client will wait (header <c>X-Request-Timeout</c>), and the token that ends its work then or when
/// it leaves.</summary>
internal sealed class RequestClock : IDisposable
{
    public const string Header = "X-Request-Timeout";

    private static readonly TimeSpan Longest = TimeSpan.FromHours(1);

    private readonly CancellationToken _aborted;
    private readonly CancellationTokenSource? _deadline;
    private readonly CancellationTokenSource? _either;

    private RequestClock(TimeSpan? timeout, TimeProvider time, CancellationToken aborted)
    {
        Timeout = timeout;
        _aborted = aborted;
        Token = aborted;
        if (timeout is { } wait)
        {
            _deadline = new CancellationTokenSource(wait, time);
            _either = CancellationTokenSource.CreateLinkedTokenSource(aborted, _deadline.Token);
            Token = _either.Token;
        }
    }

    /// <summary>How long the client will wait, or null when it did not say.</summary>
    public TimeSpan? Timeout { get; }

    /// <summary>Cancelled when the client left or its time is over.</summary>
    public CancellationToken Token { get; }

    /// <summary>Whether the time was over before the client left.</summary>
    public bool Expired => _deadline is { IsCancellationRequested: true } && !_aborted.IsCancellationRequested;

    /// <summary>Starts the clock of a request.</summary>
    public static Outcome<RequestClock> Start(HttpContext context, TimeProvider time)
    {
        var text = context.Request.Headers[Header].ToString();
        if (text.Length == 0)
        {
            return new RequestClock(null, time, context.RequestAborted);
        }

        return TryParse(text, out var timeout)
            ? new RequestClock(timeout, time, context.RequestAborted)
            : new TaggingError(
                TaggingErrorCode.Malformed,
                Header,
                $"'{Header}' is a number of seconds above 0 and up to 3600 (2.5), or milliseconds (500ms)."
            );
    }

    /// <summary>The refusal when the time is over.</summary>
    public TaggingError Refusal() =>
        new(TaggingErrorCode.DeadlineExceeded, Header, $"The request could not be answered within its {Timeout?.TotalSeconds:0.###} s.")
        {
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    /// <inheritdoc/>
    public void Dispose()
    {
        _either?.Dispose();
        _deadline?.Dispose();
    }

    /// <summary>Reads the header: a number of seconds above 0 and up to 3600, or milliseconds (<c>500ms</c>).</summary>
    public static bool TryParse(string text, out TimeSpan timeout)
    {
        var span = text.AsSpan().Trim();
        var unit = 1000d;
        if (span.EndsWith("ms", StringComparison.OrdinalIgnoreCase))
        {
            span = span[..^2];
            unit = 1d;
        }
        else if (span.EndsWith("s", StringComparison.OrdinalIgnoreCase))
        {
            span = span[..^1];
        }

        timeout = default;
        if (
            !double.TryParse(span, NumberStyles.Float, CultureInfo.InvariantCulture, out var number)
            || !(number > 0 && number * unit <= Longest.TotalMilliseconds)
        )
        {
            return false;
        }

        timeout = TimeSpan.FromMilliseconds(Math.Max(1, number * unit));
        return true;
    }
}
