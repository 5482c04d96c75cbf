using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Training.Datasets;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag submit</c>: the competition's submission files, of every head in one pass over the photos.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var embeddings = new Option<string>("--embeddings") { Description = "Store that 'geotag embed' wrote.", HelpName = "DIR", Required = true };
        var decision = new DecisionOptions(DecisionKind.Fallback, DecisionKind.LabelSets);
        var only = new Option<string[]>("--head") { Description = "Only this head; may be repeated. Default: all.", HelpName = "NAME" };
        var target = new Option<string>("--output") { Description = "Directory of the submissions, NAME.zip for each head.", HelpName = "DIR", Required = true };
        var command = new Command("submit", "Writes Kaggle submissions.") { embeddings, only, target };
        decision.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var loaded = decision.Read(parsed, parsed.GetValue(only) ?? []);
                using var photos = PhotoSet.Unlabelled(parsed.GetRequiredValue(embeddings));
                if (photos.WithoutImage > 0 && loaded.Any(head => head.Modalities.HasFlag(Modalities.Image)))
                {
                    error.WriteLine(
                        $"geotag: {photos.WithoutImage} of {photos.Data.Rows} photos have no image embedding (missing or unreadable "
                        + "when they were embedded); heads that use the image score them as if it were all zero");
                }

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
