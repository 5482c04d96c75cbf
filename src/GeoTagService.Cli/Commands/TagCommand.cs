using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Text.Json;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
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
        var photo = new Argument<string[]>("PHOTO")
        {
            Description = "The photo, or several: files, folders, patterns, http(s) addresses; with --output also lists.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        photo.Validators.Add(PhotoArgument.RejectOptions);
        var image = new Option<string?>("--image")
        {
            Description = $"The photo: {PhotoFormatNames.List(PhotoFormats.All)}.",
            HelpName = "PHOTO",
        };
        var title = new Option<string?>(FreeText.Title) { Description = "Its title.", HelpName = "TITLE" };
        var titleFrom = new Option<TitleFrom>("--title-from")
        {
            Description = "Where titles are taken from that are not given: metadata (default: the photo's XMP, IPTC or EXIF) or none.",
            HelpName = "metadata|none",
            DefaultValueFactory = _ => TitleFrom.Metadata,
        };
        var latitude = new Option<double?>("--lat") { Description = "Degrees north; goes with --lon.", HelpName = "DEGREES" };
        var longitude = new Option<double?>("--lon") { Description = "Degrees east; goes with --lat.", HelpName = "DEGREES" };
        var reference = new Option<string?>("--grid-reference")
        {
            Description = "British (\"TQ 30 80\") or Irish (\"O 15 34\") grid reference.",
            HelpName = "REF",
        };
        var head = new Option<string?>("--head") { Description = "A head of the bundle, or auto (default).", HelpName = "NAME" };
        var threshold = new Option<double?>("--threshold") { Description = "One threshold for all tags, between 0 and 1.", HelpName = "P" };
        var explain = new Option<bool>("--explain") { Description = "Say what image, title and place gave to each tag." };
        var ignoreOrientation = new Option<bool>("--ignore-orientation")
        {
            Description = "Do not turn the photo as its EXIF orientation says, as the reference does.",
        };
        var json = new Option<bool>("--json") { Description = "Print the API's response document." };
        var bundle = BundleOption.Create();
        var engine = new ListEngineOptions();
        var list = new TagListCommand(engine, photo);
        var task = new PlanTaskCommand(engine, list);

        var command = new Command("tag", "Tags photos, a title, or both; with --output a whole list, with --plan a task of one.")
        {
            photo,
            image,
            title,
            titleFrom,
            latitude,
            longitude,
            reference,
            head,
            threshold,
            explain,
            ignoreOrientation,
            json,
            bundle,
        };
        list.AddTo(command);
        task.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var isTask = task.IsAsked(parsed);
                if (isTask || list.IsAsked(parsed))
                {
                    RefuseWithAList(parsed, image, title, latitude, longitude, reference, threshold, explain, json);
                    var options = new TagOptions
                    {
                        Head = parsed.GetValue(head),
                        ApplyOrientation = !parsed.GetValue(ignoreOrientation),
                        TitleFrom = parsed.GetValue(titleFrom),
                    };
                    return isTask
                        ? await task.RunAsync(parsed, options, parsed.GetValue(bundle), cancellationToken).ConfigureAwait(false)
                        : await list.RunAsync(parsed, options, parsed.GetValue(bundle), cancellationToken).ConfigureAwait(false);
                }

                var output = parsed.InvocationConfiguration.Output;
                var error = parsed.InvocationConfiguration.Error;
                var photos = parsed.GetValue(photo) ?? [];
                var asked = new TagOptions
                {
                    Head = parsed.GetValue(head),
                    Threshold = parsed.GetValue(threshold),
                    Explain = parsed.GetValue(explain),
                    ApplyOrientation = !parsed.GetValue(ignoreOrientation),
                    TitleFrom = parsed.GetValue(titleFrom),
                };
                if (photos.Length > 1 || photos.Any(TagPhotos.IsMany))
                {
                    RefuseWithAList(parsed, image, title, latitude, longitude, reference);
                    return await TagPhotos
                        .RunAsync(
                            photos,
                            asked,
                            digest => engine.Manners(parsed, digest),
                            engine.Marker(parsed),
                            parsed.GetValue(bundle),
                            parsed.GetValue(json),
                            output,
                            error,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                }

                var path = OnePhoto(photos.FirstOrDefault(), parsed.GetValue(image));
                var marker = engine.Marker(parsed);
                var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    var input = new TagInput
                    {
                        Image = path is null
                            ? (ReadOnlyMemory<byte>?)null
                            : await ReadPhotoAsync(path, session, digest => engine.Manners(parsed, digest), cancellationToken)
                                .ConfigureAwait(false),
                        Title = parsed.GetValue(title),
                        Latitude = parsed.GetValue(latitude),
                        Longitude = parsed.GetValue(longitude),
                        GridReference = parsed.GetValue(reference),
                        Options = asked,
                    };
                    var outcome = await session.Tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
                    if (!outcome.IsSuccess)
                    {
                        throw CommandFailureException.From(outcome.Error, outcome.Error.Field == "image" ? path : null);
                    }

                    var model = session.Tagger.Model.Bundle;
                    var response = outcome.Value.ToResponse(model.Manifest.Tags, model.ToStamp());
                    Print(response, parsed.GetValue(json), output, error);
                    if (
                        path is not null
                        && marker?.Mark(path, Path.GetFileName(path), [.. response.Tags.Select(tag => tag.Name)]) is { } unmarked
                    )
                    {
                        throw CommandFailureException.From(unmarked, path);
                    }

                    return ExitCode.Success;
                }
            }
        );
        return command;
    }

    private static void RefuseWithAList(ParseResult parsed, params Symbol[] ofOnePhoto)
    {
        if (
            ofOnePhoto.FirstOrDefault(symbol =>
                parsed.GetResult(symbol) is OptionResult { Implicit: false } or ArgumentResult { Tokens.Count: > 0 }
            ) is
            { } stray
        )
        {
            var instead = stray.Name switch
            {
                "--threshold" => "a list takes --thresholds 0.2,0.5",
                "--explain" => "a list has no explanations",
                "--json" => "the ending of --output chooses the format",
                "--image" => "give the photos as arguments",
                _ => "a list with such a column says it for each",
            };
            throw new CommandFailureException(ExitCode.Usage, $"{stray.Name} is for one photo; {instead}");
        }
    }

    private static string? OnePhoto(string? positional, string? named) =>
        positional is not null && named is not null
            ? throw new CommandFailureException(ExitCode.Usage, "give the photo once: as an argument or with --image")
            : positional ?? named;

    private static async Task<ReadOnlyMemory<byte>> ReadPhotoAsync(
        string path,
        TaggerSession session,
        Func<string?, WebManners> manners,
        CancellationToken cancellationToken
    )
    {
        var maxBytes = session.Settings.Tagging.MaxImageBytes;
        if (WebFetch.IsAddress(path))
        {
            using var web = new WebFetch(manners(session.Tagger.Model.Bundle.Digest), maxBytes);
            var item = new ListItem
            {
                Position = 0,
                Id = path,
                Image = path,
            };
            var (photo, fault) = await web.Over(new FilePhotos(_ => path, maxBytes))
                .ReadAsync(item, cancellationToken)
                .ConfigureAwait(false);
            return photo?.Bytes ?? throw new CommandFailureException(ExitCode.ItemsFailed, fault!.Detail);
        }

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

        if (response.Title is { } own)
        {
            error.WriteLine(
                $"geotag: the photo's own title ({own.Source.ToString().ToUpperInvariant()}): {string.Concat(own.Text.Select(letter => char.IsControl(letter) ? ' ' : letter))}"
            );
        }

        foreach (var warning in response.Warnings)
        {
            error.WriteLine($"geotag: {warning.Message}");
        }

        error.WriteLine($"geotag: {response.Head.Reason}");
        PrintTags(response, output);
    }

    /// <summary>The tags of a photo for people, one a line.</summary>
    public static void PrintTags(TagResponse response, TextWriter output)
    {
        foreach (var tag in response.Tags)
        {
            output.WriteLine($"{tag.Probability.ToString("0.0000", CultureInfo.InvariantCulture)}  {tag.Id, -9} {tag.Name} ({tag.Group})");
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
            ("bias", why.Bias),
            ("image", why.Image),
            ("title", why.Title),
            ("location", why.Location),
        };
        var terms = parts
            .Where(part => part.Value is not null)
            .Select(part => $"{part.Name} {part.Value!.Value.ToString("+0.000;-0.000", CultureInfo.InvariantCulture)}");
        return $"logit {why.Logit.ToString("0.000", CultureInfo.InvariantCulture)} ({why.Method}): {string.Join(", ", terms)}";
    }
}
