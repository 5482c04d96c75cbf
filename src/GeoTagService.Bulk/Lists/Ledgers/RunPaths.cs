using System.Security.Cryptography;
using GeoTagService.Bulk.Lists.Output;

namespace GeoTagService.Bulk.Lists.Ledgers;

/// <summary>The files of a run. All but output and errors have names that begin with the ledger's, and lie beside the output, or in a
/// directory of their own where they would litter.</summary>
/// <param name="Target">The output that was asked for.</param>
/// <param name="Rows">Where rows are written: the output, or what it is made of in the end.</param>
/// <param name="Errors">Rejected items.</param>
public sealed record RunPaths(string Target, string Rows, string Errors)
{
    /// <summary>What the name of an update's ledger ends with.</summary>
    public const string UpdateEnding = ".update";

    /// <summary>Name of the directory beside an output that holds what a finished run needs to be brought up to date.</summary>
    public const string StateDirectory = ".geotag";

    /// <summary>The ledger.</summary>
    public string Ledger { get; private init; } = Target + ".ledger";

    /// <summary>The ledger of an update that is under way.</summary>
    public string Update => Ledger + UpdateEnding;

    /// <summary>A list that came on standard input, without the ending that says what it is.</summary>
    public string StandardInput => Ledger + ".stdin";

    /// <summary>The files of a run whose ledger lies in <see cref="StateDirectory"/> beside the output.</summary>
    /// <param name="target">The output.</param>
    /// <param name="format">Its format; some are made of rows in another.</param>
    /// <param name="errors">Rejected items; null for the output's name and <c>.errors.ndjson</c>.</param>
    public static RunPaths Beside(string target, ListFormat format, string? errors)
    {
        ArgumentNullException.ThrowIfNull(format);
        var ledger = Path.Combine(Path.GetDirectoryName(target) ?? "", StateDirectory, Path.GetFileName(target) + ".ledger");
        return new RunPaths(target, format.IsConverted ? ledger + ".rows" : target, errors ?? target + ".errors.ndjson")
        {
            Ledger = ledger,
        };
    }

    /// <summary>Makes the directory of the ledger.</summary>
    public void Prepare() => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(Ledger))!);

    /// <summary>The output or the file of rejected items, whichever has something in it already; null where neither has.</summary>
    public string? FindWritten() => new[] { Target, Errors }.FirstOrDefault(path => new FileInfo(path) is { Exists: true, Length: > 0 });

    /// <summary>Deletes the file of rejected items where there are none.</summary>
    public void DeleteEmptyErrors()
    {
        if (new FileInfo(Errors) is { Exists: true, Length: 0 } empty)
        {
            empty.Delete();
        }
    }

    /// <summary>Rows of a pass.</summary>
    public string RowsOf(string suffix) => Rows + suffix;

    /// <summary>Errors of a pass.</summary>
    public string ErrorsOf(string suffix) => Errors + suffix;

    /// <summary>Journal of a pass: a record for each item.</summary>
    public string ItemsOf(string suffix) => Ledger + ".items" + suffix;

    /// <summary>The list of a pass as it was fixed.</summary>
    public string ListOf(string suffix) => Ledger + ".list" + suffix;

    /// <summary>All files of a pass.</summary>
    public IEnumerable<string> FilesOf(string suffix) => [RowsOf(suffix), ErrorsOf(suffix), ItemsOf(suffix), ListOf(suffix)];

    /// <summary>Whether a run was begun.</summary>
    public bool IsBegun => Load() is not null;

    /// <summary>The run as it stands: an update that is under way, or the run itself. An update that was finished is put in the
    /// place of the run first, also where a kill left that half done.</summary>
    internal ListLedger? Load()
    {
        if (ListLedger.Load(Update) is not { } update)
        {
            return ListLedger.Load(Ledger);
        }

        return update.Complete ? PutInPlace(update) : update;
    }

    /// <summary>Puts a finished update in the place of the run. Each step can be repeated after a kill.</summary>
    internal ListLedger PutInPlace(ListLedger update)
    {
        foreach (var (from, to) in FilesOf(update.Suffix).Zip(FilesOf("")))
        {
            if (File.Exists(from))
            {
                File.Move(from, to, overwrite: true);
            }
        }

        var settled = update with { Suffix = "", Earlier = [] };
        settled.Save(Ledger);
        File.Delete(Update);
        foreach (var file in update.Earlier.Select(pass => pass.Suffix).Where(suffix => suffix.Length > 0).SelectMany(FilesOf))
        {
            File.Delete(file);
        }

        return settled;
    }

    /// <summary>Deletes the run.</summary>
    public void Delete() => Delete(Suffixes().SelectMany(FilesOf));

    /// <summary>Deletes what is known of a run whose output was replaced; output and errors stay.</summary>
    public void Forget() => Delete(Suffixes().SelectMany(FilesOf).Where(file => file != Target && file != Errors));

    /// <summary>SHA-256 of a file, in hexadecimal.</summary>
    public static string DigestOf(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1, FileOptions.SequentialScan);
        return Convert.ToHexStringLower(SHA256.HashData(file));
    }

    private static ListLedger? TryLoad(string path)
    {
        try
        {
            return ListLedger.Load(path);
        }
        catch (Core.RunFailureException)
        {
            return null;
        }
    }

    /// <summary>The suffixes of all passes there may be.</summary>
    private IEnumerable<string> Suffixes()
    {
        var update = File.Exists(Update) ? TryLoad(Update) : null;
        return (update?.Earlier ?? []).Select(pass => pass.Suffix).Append(update?.Suffix ?? "").Append("");
    }

    private void Delete(IEnumerable<string> files)
    {
        foreach (var file in files.Append(Update).Append(Ledger).ToList())
        {
            try
            {
                File.Delete(file);
            }
            catch (DirectoryNotFoundException)
            {
                // There never was a run.
            }
        }
    }
}
