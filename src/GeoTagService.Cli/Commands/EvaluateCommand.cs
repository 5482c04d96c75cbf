using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Training.Evaluation;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag evaluate</c>: heads against labels, as a table, JSON and a page with plots.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var data = new TrainingDataOptions();
        var decision = new DecisionOptions(DecisionKind.Threshold, DecisionKind.Fallback, DecisionKind.LabelSets);
        var only = new Option<string[]>("--head")
        {
            Description = "Only this head; may be repeated. The first is compared with the others (default: the best).",
            HelpName = "NAME",
        };
        var all = new Option<bool>("--all-photos") { Description = "Measure on every photo instead of the held-out ones." };
        var json = ReportFileOption.Create("--json", "Write everything as JSON.");
        var html = ReportFileOption.Create("--html", "Write a page with plots, readable without network.");
        var command = new Command("evaluate", "Measures heads on labelled photos.") { only, all, json, html };
        decision.AddTo(command);
        data.AddTo(command);
        command.SetAction(
            (parsed, cancellationToken) =>
                Task.Run(
                    () =>
                    {
                        var output = parsed.InvocationConfiguration.Output;
                        var named = parsed.GetValue(only) ?? [];
                        var loaded = decision.Read(parsed, named, parsed.InvocationConfiguration.Error);
                        using var photos = data.Open(parsed, parsed.InvocationConfiguration.Error);
                        data.WarnOfStrangers(parsed, photos, loaded);
                        var rows = parsed.GetValue(all)
                            ? [.. Enumerable.Range(0, photos.Data.Rows)]
                            : data.Split(parsed, photos).Validation;
                        var labels = Array.ConvertAll(rows, row => photos.Data.Labels[row]);
                        var measured = new List<(HeadEvaluation Scores, ulong[] Decided)>();
                        foreach (var head in loaded)
                        {
                            cancellationToken.ThrowIfCancellationRequested();
                            measured.Add((HeadEvaluation.Of(head, photos.Data, rows, out var decided), decided));
                        }

                        // Named heads keep their order; of all of a run, the best are what one wants to see first and compare with.
                        if (named.Length == 0)
                        {
                            measured =
                            [
                                .. measured
                                    .OrderByDescending(head => head.Scores.DecidedExactMatch)
                                    .ThenByDescending(head => head.Scores.DecidedMacroF1),
                            ];
                        }

                        var (first, decidedFirst) = measured[0];
                        var report = new EvaluationReport(
                            $"{rows.Length} {(parsed.GetValue(all) ? "photos" : "held-out photos")} of {photos.Description}",
                            [.. measured.Select(head => head.Scores)],
                            [
                                .. measured
                                    .Skip(1)
                                    .Select(head => McNemarTest.Of(first.Head, decidedFirst, head.Scores.Head, head.Decided, labels)),
                            ]
                        );
                        EvaluationTables.Write(report, output);
                        Save(parsed.GetValue(json), report.ToJson);
                        Save(parsed.GetValue(html), report.ToHtml);
                        return ExitCode.Success;
                    },
                    cancellationToken
                )
        );
        return command;
    }

    private static void Save(string? path, Func<string> content)
    {
        if (path is not null)
        {
            File.WriteAllText(path, content());
        }
    }
}
