using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Training.Scoring;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag submit</c>: the competition's submission files, of every head in one pass over the photos.</summary>
internal static class SubmitCommand
{
    public static Command Create()
    {
        var embeddings = new Option<string>("--embeddings")
        {
            Description = "Store that 'geotag embed' wrote.",
            HelpName = "DIR",
            Required = true,
        };
        var decision = new DecisionOptions(DecisionKind.Fallback, DecisionKind.LabelSets);
        var only = new Option<string[]>("--head") { Description = "Only this head; may be repeated. Default: all.", HelpName = "NAME" };
        var target = new Option<string>("--output")
        {
            Description = "Directory of the submissions, NAME.zip for each head.",
            HelpName = "DIR",
            Required = true,
        };
        var command = new Command("submit", "Writes Kaggle submissions.") { embeddings, only, target };
        var ids = new IdsOption();
        ids.AddTo(command);
        decision.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var error = parsed.InvocationConfiguration.Error;
                        var loaded = decision.Read(parsed, parsed.GetValue(only) ?? [], error);
                        var useImage = loaded.Any(head => head.Modalities.HasFlag(Modalities.Image));
                        var store = parsed.GetRequiredValue(embeddings);
                        var wanted = ids.Read(parsed, error);
                        using var photos = wanted is null ? PhotoSet.Unlabelled(store) : PhotoSet.Unlabelled(store, wanted, useImage);
                        TrainingDataOptions.WarnOfTorn(photos, store, error);
                        TrainingDataOptions.WarnOfStrangers(photos, store, loaded, error);
                        if (wanted?.Except(photos.Ids).ToList() is { Count: > 0 } missing)
                        {
                            // A submission holds every row of the test or is refused there; a score of no photo is worth nothing.
                            throw new CommandFailureException(
                                ExitCode.ItemsFailed,
                                IdsOption.Missing(missing, useImage ? $"have no image embedding in {store}" : $"are not in {store}")
                                    + "; nothing was written"
                            );
                        }

                        if (photos.WithoutImage > 0 && useImage)
                        {
                            error.WriteLine(
                                $"geotag: {photos.WithoutImage} of {photos.Data.Rows} photos have no image embedding (missing or unreadable "
                                    + "when they were embedded); heads that use the image score them as if it were all zero"
                            );
                        }

                        SubmissionWriter.Write(photos, loaded, parsed.GetRequiredValue(target), cancellationToken);
                        foreach (var head in loaded)
                        {
                            parsed.InvocationConfiguration.Output.WriteLine(
                                Path.Combine(parsed.GetRequiredValue(target), head.Name + ".zip")
                            );
                        }

                        error.WriteLine($"geotag: {Counted.Of(photos.Data.Rows, "photo")}, {Counted.Of(loaded.Count, "head")}");
                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }
}
