using System.CommandLine;
using GeoTagService.Bulk;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Core;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag inspect embedding</c>: the raw projections of photos and titles.</summary>
internal static class InspectEmbeddingCommand
{
    private const string Nothing = "null";

    public static Command Create()
    {
        var bundle = BundleOption.Create();
        var images = new Option<string[]>("--image")
        {
            Description = "A photo; may be repeated.",
            HelpName = "PHOTO",
            Arity = ArgumentArity.OneOrMore,
        };
        var texts = new Option<string[]>(FreeText.Text)
        {
            Description = "A title; may be repeated.",
            HelpName = "TEXT",
            Arity = ArgumentArity.OneOrMore,
        };
        var ignoreOrientation = new Option<bool>("--ignore-orientation")
        {
            Description = "Do not turn photos as their EXIF orientation says, as the reference does.",
        };
        var command = new Command("embedding", "Prints raw embeddings as a JSON array of arrays, photos first; null where one failed.")
        {
            bundle,
            images,
            texts,
            ignoreOrientation,
        };
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var (photos, titles) = (parsed.GetValue(images) ?? [], parsed.GetValue(texts) ?? []);
                if (photos.Length + titles.Length == 0)
                {
                    throw new CommandFailureException(ExitCode.Usage, "give at least one --image or --text");
                }

                var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    var upright = !parsed.GetValue(ignoreOrientation);
                    var rows = new List<string>(photos.Length + titles.Length);
                    foreach (var photo in photos)
                    {
                        var embedded = await EmbedPhotoAsync(session, photo, upright, cancellationToken).ConfigureAwait(false);
                        rows.Add(Row(embedded, parts => parts.Image, photo, error));
                    }

                    foreach (var title in titles)
                    {
                        var embedded = await session.Tagger.EmbedAsync(null, title, upright, cancellationToken).ConfigureAwait(false);
                        rows.Add(Row(embedded, parts => parts.Title, $"title '{title}'", error));
                    }

                    JsonArrays.Write(parsed.InvocationConfiguration.Output, rows);
                    return rows.Contains(Nothing) ? ExitCode.ItemsFailed : ExitCode.Success;
                }
            }
        );
        return command;
    }

    private static async Task<Outcome<ItemEmbeddings>> EmbedPhotoAsync(
        TaggerSession session,
        string path,
        bool applyOrientation,
        CancellationToken cancellationToken
    )
    {
        var read = PhotoFile.Read(path, session.Settings.Tagging.MaxImageBytes);
        return read.IsSuccess
            ? await session.Tagger.EmbedAsync(read.Value, null, applyOrientation, cancellationToken).ConfigureAwait(false)
            : read.Error;
    }

    /// <summary>One bad photo fails alone: its place is kept with null, and the exit code tells.</summary>
    private static string Row(Outcome<ItemEmbeddings> outcome, Func<ItemEmbeddings, float[]?> part, string subject, TextWriter error)
    {
        if (outcome.IsSuccess && part(outcome.Value) is { } embedding)
        {
            return JsonArrays.Of(embedding);
        }

        error.WriteLine(
            "geotag: "
                + (outcome.Error is { } fault ? CommandFailureException.Describe(fault, subject) : $"{subject}: no embedding came back")
        );
        return Nothing;
    }
}
