using System.CommandLine;
using System.CommandLine.Completions;
using System.Text;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag completion SHELL</c>: a script that completes verbs, options and fixed values, made of the command tree.</summary>
internal static class CompletionCommand
{
    /// <summary>One word of the line that is typed, up to the word before the cursor; then the words that may follow.</summary>
    private sealed record Place(string Path, IReadOnlyList<string> Words, IReadOnlyList<(string Option, string Values)> Values);

    private static readonly Dictionary<string, Func<IReadOnlyList<Place>, string>> Shells = new(StringComparer.Ordinal)
    {
        ["bash"] = Bash,
        ["zsh"] = Zsh,
        ["fish"] = Fish,
        ["pwsh"] = PowerShell,
    };

    public static Command Create()
    {
        var shell = new Argument<string>("SHELL") { Description = string.Join(", ", Shells.Keys) };
        shell.AcceptOnlyFromAmong([.. Shells.Keys]);
        var command = new Command("completion", "Prints a script that completes verbs and options in a shell.") { shell };
        command.SetAction(parsed =>
            parsed.InvocationConfiguration.Output.Write(
                Shells[parsed.GetRequiredValue(shell)]([.. Places(parsed.RootCommandResult.Command, "", [])]).ReplaceLineEndings("\n")
            )
        );
        return command;
    }

    private static IEnumerable<Place> Places(Command command, string path, IReadOnlyList<Option> inherited)
    {
        var parts = command.Subcommands.Where(part => !part.Hidden).ToList();
        var options = command.Options.Concat(inherited).Where(option => !option.Hidden).ToList();
        yield return new Place(
            path,
            [
                .. parts.Select(part => part.Name),
                .. command.Arguments.SelectMany(argument => argument.GetCompletions(CompletionContext.Empty)).Select(item => item.Label),
                .. options.Select(option => option.Name),
            ],
            [
                .. options
                    .Where(option => option.ValueType != typeof(bool))
                    .Select(option =>
                        (option.Name, string.Join(' ', option.GetCompletions(CompletionContext.Empty).Select(item => item.Label)))
                    )
                    .Where(values => values.Item2.Length > 0),
            ]
        );
        var recursive = options.Where(option => option.Recursive).ToList();
        foreach (var place in parts.SelectMany(part => Places(part, path.Length == 0 ? part.Name : $"{path} {part.Name}", recursive)))
        {
            yield return place;
        }
    }

    private static string Bash(IReadOnlyList<Place> places)
    {
        var script = new StringBuilder(
            """
            # Completion of geotag for bash: source <(geotag completion bash)
            _geotag() {
              local path="" words="" word i
              for ((i = 1; i < COMP_CWORD; i++)); do
                word="${path:+$path }${COMP_WORDS[i]}"
                case "$word" in

            """
        );
        script.AppendLine($"      {string.Join('|', places.Skip(1).Select(place => $"'{place.Path}'"))}) path=$word ;;");
        script.AppendLine("    esac\n  done\n  case \"$path\" in");
        foreach (var place in places)
        {
            script.AppendLine($"    '{place.Path}') words='{string.Join(' ', place.Words)}' ;;");
        }

        script.AppendLine("  esac\n  case \"$path ${COMP_WORDS[COMP_CWORD - 1]}\" in");
        foreach (var place in places)
        {
            foreach (var (option, values) in place.Values)
            {
                script.AppendLine($"    '{place.Path} {option}') words='{values}' ;;");
            }
        }

        script.Append(
            """
              esac
              COMPREPLY=($(compgen -W "$words" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _geotag geotag

            """
        );
        return script.ToString();
    }

    /// <summary>zsh understands bash's way.</summary>
    private static string Zsh(IReadOnlyList<Place> places) =>
        "#compdef geotag\n# Completion of geotag for zsh: source <(geotag completion zsh)\nautoload -U +X bashcompinit && bashcompinit\n"
        + Bash(places);

    private static string Fish(IReadOnlyList<Place> places)
    {
        var script = new StringBuilder(
            """
            # Completion of geotag for fish: geotag completion fish | source
            function __geotag_path
              set -l path ""
              for word in (commandline -opc)[2..]
                set -l next (string trim "$path $word")

            """
        );
        script.AppendLine($"    if contains -- \"$next\" {string.Join(' ', places.Skip(1).Select(place => $"'{place.Path}'"))}");
        script.AppendLine("      set path $next\n    end\n  end\n  echo $path\nend");
        foreach (var place in places)
        {
            var here = $"complete -c geotag -n 'test \"$(__geotag_path)\" = \"{place.Path}\"'";
            script.AppendLine($"{here} -a '{string.Join(' ', place.Words)}'");
        }

        return script.ToString();
    }

    private static string PowerShell(IReadOnlyList<Place> places)
    {
        var script = new StringBuilder(
            "# Completion of geotag for PowerShell: geotag completion pwsh | Out-String | Invoke-Expression\n$geotagWords = @{\n"
        );
        foreach (var place in places)
        {
            script.AppendLine($"  '{place.Path}' = '{string.Join(' ', place.Words)}'");
        }

        script.Append(
            """
            }
            Register-ArgumentCompleter -Native -CommandName geotag -ScriptBlock {
              param($typed, $line, $cursor)
              $path = ''
              foreach ($element in @($line.CommandElements | Select-Object -Skip 1)) {
                if ($element.Extent.EndOffset -ge $cursor) { break }
                $next = "$path $element".Trim()
                if ($geotagWords.ContainsKey($next)) { $path = $next }
              }
              $geotagWords[$path].Split(' ') | Where-Object { $_ -like "$typed*" }
            }

            """
        );
        return script.ToString();
    }
}
