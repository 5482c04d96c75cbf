using System.Threading.RateLimiting;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>A request that was read in full, with the memory that it holds. Dispose it when it is answered.</summary>
internal sealed class TagRequest : IDisposable
{
    private UploadBuffer? _photo;
    private RateLimitLease? _share;

    /// <param name="input">What to tag.</param>
    /// <param name="fields">The text fields.</param>
    /// <param name="warnings">What the reader noticed.</param>
    /// <param name="photo">The photo's bytes, taken over.</param>
    /// <param name="share">The share of the upload budget, taken over.</param>
    public TagRequest(
        TagInput input,
        RequestFields fields,
        IReadOnlyList<TagWarning> warnings,
        UploadBuffer? photo,
        RateLimitLease? share)
    {
        Input = input;
        Fields = fields;
        Warnings = warnings;
        _photo = photo;
        _share = share;
    }

    public TagInput Input { get; }

    public RequestFields Fields { get; }

    public IReadOnlyList<TagWarning> Warnings { get; }

    /// <summary>Runs the workshop on this request until it answers or the clock runs out.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<T>> RunAsync<T>(
        RequestClock clock, Func<TagInput, CancellationToken, Task<Outcome<T>>> work)
        where T : class
    {
        try
        {
            var input = clock.Timeout is null ? Input : Input with { Options = Input.Options with { Timeout = clock.Timeout } };
            var outcome = await work(input, clock.Token);
            return outcome.Error is { Code: TaggingErrorCode.MissingInput } && Fields.Unknown.Count > 0
                ? outcome.Error with { Detail = $"{outcome.Error.Detail} {Fields.Warnings().First().Message}" }
                : outcome;
        }
        catch (OperationCanceledException)
        {
            // A decoder may still be reading the photo: its array must not come back to the pool.
            _photo?.Abandon();
            _photo = null;
            if (clock.Expired)
            {
                return clock.Refusal();
            }

            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _photo?.Dispose();
        _photo = null;
        _share?.Dispose();
        _share = null;
    }
}
