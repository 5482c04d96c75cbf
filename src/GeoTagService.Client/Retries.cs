using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.Timeout;

namespace GeoTagService.Client;

/// <summary>What is repeated, and when.</summary>
internal static class Retries
{
    /// <summary>Adds the steps: retries outside, the limit of one try inside.</summary>
    /// <remarks>No circuit breaker: a full queue says by <c>Retry-After</c> when there will be room, and a batch has time.
    /// </remarks>
    public static void Configure(ResiliencePipelineBuilder<HttpResponseMessage> builder, GeoTagClientOptions options)
    {
        if (options.MaxRetries > 0)
        {
            builder.AddRetry(
                new HttpRetryStrategyOptions
                {
                    MaxRetryAttempts = options.MaxRetries,
                    Delay = options.RetryDelay,
                    BackoffType = DelayBackoffType.Exponential,
                    UseJitter = true,
                    MaxDelay = TimeSpan.FromMinutes(1),
                    ShouldRetryAfterHeader = true,
                }
            );
        }

        builder.AddTimeout(options.AttemptTimeout);
    }

    public static ResiliencePipeline<HttpResponseMessage> Build(GeoTagClientOptions options)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage>();
        Configure(builder, options);
        return builder.Build();
    }

    /// <summary>Sends, and tells of a try that took too long as of any other failure to get an answer.</summary>
    public static async Task<HttpResponseMessage> SendAsync(
        HttpClient http,
        HttpRequestMessage request,
        HttpCompletionOption completion,
        CancellationToken cancellationToken
    )
    {
        try
        {
            return await http.SendAsync(request, completion, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutRejectedException late)
        {
            throw new HttpRequestException(HttpRequestError.Unknown, $"no answer within {late.Timeout.TotalSeconds:0.#} s", late);
        }
    }
}
