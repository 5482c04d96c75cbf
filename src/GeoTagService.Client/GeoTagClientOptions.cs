using System.ComponentModel.DataAnnotations;

namespace GeoTagService.Client;

/// <summary>How patiently a client asks.</summary>
public sealed class GeoTagClientOptions : IValidatableObject
{
    /// <summary>Root of the service, e.g. <c>https://tags.example.org/</c>; a path in front is kept.</summary>
    [Required]
    public Uri? BaseAddress { get; set; }

    /// <summary>Sent as <c>X-Api-Key</c> when the service asks for one. Default none.</summary>
    public string? ApiKey { get; set; }

    /// <summary>How often a request is repeated that met a full queue (503, 429), a server error or a broken connection.
    /// Every operation only computes, so that repeating one does no harm. Default 5, 0 to 100.</summary>
    [Range(0, 100)]
    public int MaxRetries { get; set; } = 5;

    /// <summary>The first wait; it doubles each time, with jitter. <c>Retry-After</c> replaces it. Default 0.5 s, 0 to 10
    /// minutes.</summary>
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>Longest time that one try may take until its answer begins. Default 100 s, 10 ms to a day.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(100);

    // The framework's own range of times converts its bounds at the first check, and may be asked by one thread only until then.
    IEnumerable<ValidationResult> IValidatableObject.Validate(ValidationContext validationContext)
    {
        if (OutOfRange(nameof(RetryDelay), RetryDelay, TimeSpan.Zero, TimeSpan.FromMinutes(10)) is { } delay)
        {
            yield return delay;
        }

        if (OutOfRange(nameof(AttemptTimeout), AttemptTimeout, TimeSpan.FromMilliseconds(10), TimeSpan.FromDays(1)) is { } timeout)
        {
            yield return timeout;
        }
    }

    private static ValidationResult? OutOfRange(string name, TimeSpan value, TimeSpan least, TimeSpan most) =>
        value >= least && value <= most ? null : new ValidationResult($"The field {name} must be between {least:c} and {most:c}.", [name]);
}

/// <summary>How a batch is sent.</summary>
/// <param name="ItemsPerRequest">Items of one request, 1 to 64. HTTP/1.1 has no room for a sender that goes on sending
/// while it lets answers lie, so that a batch travels in pieces whose answers fit into the connection's buffers.</param>
/// <param name="Requests">Requests under way at once, 1 to 16; together with <paramref name="ItemsPerRequest"/> the most
/// items that are held in memory.</param>
public sealed record BatchShape(int ItemsPerRequest = 16, int Requests = 2)
{
    /// <summary>The defaults.</summary>
    public static BatchShape Default { get; } = new();

    internal BatchShape Checked()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(ItemsPerRequest, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(ItemsPerRequest, 64);
        ArgumentOutOfRangeException.ThrowIfLessThan(Requests, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Requests, 16);
        return this;
    }
}
