using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Cli.Execution;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag tag</c>: one photo, title and place to tags, through the same spine as the service.</summary>
internal static class TagCommand
{
    public static Command Create()
    {
        var photo = new Argument<string?>("PHOTO") { Description = "The photo, as --image.", Arity = ArgumentArity.ZeroOrOne };
        photo.Validators.Add(PhotoFile.RejectOptions);
        var image = new Option<string?>("--image") { Description = "The photo: JPEG, PNG, WebP, GIF or BMP.", HelpName = "PHOTO" };
        var title = new Option<string?>(FreeText.Title) { Description = "Its title.", HelpName = "TITLE" };
        var latitude = new Option<double?>("--lat") { Description = "Degrees north; goes with --lon.", HelpName = "DEGREES" };
        var longitude = new Option<double?>("--lon") { Description = "Degrees east; goes with --lat.", HelpName = "DEGREES" };
        var reference = new Option<string?>("--grid-reference") { Description = "British (\"TQ 30 80\") or Irish (\"O 15 34\") grid reference.", HelpName = "REF" };
        var head = new Option<string?>("--head") { Description = "A head of the bundle, or auto (default).", HelpName = "NAME" };
        var threshold = new Option<double?>("--threshold") { Description = "One threshold for all tags, between 0 and 1.", HelpName = "P" };
        var explain = new Option<bool>("--explain") { Description = "Say what image, title and place gave to each tag." };
        var ignoreOrientation = new Option<bool>("--ignore-orientation") { Description = "Do not turn the photo as its EXIF orientation says, as the reference does." };
        var json = new Option<bool>("--json") { Description = "Print the API's response document." };
        var bundle = BundleOption.Create();
        var list = new TagListCommand();

        var command = new Command("tag", "Tags a photo, a title, or both; or with --input a whole list.")
        {
            photo, image, title, latitude, longitude, reference, head, threshold, explain, ignoreOrientation, json, bundle,
        };
        list.AddTo(command);
        command.SetAction(async (parsed, cancellationToken) =>
        {
            if (list.IsAsked(parsed))
            {
                RefuseWithAList(parsed, photo, image, title, latitude, longitude, reference, threshold, explain, json);
                var options = new TagOptions { Head = parsed.GetValue(head), ApplyOrientation = !parsed.GetValue(ignoreOrientation) };
                return await list.RunAsync(parsed, options, parsed.GetValue(bundle), cancellationToken).ConfigureAwait(false);
            }

            var output = parsed.InvocationConfiguration.Output;
            var error = parsed.InvocationConfiguration.Error;
            var path = OnePhoto(parsed.GetValue(photo), parsed.GetValue(image));
            var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
            await using (session.ConfigureAwait(false))
            {
                var input = new TagInput
                {
                    Image = path is null ? (ReadOnlyMemory<byte>?)null : ReadPhoto(path, session.Settings.Tagging.MaxImageBytes),
                    Title = parsed.GetValue(title),
                    Latitude = parsed.GetValue(latitude),
                    Longitude = parsed.GetValue(longitude),
                    GridReference = parsed.GetValue(reference),
                    Options = new TagOptions
                    {
                        Head = parsed.GetValue(head),
                        Threshold = parsed.GetValue(threshold),
                        Explain = parsed.GetValue(explain),
                        ApplyOrientation = !parsed.GetValue(ignoreOrientation),
                    },
                };
                var outcome = await session.Tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
                if (!outcome.IsSuccess)
                {
                    throw CommandFailureException.From(outcome.Error, outcome.Error.Field == "image" ? path : null);
                }

                var model = session.Tagger.Model.Bundle;
                var response = outcome.Value.ToResponse(model.Manifest.Tags, model.ToStamp());
                Print(response, parsed.GetValue(json), output, error);
                return ExitCode.Success;
            }
        });
        return command;
    }

    private static void RefuseWithAList(ParseResult parsed, params Symbol[] ofOnePhoto)
    {
        if (ofOnePhoto.FirstOrDefault(symbol => parsed.GetResult(symbol) is OptionResult { Implicit: false } or ArgumentResult { Tokens.Count: > 0 }) is { } stray)
        {
            var instead = stray.Name switch
            {
                "--threshold" => "a list takes --thresholds 0.2,0.5",
                "--explain" => "a list has no explanations",
                "--json" => "the ending of --output chooses the format",
                _ => "the list of --input says it for each",
            };
            throw new CommandFailureException(ExitCode.Usage, $"{stray.Name} is for one photo; {instead}");
        }
    }

    private static string? OnePhoto(string? positional, string? named) => positional is not null && named is not null
        ? throw new CommandFailureException(ExitCode.Usage, "give the photo once: as an argument or with --image")
        : positional ?? named;

    private static ReadOnlyMemory<byte> ReadPhoto(string path, long maxBytes)
    {
        var read = PhotoFile.Read(path, maxBytes);
        return read.IsSuccess ? read.Value : throw CommandFailureException.From(read.Error, path);
    }

    private static void Print(TagResponse response, bool json, TextWriter output, TextWriter error)
    {
        if (json)
        {
            output.WriteLine(JsonSerializer.Serialize(response, TagJson.Default.TagResponse));
            return;
        }

        foreach (var warning in response.Warnings)
        {
            error.WriteLine($"geotag: {warning.Message}");
        }

        error.WriteLine($"geotag: {response.Head.Reason}");
        foreach (var tag in response.Tags)
        {
            output.WriteLine($"{tag.Probability.ToString("0.0000", CultureInfo.InvariantCulture)}  {tag.Id,-9} {tag.Name} ({tag.Group})");
            if (response.Explanations?.GetValueOrDefault(tag.Id) is { } why)
            {
                output.WriteLine($"        {Explain(why)}");
            }
        }
    }

    private static string Explain(TagExplanation why)
    {
        var parts = new (string Name, float? Value)[]
        {
            ("bias", why.Bias), ("image", why.Image), ("title", why.Title), ("location", why.Location),
        };
        var terms = parts.Where(part => part.Value is not null)
            .Select(part => $"{part.Name} {part.Value!.Value.ToString("+0.000;-0.000", CultureInfo.InvariantCulture)}");
        return $"logit {why.Logit.ToString("0.000", CultureInfo.InvariantCulture)} ({why.Method}): {string.Join(", ", terms)}";
    }
}
