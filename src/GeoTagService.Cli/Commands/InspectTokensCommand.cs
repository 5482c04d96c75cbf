using System.CommandLine;
using System.Text;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Contracts;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Titles;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag inspect tokens</c>: the ids of titles, without padding.</summary>
internal static class InspectTokensCommand
{
    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var text = new Option<string?>(FreeText.Text) { Description = "One title; prints one array of ids.", HelpName = "TEXT" };
        var json = new Option<string?>("--json")
        {
            Description = "A JSON array of titles, or - for standard input; prints an array of arrays.",
            HelpName = "FILE",
        };
        var command = new Command("tokens", "Prints the token ids of titles as JSON.") { bundle, text, json };
        command.SetAction(parsed =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var (single, file) = (parsed.GetValue(text), parsed.GetValue(json));
            if (single is null == file is null)
            {
                throw new CommandFailureException(ExitCode.Usage, "give --text or --json, one of the two");
            }

            // Titles first: a mistake in the list should not wait for a large bundle to be verified.
            var titles = file is null ? [] : ReadTitles(file);
            var tokenizer = Load(
                BundleOption.Open(parsed.GetValue(bundle), ToolSettings.FromEnvironment().Tagging, parsed.InvocationConfiguration.Error)
            );
            if (single is not null)
            {
                output.WriteLine(JsonArrays.Of(tokenizer.Encode(single).Ids.Span));
            }
            else
            {
                JsonArrays.Write(output, [.. titles.Select(title => JsonArrays.Of(tokenizer.Encode(title).Ids.Span))]);
            }

            return ExitCode.Success;
        });
        return command;
    }

    private static ClipTokenizer Load(Bundle bundle)
    {
        var (vocabulary, text) = (bundle.Manifest.Vocabulary, bundle.Manifest.Geometry.Text);
        using var merges = bundle.OpenRead(vocabulary.File);
        return ClipTokenizer.Load(merges, text.VocabularySize, text.ContextLength, vocabulary.StartToken, vocabulary.EndToken);
    }

    private static string[] ReadTitles(string file)
    {
        try
        {
            using var stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
            using var whole = new MemoryStream();
            stream.CopyTo(whole);
            var json = whole.ToArray();
            LoneSurrogates.Repair(json);
            string?[] titles =
                JsonSerializer.Deserialize<string?[]>(
                    json.AsSpan(json.AsSpan().StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0)
                ) ?? [null];
            return [.. titles.Select(title => title ?? throw new JsonException("null is not a title"))];
        }
        catch (JsonException fault)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{file} is not a JSON array of strings: {fault.Message}", fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{file} cannot be read: {fault.Message}", fault);
        }
    }
}
