namespace GeoTagService.Cli.Execution;

/// <summary>
/// Options whose value is any text at all. A title may read <c>--json</c> or <c>--</c>; the parser would take that for
/// an option, so the value is bound to its option before parsing (<c>--title=--json</c>).
/// </summary>
internal static class FreeText
{
    /// <summary>A title.</summary>
    public const string Title = "--title";

    /// <summary>A text to tokenise or to encode.</summary>
    public const string Text = "--text";

    /// <summary>Binds the value after each of these options to it. What follows <c>--</c> are names, whatever they begin with; as paths
    /// they cannot be taken for options.</summary>
    public static IReadOnlyList<string> Bind(IReadOnlyList<string> arguments)
    {
        var bound = new List<string>(arguments.Count);
        var areNames = false;
        for (var i = 0; i < arguments.Count; i++)
        {
            if (areNames)
            {
                bound.Add(arguments[i] is ['-', _, ..] ? "./" + arguments[i] : arguments[i]);
                continue;
            }

            if (arguments[i] is Title or Text && i + 1 < arguments.Count && arguments[i + 1].Length > 0)
            {
                bound.Add($"{arguments[i]}={arguments[i + 1]}");
                i++;
            }
            else
            {
                areNames = arguments[i] is "--";
                bound.Add(arguments[i]);
            }
        }

        return bound;
    }
}
