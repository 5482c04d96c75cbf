using System.CommandLine;
using System.CommandLine.Parsing;

namespace GeoTagService.Cli.Execution;

/// <summary>What is wrong with a command line, one line each, in words for whoever typed it: an unknown name with the nearest
/// that there is, a wrong value with what is wanted.</summary>
internal static class UsageFaults
{
    public static IEnumerable<string> Of(ParseResult parsed)
    {
        var unknown = parsed.UnmatchedTokens;
        foreach (var fault in parsed.Errors)
        {
            // The parser has no kind of fault, only texts; those of unknown words are said below.
            if (!unknown.Any(word => fault.Message.StartsWith("Unrecognized", StringComparison.Ordinal) && fault.Message.Contains($"'{word}'", StringComparison.Ordinal)))
            {
                yield return Describe(fault);
            }
        }

        var afterOption = false;
        foreach (var word in unknown)
        {
            if (IsOption(word) || !afterOption)
            {
                yield return Unknown(word, parsed.CommandResult.Command);
            }

            // What follows an unknown option is most likely its value, which says nothing new.
            afterOption = IsOption(word);
        }
    }

    /// <summary>Says that a command knows no such option or further command, and which one may have been meant.</summary>
    public static string Unknown(string word, Command command)
    {
        var name = word.Split('=', ':')[0];
        var nearest = Known(command, IsOption(word))
            .Select(candidate => (Name: candidate, Edits: candidate.StartsWith(name, StringComparison.Ordinal) ? 0 : Edits(name, candidate)))
            .Where(candidate => candidate.Edits <= Math.Max(1, name.TrimStart('-').Length / 3))
            .OrderBy(candidate => candidate.Edits).ThenBy(candidate => candidate.Name.Length)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
        return $"'{word}' is not known here{(nearest is null ? string.Empty : $"; did you mean {nearest}?")}";
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    private static IEnumerable<string> Known(Command command, bool options) => options
        ? command.Options.Where(option => !option.Hidden).Select(option => option.Name)
        : command.Subcommands.Select(part => part.Name);

    private static string Describe(ParseError fault)
    {
        if (fault.SymbolResult is not OptionResult { Option: var option, Tokens: var tokens }
            || !fault.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal))
        {
            return fault.Message.ReplaceLineEndings(" ");
        }

        var type = option.ValueType.IsArray ? option.ValueType.GetElementType()! : option.ValueType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        var wanted = type.IsEnum ? string.Join(" or ", Enum.GetNames(type)) : type == typeof(int) || type == typeof(long) ? "a whole number" : type == typeof(bool) ? "true or false" : "a number";
        return $"{option.Name} takes {wanted}, not '{string.Join(' ', tokens.Select(token => token.Value))}'";
    }

    /// <summary>Letters to add, leave out, change or swap with their neighbour to turn one word into the other.</summary>
    private static int Edits(string a, string b)
    {
        var edits = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
        {
            for (var j = 0; j <= b.Length; j++)
            {
                if (i == 0 || j == 0)
                {
                    edits[i, j] = i + j;
                    continue;
                }

                var change = a[i - 1] == b[j - 1] ? 0 : 1;
                edits[i, j] = Math.Min(edits[i - 1, j - 1] + change, Math.Min(edits[i - 1, j], edits[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                {
                    edits[i, j] = Math.Min(edits[i, j], edits[i - 2, j - 2] + 1);
                }
            }
        }

        return edits[a.Length, b.Length];
    }
}
