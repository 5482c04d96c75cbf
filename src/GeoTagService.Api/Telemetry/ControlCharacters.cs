using System.Globalization;
using System.Text;
using Serilog.Core;
using Serilog.Events;

namespace GeoTagService.Api.Telemetry;

/// <summary>Writes control characters in the values of a log entry as escapes: what somebody sends in a path or a name is part of
/// its line and cannot begin another one. Stack traces, which are ours, keep their lines.</summary>
internal sealed class ControlCharacters : ILogEventEnricher
{
    public void Enrich(LogEvent logEvent, ILogEventPropertyFactory propertyFactory)
    {
        List<LogEventProperty>? cleaned = null;
        foreach (var (name, value) in logEvent.Properties)
        {
            if (value is ScalarValue { Value: string text } && IndexOfControl(text) >= 0)
            {
                (cleaned ??= []).Add(new LogEventProperty(name, new ScalarValue(Escape(text))));
            }
        }

        cleaned?.ForEach(logEvent.AddOrUpdateProperty);
    }

    /// <summary>The text with every control character, and the separators that some viewers break lines at, as an escape.</summary>
    internal static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length + 8);
        foreach (var character in text)
        {
            if (IsControl(character))
            {
                escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:x4}");
            }
            else
            {
                escaped.Append(character);
            }
        }

        return escaped.ToString();
    }

    private static int IndexOfControl(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (IsControl(text[i]))
            {
                return i;
            }
        }

        return -1;
    }

    private static bool IsControl(char character) => char.IsControl(character) || character is '\u2028' or '\u2029';
}
