using System.CommandLine;
using System.Globalization;
using GeoTagService.Cli.Execution;
using GeoTagService.Core;
using GeoTagService.Core.Places;
using GeoTagService.Training.Storage;
using GeoTagService.Training.Tables;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag embed</c>: a folder of photos and a CSV to a store of embeddings.</summary>
internal static class EmbedCommand
{
    private const int RowsPerShard = 65_536;
    private const int RowsPerCommit = 256;

    public static Command Create()
    {
        var photos = new Option<string>("--photos")
        {
            Description = "Folder of the photos.",
            HelpName = "DIR",
            Required = true,
        };
        var metadata = new Option<string>("--metadata")
        {
            Description = "CSV of the photos, UTF-8 or Windows-1252.",
            HelpName = "FILE",
            Required = true,
        };
        var target = new Option<string>("--output")
        {
            Description = "Store to append to; made when absent.",
            HelpName = "DIR",
            Required = true,
        };
        var id = Column("--id-column", "gridimage_id", "Column of the photo's number.");
        var title = Column("--title-column", "title", "Column of its title; empty for none.");
        var reference = Column("--grid-reference-column", "grid_reference", "Column of its grid reference; empty for none.");
        var layout = new Option<string>("--layout")
        {
            Description = "Path of a photo: {id}, {folder} (id / 10000, five digits).",
            HelpName = "PATTERN",
            DefaultValueFactory = _ => "{folder}/{id}.jpg",
        };
        var shard = new Option<string?>("--shard")
        {
            Description = "Do part i of N (1/4 to 4/4), into a part of the store.",
            HelpName = "i/N",
        };
        var precision = new Option<StorePrecision>("--precision") { Description = "Fp16 (default) or Fp32." };
        var parallel = new Option<int>("--parallel")
        {
            Description = "Photos under way at once. Default: as many as fill the encoders' batches twice.",
            HelpName = "N",
        };
        var upright = new Option<bool>("--apply-orientation")
        {
            Description = "Turn photos as their EXIF says; the published heads were trained without.",
        };
        var titleFrom = new Option<TitleFrom>("--title-from")
        {
            Description = "Where the titles of photos without one are taken from: none (default), or metadata (XMP, IPTC or EXIF).",
            HelpName = "metadata|none",
        };
        var bundle = BundleOption.Create();

        var ids = new IdsOption();
        var command = new Command("embed", "Embeds a folder of photos and their titles.")
        {
            photos,
            metadata,
            target,
            id,
            title,
            reference,
            layout,
            shard,
            precision,
            parallel,
            upright,
            titleFrom,
            bundle,
        };
        ids.AddTo(command);
        command.SetAction(
            async (parsed, cancellationToken) =>
            {
                var error = parsed.InvocationConfiguration.Error;
                var part = Part(parsed.GetValue(shard));
                var directory = parsed.GetRequiredValue(target);
                if (part.Count > 1)
                {
                    directory = Path.Combine(directory, $"part-{part.Index + 1:D4}-of-{part.Count:D4}");
                }

                var wanted = ids.Read(parsed, error)?.ToHashSet();
                using var table = Open(parsed.GetRequiredValue(metadata));
                var columns = (
                    Id: Find(table, parsed.GetRequiredValue(id), id.Name),
                    Title: FindOrNone(table, parsed.GetRequiredValue(title), title.Name),
                    Reference: FindOrNone(table, parsed.GetRequiredValue(reference), reference.Name)
                );
                var session = await TaggerSession.OpenAsync(parsed.GetValue(bundle), error, cancellationToken).ConfigureAwait(false);
                await using (session.ConfigureAwait(false))
                {
                    var model = session.Tagger.Model;
                    using var store = EmbeddingStoreWriter.Open(
                        directory,
                        new StoreLayout(
                            StoreLayout.CurrentFormat,
                            model.Encoder.Geometry.EmbeddingDimension,
                            parsed.GetValue(precision),
                            model.Bundle.Digest,
                            RowsPerShard
                        )
                    );
                    var folder = parsed.GetRequiredValue(photos);
                    if (!Directory.Exists(folder))
                    {
                        throw new CommandFailureException(ExitCode.Environment, $"{folder}: there is no such directory");
                    }

                    var run = new EmbedRun(
                        session,
                        store,
                        folder,
                        parsed.GetRequiredValue(layout),
                        parsed.GetValue(upright),
                        parsed.GetValue(titleFrom),
                        () => table.Fraction,
                        error
                    );
                    var left = wanted is null ? null : wanted.Where(number => number % part.Count == part.Index).ToHashSet();
                    var items = Items(table, columns.Id, columns.Title, columns.Reference, part, left, run);
                    await run.RunAsync(
                            items,
                            parsed.GetValue(parallel) is > 0 and var asked ? asked : session.AtOnce,
                            RowsPerCommit,
                            cancellationToken
                        )
                        .ConfigureAwait(false);
                    run.Report(table.Broken);
                    if (left is { Count: > 0 })
                    {
                        error.WriteLine($"geotag: {IdsOption.Missing([.. left.Order()], $"are not in {parsed.GetValue(metadata)}")}");
                    }

                    return run.Failed == 0 && left is not { Count: > 0 } ? ExitCode.Success : ExitCode.ItemsFailed;
                }
            }
        );
        return command;
    }

