using System.Buffers.Text;
using System.Text.Json;

namespace GeoTagService.Contracts;

/// <summary>
/// JSON may hold half a character: <c>\ud83d</c> without its partner, as other languages write it. Readers of .NET refuse
/// such text; in titles it is repaired, as ftfy does.
/// </summary>
public static class LoneSurrogates
{
    private const int EscapeLength = 6;

    private static ReadOnlySpan<byte> Replacement => "\\ufffd"u8;

    /// <summary>Puts U+FFFD in the place of every escape of a surrogate that has no partner.</summary>
    /// <param name="json">UTF-8 of JSON, whole strings; changed in place, its length stays.</param>
    /// <returns>Whether there was one.</returns>
    public static bool Repair(Span<byte> json)
    {
        var any = false;
        for (var at = json.IndexOf((byte)'\\'); at >= 0 && at < json.Length; )
        {
            var step = 2;
            if (TryReadSurrogate(json[at..], out var unit))
            {
                step = EscapeLength;
                if (char.IsHighSurrogate(unit) && TryReadSurrogate(json[(at + EscapeLength)..], out var next) && char.IsLowSurrogate(next))
                {
                    step = 2 * EscapeLength;
                }
                else
                {
                    Replacement.CopyTo(json[at..]);
                    any = true;
                }
            }

            at += Math.Min(step, json.Length - at);
            var further = json[at..].IndexOf((byte)'\\');
            at = further < 0 ? -1 : at + further;
        }

        return any;
    }

    /// <summary>The same for bytes that belong to somebody else: copied only when there is something to repair.</summary>
    public static ReadOnlyMemory<byte> Repaired(ReadOnlyMemory<byte> json)
    {
        if (!MayHold(json.Span))
        {
            return json;
        }

        var copy = json.ToArray();
        return Repair(copy) ? copy : json;
    }

    /// <summary>A reader's string, repaired.</summary>
    /// <param name="reader">At a string.</param>
    /// <exception cref="InvalidOperationException">Its bytes are not UTF-8.</exception>
    public static string? GetString(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped || reader.HasValueSequence || !MayHold(reader.ValueSpan))
        {
            return reader.GetString();
        }

        byte[] quoted = [(byte)'"', .. reader.ValueSpan, (byte)'"'];
        Repair(quoted);
        var repaired = new Utf8JsonReader(quoted);
        repaired.Read();
        return repaired.GetString();
    }

    /// <summary>Whether there may be one: a quick look that most JSON ends with.</summary>
    public static bool MayHold(ReadOnlySpan<byte> json) => json.IndexOf("\\ud"u8) >= 0 || json.IndexOf("\\uD"u8) >= 0;

    private static bool TryReadSurrogate(ReadOnlySpan<byte> text, out char unit)
    {
        unit = default;
        if (
            text.Length < EscapeLength
            || text[0] != '\\'
            || text[1] != 'u'
            || !Utf8Parser.TryParse(text[2..EscapeLength], out ushort value, out var read, 'x')
            || read != EscapeLength - 2
        )
        {
            return false;
        }

        unit = (char)value;
        return char.IsSurrogate(unit);
    }
}
