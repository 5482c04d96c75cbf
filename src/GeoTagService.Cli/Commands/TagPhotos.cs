using System.Text.Encodings.Web;
using System.Text.Json;
using GeoTagService.Bulk;
using GeoTagService.Bulk.Fetching;
using GeoTagService.Bulk.Lists.Input;
using GeoTagService.Bulk.Marking;
using GeoTagService.Cli.Execution;
using GeoTagService.Contracts;
using GeoTagService.Core;
using GeoTagService.Core.Answers;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag tag a.jpg b.jpg</c>: the tags of several photos, printed one after the other.</summary>
internal static class TagPhotos
{
    private static readonly JsonWriterOptions Line = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Whether an argument is more than one photo.</summary>
    public static bool IsMany(string argument) => argument == StandardInput.Name || ListInputs.IsMany(argument);

    /// <summary>Tags and prints them in the order of their names.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> given,
        TagOptions options,
        Func<string?, WebManners> manners,
        PhotoMarker? marker,
        string? bundle,
        bool json,
        TextWriter output,
        TextWriter error,
        CancellationToken cancellationToken
    )
    {
        if (given.FirstOrDefault(path => path == StandardInput.Name || ListInputs.IsNamedAsList(path)) is { } list)
        {
            throw new CommandFailureException(ExitCode.Usage, $"{list} is a list: --output FILE says where its rows go");
        }

        using var source = ListInputs.Open(given, ListColumns.Parse([]), null, manners(null));
        if (source.Note is { } note)
        {
            error.WriteLine($"geotag: {note}");
        }

        var session = await TaggerSession.OpenAsync(bundle, error, cancellationToken).ConfigureAwait(false);
        await using (session.ConfigureAwait(false))
        {
            var maxBytes = session.Settings.Tagging.MaxImageBytes;
            using var web = new WebFetch(manners(session.Tagger.Model.Bundle.Digest), maxBytes);
            var photos = web.Over(new FilePhotos(source.PhotoPath, maxBytes));
            var underWay = new Queue<(string Name, Task<(TagResponse? Response, ListFault? Fault)> Work)>();
            var failed = false;
            foreach (var item in source.Read())
            {
                underWay.Enqueue((item.Id, Task.Run(() => TagAndMarkAsync(item), cancellationToken)));
                if (underWay.Count >= session.AtOnce)
                {
                    await TakeAsync().ConfigureAwait(false);
                }
            }

            while (underWay.Count > 0)
            {
                await TakeAsync().ConfigureAwait(false);
            }

            return failed ? ExitCode.ItemsFailed : ExitCode.Success;

            async Task<(TagResponse? Response, ListFault? Fault)> TagAndMarkAsync(ListItem item)
            {
                var (response, fault) = await TagAsync(item, photos, session, options, cancellationToken).ConfigureAwait(false);
                return
                    response is not null
                    && source.PhotoPath(item) is var path
                    && File.Exists(path)
                    && marker?.Mark(path, item.Id, [.. response.Tags.Select(tag => tag.Name)]) is { } unmarked
                    ? (null, ListFault.OfPhoto(path, unmarked))
                    : (response, fault);
            }

            async Task TakeAsync()
            {
                var (name, work) = underWay.Dequeue();
                var (response, fault) = await work.ConfigureAwait(false);
                failed |= response is null;
                Print(name, response, fault, json, output, error);
            }
        }
    }

    private static async Task<(TagResponse? Response, ListFault? Fault)> TagAsync(
        ListItem item,
        IListPhotos photos,
        TaggerSession session,
        TagOptions options,
        CancellationToken cancellationToken
    )
    {
        var (photo, fault) = await photos.ReadAsync(item, cancellationToken).ConfigureAwait(false);
        if (photo is null)
        {
            return (null, fault);
        }

        var input = new TagInput { Image = photo.Bytes, Options = options };
        var outcome = await session.Tagger.TagAsync(input, cancellationToken).ConfigureAwait(false);
        if (!outcome.IsSuccess)
        {
            LostEncoder.EndsTheRun(outcome.Error);
            return outcome.Error.Field == "image" || outcome.Error.Code == TaggingErrorCode.InferenceFailed
                ? (null, ListFault.OfPhoto(item.Image!, outcome.Error))
                : throw CommandFailureException.From(outcome.Error, null);
        }

        var model = session.Tagger.Model.Bundle;
        return (outcome.Value.ToResponse(model.Manifest.Tags, model.ToStamp()), null);
    }

    private static void Print(string name, TagResponse? response, ListFault? fault, bool json, TextWriter output, TextWriter error)
    {
        if (fault is not null)
        {
            error.WriteLine($"geotag: {Shown.Of(fault.Detail)}");
        }

        if (json)
        {
            output.WriteLine(ToJson(name, response, fault));
        }
        else if (response is not null)
        {
            output.WriteLine(Shown.Of(name));
            TagCommand.PrintTags(response, output);
        }
    }

    private static string ToJson(string name, TagResponse? response, ListFault? fault)
    {
        using var memory = new MemoryStream();
        using (var line = new Utf8JsonWriter(memory, Line))
        {
            line.WriteStartObject();
            line.WriteString("image", name);
            if (response is not null)
            {
                line.WritePropertyName("result");
                JsonSerializer.Serialize(line, response, TagJson.Default.TagResponse);
            }
            else
            {
                line.WriteStartObject("error");
                line.WriteString("code", fault!.Code);
                line.WriteString("field", fault.Field);
                line.WriteString("detail", fault.Detail);
                line.WriteEndObject();
            }

            line.WriteEndObject();
        }

        return System.Text.Encoding.UTF8.GetString(memory.ToArray());
    }
}
