using System.CommandLine;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli.Commands;

/// <summary>How a command behaves towards the hosts that it fetches from: the same wherever it does.</summary>
internal sealed class FetchOptions
{
    private readonly Option<int> _downloads = NumberOption.Create("--downloads", "Most photos that are fetched at once from one host.", 4);
    private readonly Option<int> _retries = NumberOption.Create(
        "--retries",
        "How often a request is repeated, waiting longer each time.",
        4
    );
    private readonly Option<int> _timeout = NumberOption.Create("--timeout", "Most seconds for one try of a request.", 60);
    private readonly Option<string?> _contact = new("--contact")
    {
        Description = "Whom the hosts may write to, named in the user agent: an address of mail or web.",
        HelpName = "ADDRESS",
    };
    private readonly Option<bool> _publicOnly = new("--public-only") { Description = "Speak to no host on a private address." };

    /// <summary>The options.</summary>
    public IEnumerable<Option> All => [_downloads, _retries, _timeout, _contact, _publicOnly];

    /// <summary>What they say.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="delay">The first wait before a request is repeated.</param>
    /// <param name="bundleDigest">Digest of the model's bundle, or null.</param>
    /// <exception cref="CommandFailureException">One is out of its range.</exception>
    public WebManners Manners(ParseResult parsed, TimeSpan delay, string? bundleDigest) =>
        new()
        {
            PerHost = NumberOption.InRange(parsed, _downloads, 1, 16),
            Retries = NumberOption.InRange(parsed, _retries, 0, 100),
            RetryDelay = delay,
            Timeout = TimeSpan.FromSeconds(NumberOption.InRange(parsed, _timeout, 1, 3600)),
            PublicOnly = parsed.GetValue(_publicOnly),
            Caller = new WebCaller(bundleDigest, WebCaller.CheckContact(parsed.GetValue(_contact))),
        };
}
