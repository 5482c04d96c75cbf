using GeoTagService.Api.Fields;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;

namespace GeoTagService.Api.Tagging;

/// <summary>One item that was received in full, with the memory that it holds and its client's clock. Dispose it when it is answered.
/// </summary>
/// <param name="draft">What was read; its photo is taken over.</param>
/// <param name="upload">The memory that it holds, taken over, or null.</param>
/// <param name="clock">How long its client waits, taken over.</param>
internal sealed class ReceivedItem(RequestDraft draft, Upload? upload, RequestClock clock) : IDisposable
{
    /// <summary>What was read.</summary>
    public RequestDraft Draft => draft;

    /// <summary>What the reader noticed.</summary>
    public IReadOnlyList<TagWarning> Warnings { get; } = [.. draft.Warnings()];

    /// <summary>How long it took to receive.</summary>
    public TimeSpan ReadTime { get; init; }

    /// <summary>Works on it until there is an answer or the clock runs out.</summary>
    /// <exception cref="OperationCanceledException">The client left.</exception>
    public async Task<Outcome<T>> WorkAsync<T>(Func<TagInput, CancellationToken, Task<Outcome<T>>> work)
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
                ? outcome.Error with
                {
                    Detail = $"{outcome.Error.Detail} {Warnings[0].Message}",
                }
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
        clock.Dispose();
    }
}
