using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace GeoTagService.Cli.Execution;

/// <summary>Options that take a decimal number. The parser's own reading takes a comma for a separator of thousands, and made 5 of
/// <c>0,5</c>: another place on the map.</summary>
internal static class DecimalOption
{
    /// <summary>Lets all decimal options of a command, and of those below it, take a point alone.</summary>
    public static void ParseStrictly(Command command)
    {
        foreach (var option in command.Options)
        {
            switch (option)
            {
                case Option<double> number:
                    number.CustomParser ??= result => Read(result, 0);
                    break;
                case Option<double?> number:
                    number.CustomParser ??= result => Read(result, 0);
                    break;
                case Option<double[]> numbers:
                    numbers.CustomParser ??= result => [.. Enumerable.Range(0, result.Tokens.Count).Select(i => Read(result, i))];
                    break;
            }
        }

        foreach (var part in command.Subcommands)
        {
            ParseStrictly(part);
        }
    }

    /// <summary>A number as it is written in programs and files of data: with a point, without separators of thousands.</summary>
    public static bool TryRead(string text, out double number) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number);

    private static double Read(ArgumentResult result, int index)
    {
        var text = result.Tokens[index].Value;
        if (TryRead(text, out var number))
        {
            return number;
        }

        var name = (result.Parent as OptionResult)?.Option.Name ?? "this option";
        result.AddError($"{name} takes a number{(text.Contains(',') ? " with a point" : "")}, not '{text}'");
        return double.NaN;
    }
}
