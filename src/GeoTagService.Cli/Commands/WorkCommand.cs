using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GeoTagService.Bulk.Work;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Bundles;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag work</c>: takes photos from Geograph's labeller and hands in labels and embeddings.</summary>
internal static class WorkCommand
{
    /// <summary>The head that Geograph knows as <c>clip</c>.</summary>
    private const string GeographHead = "mlp-img-txt-mixup";

    /// <summary>How many parts the labeller deals its photos into.</summary>
    private const int Parts = 32;

    public static Command Create()
    {
        var address = new Option<string>("--labeller") { Description = "The labeller's endpoint, with the model in its query: …/labeler.json.php?model=clip", HelpName = "URL", Required = true };
        var state = new Option<string>("--state") { Description = "Directory that keeps results until they are taken.", HelpName = "DIR", DefaultValueFactory = _ => "geotag-work" };
        var record = new Option<string?>("--record") { Description = "Append every result here too, as NDJSON, with photographer and licence where the labeller gives them.", HelpName = "FILE" };
        var head = new Option<string>("--head") { Description = "The head that scores.", HelpName = "NAME", DefaultValueFactory = _ => GeographHead };
        var limit = Number("--limit", "Most photos of a batch.", 250);
        var polls = new Option<int?>("--polls") { Description = "Stop after so many polls. Default: never.", HelpName = "N" };
        var worker = new Option<int?>("--worker") { Description = "Which of the labeller's 32 parts to take, 0 to 31. Default: by this machine's name.", HelpName = "N" };
        var downloads = Number("--downloads", "Most photos that are fetched at once.", 4);
        var pause = Number("--pause", "Least seconds between two polls.", 1);
        var retries = Number("--retries", "How often a request is repeated, waiting longer each time.", 4);
        var demonstration = new Option<bool>("--demonstration") { Description = "Hand in answers of a demonstration model too." };
        var bundle = BundleOption.Create();
        var command = new Command("work", "Takes photos from Geograph's labeller and hands in labels and embeddings.")
        {
            address, state, record, head, limit, polls, worker, downloads, pause, retries, demonstration, bundle,
        };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            var error = parsed.InvocationConfiguration.Error;
            var manners = new WorkManners(
                Http(parsed.GetRequiredValue(address)),
                InRange(parsed, limit, 1, 10_000),
                parsed.GetValue(worker) is { } number ? Within(worker.Name, number, 0, Parts - 1) : OwnPart(),
                InRange(parsed, downloads, 1, 16),
                TimeSpan.FromSeconds(InRange(parsed, pause, 0, 3600)),
                InRange(parsed, retries, 0, 100),
                TimeSpan.FromMilliseconds(Math.Min(2000, 1000 * InRange(parsed, pause, 0, 3600))));

            var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                Check(session.Tagger.Model.Bundle.Manifest, parsed.GetValue(head)!, parsed.GetValue(demonstration));
                using var labeller = new Labeller(manners, session.Settings.Tagging.MaxImageBytes);
                using var log = parsed.GetValue(record) is { } path ? new FileStream(path, FileMode.Append, FileAccess.Write) : null;

                // As the labeller's own worker sees photos: their EXIF orientation is not looked at.
                var options = new TagOptions { Head = parsed.GetValue(head), ApplyOrientation = false };
                using var runner = new WorkRunner(
                    labeller, new Outbox(parsed.GetValue(state)!), session.Tagger, options, manners, log, error, TimeProvider.System);
                return await RunAsync(runner, parsed.GetValue(polls), error, cancellationToken).ConfigureAwait(false);
            }
        });
        return command;
    }

    private static async Task<int> RunAsync(WorkRunner runner, int? polls, TextWriter error, CancellationToken cancellationToken)
    {
        try
        {
            await runner.SendOutboxAsync(cancellationToken).ConfigureAwait(false);
            await runner.RunAsync(polls, cancellationToken).ConfigureAwait(false);
        }
        catch (HttpRequestException fault)
        {
            throw new CommandFailureException(
                ExitCode.Environment, $"the labeller does not take results now; they are kept, and go out first next time: {fault.Message}", fault);
        }
        finally
        {
            var totals = runner.Totals;
            error.WriteLine($"geotag: {totals.Rows} photos: {totals.Done} done, {totals.Failed} failed, {totals.Left} left for later");
        }

        return runner.Totals is { Failed: 0, Left: 0, Refused: 0 } ? ExitCode.Success : ExitCode.ItemsFailed;
    }

    private static void Check(BundleManifest model, string head, bool demonstration)
    {
        if (!model.Heads.Any(known => known.Name == head))
        {
            throw new CommandFailureException(
                ExitCode.Usage, $"{model.Name} has no head '{head}', which the labeller's model is; --head names another one: {string.Join(", ", model.Heads.Select(known => known.Name))}");
        }

        if (model.Purpose == BundlePurpose.Demonstration && !demonstration)
        {
            throw new CommandFailureException(
                ExitCode.Usage, $"{model.Name} is a demonstration model: its answers must not reach a labeller; '{InstallationCommand.Text}' gets the real one");
        }
    }

    private static Option<int> Number(string name, string description, int value) =>
        new(name) { Description = description, HelpName = "N", DefaultValueFactory = _ => value };

    private static int InRange(ParseResult parsed, Option<int> option, int least, int most) =>
        Within(option.Name, parsed.GetValue(option), least, most);

    private static int Within(string name, int value, int least, int most) => value >= least && value <= most
        ? value
        : throw new CommandFailureException(ExitCode.Usage, string.Create(CultureInfo.InvariantCulture, $"{name} is {value}; it lies between {least} and {most}"));

    /// <summary>The same part after every start, another one on most other machines.</summary>
    private static int OwnPart() => SHA256.HashData(Encoding.UTF8.GetBytes(Environment.MachineName))[0] % Parts;

    private static Uri Http(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https")
            ? uri
            : throw new CommandFailureException(ExitCode.Usage, $"'{address}' is not the address of a labeller");
}
