using System.Collections.Concurrent;

namespace GeoTagService.Bulk.Fetching;

/// <summary>What became of a photo on somebody's host.</summary>
internal enum FetchFate
{
    /// <summary>It is here.</summary>
    Had,

    /// <summary>It does not exist any more (404, 410), or can never be had: too large, or no address.</summary>
    Gone,

    /// <summary>The host does not give it to us (401, 403, 429).</summary>
    Refused,

    /// <summary>It could not be had now: the host fails, breaks off, or sends something that is no photo.</summary>
    Unreachable,
}

/// <summary>A photo, or why there is none.</summary>
/// <param name="Fate">What became of it.</param>
/// <param name="Photo">Its bytes when it was had; else empty.</param>
/// <param name="Why">The end of a sentence for people when it was not.</param>
/// <param name="MayPass">Whether it may be had at another time.</param>
internal readonly record struct FetchedPhoto(FetchFate Fate, byte[] Photo, string? Why, bool MayPass);

/// <summary>Fetches photos politely: a few at once of each host, and none of a host that has asked to be left alone.</summary>
internal sealed class PhotoFetcher(PatientHttp http, WebManners manners, long maxPhotoBytes) : IDisposable
{
    private readonly ConcurrentDictionary<string, SemaphoreSlim> _hosts = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Fetches a photo.</summary>
    public async Task<FetchedPhoto> FetchAsync(Uri address, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(address);
        var turn = _hosts.GetOrAdd(address.Authority, _ => new SemaphoreSlim(manners.PerHost));
        await turn.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            // The waits between tries keep the turn: a host that asks for a pause gets one.
            return Judge(await http.GetAsync(address, maxPhotoBytes, MustBePhoto, cancellationToken).ConfigureAwait(false));
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose()
    {
        foreach (var turn in _hosts.Values)
        {
            turn.Dispose();
        }
    }

    /// <summary>Maintenance pages and gateways answer with 200 and a page.</summary>
    private static WebAnswer MustBePhoto(WebAnswer answer) =>
        answer switch
        {
            { IsSuccess: false } => answer,
            { Body.Length: 0 } => answer with { Why = "it sends an empty photo" },
            { MediaType: "text/html" or "application/xhtml+xml" or "application/json" } => answer with
            {
                Why = $"it sends {answer.MediaType} instead of a photo: {answer.BodyText()}",
            },
            _ => answer,
        };

    private static FetchedPhoto Judge(WebAnswer answer) =>
        answer switch
        {
            { IsSuccess: true } => new(FetchFate.Had, answer.Body, null, false),
            { Why: not null, ForGood: true } => new(FetchFate.Gone, [], answer.Why, false),
            { Why: null, Status: 404 or 410 } => new(FetchFate.Gone, [], answer.Describe(), answer.MayPass),
            { Why: null, Status: 401 or 403 or 407 or 429 or 451 } => new(FetchFate.Refused, [], answer.Describe(), answer.MayPass),
            _ => new(FetchFate.Unreachable, [], answer.Describe(), answer.MayPass),
        };
}
