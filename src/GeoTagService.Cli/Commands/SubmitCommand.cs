using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag submit</c>: the competition's submission files, of every head in one pass over the photos.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var embeddings = new Option<string>("--embeddings") { Description = "Store that 'geotag embed' wrote.", HelpName = "DIR", Required = true };
        var heads = new Option<string>("--heads") { Description = "Directory of a run, or a bundle.", HelpName = "DIR", Required = true };
        var only = new Option<string[]>("--head") { Description = "Only this head; may be repeated. Default: all.", HelpName = "NAME" };
        var target = new Option<string>("--output") { Description = "Directory of the submissions, NAME.zip for each head.", HelpName = "DIR", Required = true };
        var command = new Command("submit", "Writes Kaggle submissions.") { embeddings, heads, only, target };
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var loaded = HeadFiles.Read(parsed.GetRequiredValue(heads), parsed.GetValue(only) ?? []);
                if (loaded.Count == 0)
                {
                    throw new CommandFailureException(ExitCode.Usage, $"{parsed.GetRequiredValue(heads)} holds no such head");
                }

                using var photos = PhotoSet.Unlabelled(parsed.GetRequiredValue(embeddings));
                SubmissionWriter.Write(photos, loaded, parsed.GetRequiredValue(target), cancellationToken);
                foreach (var head in loaded)
                {
                    parsed.InvocationConfiguration.Output.WriteLine(Path.Combine(parsed.GetRequiredValue(target), head.Name + ".zip"));
                }

                error.WriteLine($"geotag: {photos.Data.Rows} photos, {loaded.Count} heads");
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }
}
