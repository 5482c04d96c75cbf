using System.CommandLine;
using System.CommandLine.Parsing;
using GeoTagService.Core.Settings;

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
            if (
                !unknown.Any(word =>
                    fault.Message.StartsWith("Unrecognized", StringComparison.Ordinal)
                    && fault.Message.Contains($"'{word}'", StringComparison.Ordinal)
                )
            )
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
            .Select(candidate =>
                (Name: candidate, Edits: candidate.StartsWith(name, StringComparison.Ordinal) ? 0 : EditDistance.Of(name, candidate))
            )
            .Where(candidate => candidate.Edits <= Math.Max(1, name.TrimStart('-').Length / 3))
            .OrderBy(candidate => candidate.Edits)
            .ThenBy(candidate => candidate.Name.Length)
            .Select(candidate => candidate.Name)
            .FirstOrDefault();
        return $"'{word}' is not known here{(nearest is null ? string.Empty : $"; did you mean {nearest}?")}";
    }

    private static bool IsOption(string word) => word.StartsWith('-');

    private static IEnumerable<string> Known(Command command, bool options) =>
        options
            ? command.Options.Where(option => !option.Hidden).Select(option => option.Name)
            : command.Subcommands.Select(part => part.Name);

    private static string Describe(ParseError fault)
    {
        if (
            fault.SymbolResult is not OptionResult { Option: var option, Tokens: var tokens }
            || !fault.Message.StartsWith("Cannot parse argument", StringComparison.Ordinal)
        )
        {
            return fault.Message.ReplaceLineEndings(" ");
        }

        var type = option.ValueType.IsArray ? option.ValueType.GetElementType()! : option.ValueType;
        type = Nullable.GetUnderlyingType(type) ?? type;
        var wanted =
            type.IsEnum ? string.Join(" or ", Enum.GetNames(type))
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(bool) ? "true or false"
            : "a number";
        return $"{option.Name} takes {wanted}, not '{string.Join(' ', tokens.Select(token => token.Value))}'";
    }
}
