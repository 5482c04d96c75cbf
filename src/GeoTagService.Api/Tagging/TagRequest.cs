using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>A request that was read in full, with the memory that it holds. Dispose it when it is answered.</summary>
/// <param name="draft">What was read; its photo is taken over.</param>
/// <param name="upload">The memory that it holds, taken over, or null.</param>
internal sealed class TagRequest(RequestDraft draft, Upload? upload) : IDisposable
{
    /// <summary>What was read.</summary>
    public RequestDraft Draft => draft;

    /// <summary>What the reader noticed.</summary>
    public IReadOnlyList<TagWarning> Warnings { get; } = [.. draft.Warnings()];

    /// <summary>Runs the workshop on this request until it answers or the clock runs out.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<T>> RunAsync<T>(
        RequestClock clock, Func<TagInput, CancellationToken, Task<Outcome<T>>> work)
        where T : class
    {
        try
        {
            var input = draft.ToInput();
            if (clock.Timeout is not null)
            {
                input = input with { Options = input.Options with { Timeout = clock.Timeout } };
            }

            var outcome = await work(input, clock.Token);
            // A photo under another name is the likeliest reason that there is none.
            return outcome.Error is { Code: TaggingErrorCode.MissingInput } && Warnings.Count > 0
                ? outcome.Error with { Detail = $"{outcome.Error.Detail} {Warnings[0].Message}" }
                : outcome;
        }
        catch (OperationCanceledException)
        {
            // A decoder may still be reading the photo: its array must not come back to the pool.
            draft.Photo?.Abandon();
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
        draft.Photo?.Dispose();
        upload?.Dispose();
    }
}
