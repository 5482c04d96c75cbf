using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Verification;
using GeoTagService.Core.Bundles;
using GeoTagService.Models.Bundles;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag models verify</c>: every check that the service makes at start, and on request how its precisions
/// agree.</summary>
internal static class ModelsVerifyCommand
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var photos = new Option<string?>("--photos")
        {
            Description = "Compare every precision with fp32 on the photos of this folder.",
            HelpName = "DIR",
        };
        var titles = new Option<string?>("--titles")
        {
            Description = "Titles for these photos, one a line, taken in turn.",
            HelpName = "FILE",
        };
        var heads = new Option<string[]>("--head")
        {
            Description = "Compare by this head; may be repeated. Default: the default head of each combination of parts.",
            HelpName = "NAME",
        };
        var againstCpu = new Option<bool>("--against-cpu")
        {
            Description = "Compare the card's answers in every precision with those of fp32 on the CPU.",
        };
        var json = new Option<bool>("--json") { Description = "Print digest and comparison as JSON." };
        var command = new Command(
            "verify",
            "Checks a bundle's manifest, files and digests, and the real model's answers to a known title; prints its digest."
        )
        {
            bundle,
            photos,
            titles,
            heads,
            againstCpu,
            json,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var output = parsed.InvocationConfiguration.Output;
                var error = parsed.InvocationConfiguration.Error;
                var settings = ToolSettings.FromEnvironment();
                var opened = BundleOption.Open(parsed.GetValue(bundle), settings.Tagging, error);
                CheckKnownAnswers(opened, error);
                IReadOnlyList<PrecisionAgreement> rows = [];
                IReadOnlyList<string> faults = [];
                if (parsed.GetValue(photos) is { } folder)
                {
                    var withCpu = parsed.GetValue(againstCpu);
                    var run = new AgreementRun(opened, AgreementSample.Collect(folder, parsed.GetValue(titles), opened, withCpu), settings);
                    rows = await run.CompareAsync(withCpu, parsed.GetValue(heads) ?? [], cancellationToken).ConfigureAwait(false);
                    faults = run.Faults;
                }
                else if (parsed.GetValue(titles) is not null || parsed.GetValue(heads) is { Length: > 0 } || parsed.GetValue(againstCpu))
                {
                    throw new CommandFailureException(ExitCode.Usage, "--titles, --head and --against-cpu go with --photos");
                }

                foreach (var fault in faults)
                {
                    error.WriteLine("geotag: " + fault);
                }

                if (parsed.GetValue(json))
                {
                    output.WriteLine(JsonSerializer.Serialize(new { opened.Digest, Agreement = rows }, Json));
                }
                else
                {
                    Print(rows, output);
                    output.WriteLine(opened.Digest);
                }

                return faults.Count == 0 ? ExitCode.Success : ExitCode.ItemsFailed;
            }
        );
        return command;
    }

    private static void CheckKnownAnswers(Bundle opened, TextWriter error)
    {
        var manifest = opened.Manifest;
        error.WriteLine(
            $"geotag: {manifest.Name} {manifest.Version} in {opened.Origin} is whole: "
                + $"{manifest.Files.Count} files, {manifest.Files.Sum(file => file.Bytes)} bytes"
        );
        foreach (var result in BundleSelfCheck.HasKnownAnswers(opened) ? ConversionCheck.Compare(opened, weights: null) : [])
        {
            error.WriteLine("geotag: " + ConversionCheck.Describe(result));
            if (!result.Passed)
            {
                throw new CommandFailureException(
                    ExitCode.Environment,
                    $"{result.What}: not the real model's answer; the bundle is not for use on this machine"
                );
            }
        }
    }

    private static void Print(IReadOnlyList<PrecisionAgreement> rows, TextWriter output)
    {
        if (rows.Count == 0)
        {
            return;
        }

        output.WriteLine(
            $"{"precision", -14}{"head", -28}{"items", 7}{"mean diff", 11}{"max diff", 10}{"equal sets", 12}{"speed", 8}{"embeddings", 12}"
        );
        foreach (var row in rows)
        {
            output.WriteLine(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{row.Precision, -14}{row.Head, -28}{row.Items, 7}{row.MeanDifference, 11:0.00000}{row.MaxDifference, 10:0.0000}{row.EqualLabelSets, 12:0.0 %}{row.Speed, 8:0.00}{row.EmbeddingDifference, 12:0.0e+0}"
                )
            );
        }
    }
}