    private static IEnumerable<EmbedItem> Items(
        TableReader table,
        int id,
        int title,
        int reference,
        (int Index, int Count) part,
        HashSet<long>? left,
        EmbedRun run
    )
    {
        var seen = new HashSet<long>();
        foreach (var row in table.Rows())
        {
            if (!long.TryParse(row[id], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            {
                table.CountBroken();
                continue;
            }

            if (number % part.Count != part.Index)
            {
                continue;
            }

            // What was not asked for is not there; a photo's second line is, and is told.
            if (left is not null && !left.Remove(number) && !seen.Contains(number))
            {
                continue;
            }

            if (!seen.Add(number))
            {
                run.CountDuplicate(number);
            }
            else
            {
                var square = GridReference.TryParse(reference < 0 ? null : row[reference], out var read, out _) ? read : null;
                // As in training: to a head, a photo outside the British grid has no place.
                var item = new EmbedItem(
                    number,
                    title < 0 ? null : row[title],
                    square?.Grid == Grid.British ? square.Centre : null,
                    square?.Grid == Grid.Irish ? square.Centre : null
                );
                if (!run.IsDone(item))
                {
                    yield return item;
                }
            }
        }
    }

    private static (int Index, int Count) Part(string? text)
    {
        if (text is null)
        {
            return (0, 1);
        }

        var numbers = text.Split('/');
        return
            numbers.Length == 2
            && int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var index)
            && int.TryParse(numbers[1], NumberStyles.None, CultureInfo.InvariantCulture, out var count)
            && index >= 1
            && index <= count
            ? (index - 1, count)
            : throw new CommandFailureException(ExitCode.Usage, $"--shard takes 1/N to N/N, not '{text}'");
    }

    private static TableReader Open(string path)
    {
        try
        {
            return new TableReader(path);
        }
        catch (Exception fault) when (fault is InvalidDataException or FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailureException(ExitCode.Environment, fault.Message, fault);
        }
    }

    private static int Find(TableReader table, string name, string option)
    {
        try
        {
            return table.Column(name);
        }
        catch (InvalidDataException fault)
        {
            throw new CommandFailureException(ExitCode.Environment, $"{fault.Message}; {option} names another", fault);
        }
    }

    private static int FindOrNone(TableReader table, string name, string option) => name.Length == 0 ? -1 : Find(table, name, option);

    private static Option<string> Column(string name, string value, string description) =>
        new(name)
        {
            Description = $"{description} Default {value}.",
            HelpName = "NAME",
            DefaultValueFactory = _ => value,
        };
}
