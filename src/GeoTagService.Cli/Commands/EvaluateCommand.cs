using System.CommandLine;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Training.Evaluation;
using Spectre.Console;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag evaluate</c>: heads against labels, as a table, JSON and a page with plots.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var data = new TrainingDataOptions();
        var decision = new DecisionOptions();
        var only = new Option<string[]>("--head") { Description = "Only this head; may be repeated. The first is compared with the others.", HelpName = "NAME" };
        var all = new Option<bool>("--all-photos") { Description = "Measure on every photo instead of the held-out ones." };
        var json = new Option<string?>("--json") { Description = "Write everything as JSON.", HelpName = "FILE" };
        var html = new Option<string?>("--html") { Description = "Write a page with plots, readable without network.", HelpName = "FILE" };
        var command = new Command("evaluate", "Measures heads on labelled photos.") { only, all, json, html };
        decision.AddTo(command);
        data.AddTo(command);
        command.SetAction((parsed, cancellationToken) => Task.Run(
            () =>
            {
                var output = parsed.InvocationConfiguration.Output;
                var loaded = decision.Read(parsed, parsed.GetValue(only) ?? []);
                using var photos = data.Open(parsed, parsed.InvocationConfiguration.Error);
                var rows = parsed.GetValue(all) ? [.. Enumerable.Range(0, photos.Data.Rows)] : data.Split(parsed, photos).Validation;
                var labels = Array.ConvertAll(rows, row => photos.Data.Labels[row]);
                var measured = new List<HeadEvaluation>();
                var decisions = new List<ulong[]>();
                foreach (var head in loaded)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    measured.Add(HeadEvaluation.Of(head, photos.Data, rows, out var decided));
                    decisions.Add(decided);
                }

                var report = new EvaluationReport(
                    photos.Description,
                    measured,
                    [.. Enumerable.Range(1, loaded.Count - 1).Select(i => McNemarTest.Of(loaded[0].Name, decisions[0], loaded[i].Name, decisions[i], labels))]);
                Print(report, output);
                Save(parsed.GetValue(json), report.ToJson);
                Save(parsed.GetValue(html), report.ToHtml);
                return ExitCode.Success;
            },
            cancellationToken));
        return command;
    }

    private static void Save(string? path, Func<string> content)
    {
        if (path is not null)
        {
            File.WriteAllText(path, content());
        }
    }

    private static void Print(EvaluationReport report, TextWriter output)
    {
        const int Width = 120;
        var table = new Table().AddColumns("head", "photos", "exact match", "Hamming", "micro F1", "macro F1", "ECE");
        foreach (var head in report.Heads)
        {
            table.AddRow(
                head.Head, $"{head.Photos}", $"{head.ExactMatch:0.0000}", $"{head.HammingLoss:0.0000}", $"{head.MicroF1:0.0000}", $"{head.MacroF1:0.0000}", $"{head.CalibrationError:0.0000}");
        }

        PlainTable.Write(table, output, Width);
        foreach (var test in report.Comparisons)
        {
            output.WriteLine($"{test.First} / {test.Second}: only the first right {test.OnlyFirst}, only the second {test.OnlySecond}, McNemar {test.Significance}");
        }
    }
}
