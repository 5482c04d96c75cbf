using System.Text.Json;
using GeoTagService.Bulk.Fetching;

namespace GeoTagService.Bulk.Work;

/// <summary>How the worker behaves towards the labeller.</summary>
/// <param name="Address">The labeller's endpoint, polled and posted to.</param>
/// <param name="Limit">Most rows of a batch.</param>
/// <param name="Worker">Which of the labeller's 32 parts this worker takes.</param>
/// <param name="Pause">Shortest time between two polls.</param>
/// <param name="Attempts">How often a row, or a post, may fail before it is set aside.</param>
/// <param name="WarnsOfUntitled">Whether every row without a title is told of.</param>
public sealed record WorkManners(Uri Address, int Limit, int Worker, TimeSpan Pause, int Attempts, bool WarnsOfUntitled);

/// <summary>Speaks with the labeller. Only the requests are patient here; what is to be tried again later is the runner's.</summary>
internal sealed class Labeller(WorkManners manners, PatientHttp http)
{
    private const long MaxAnswerBytes = 64 << 20;

    /// <summary>Most rows that are asked for, whatever is in the way.</summary>
    private const int MostRows = 10_000;

    /// <summary>Asks for work.</summary>
    /// <param name="further">How many rows more than the limit to ask for: those that are known and not wanted.</param>
    /// <param name="offset">How many rows to pass over.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The batch, or why there is none.</returns>
    public async Task<(WorkBatch? Batch, string? Why)> PollAsync(int further, int offset, CancellationToken cancellationToken)
    {
        var query =
            $"limit={Math.Min(manners.Limit + further, MostRows)}&unique_number={manners.Worker}{(offset > 0 ? $"&offset={offset}" : "")}";
        var address = new UriBuilder(manners.Address);
        address.Query = address.Query.Length > 1 ? $"{address.Query[1..]}&{query}" : query;
        var answer = await http.GetAsync(address.Uri, MaxAnswerBytes, null, cancellationToken).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            return (null, answer.Describe());
        }

        try
        {
            return WorkBatch.Parse(answer.Body);
        }
        catch (JsonException)
        {
            return (null, $"it answers something else than JSON: {answer.BodyText()}");
        }
    }

    /// <summary>Hands in results.</summary>
    public async Task<PostFate> PostAsync(byte[] json, IReadOnlySet<long> ids, CancellationToken cancellationToken) =>
        PostFate.Of(await http.PostAsync(manners.Address, json, MaxAnswerBytes, cancellationToken).ConfigureAwait(false), ids);
}
