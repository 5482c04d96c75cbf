using System.Globalization;
using System.Text;
using GeoTagService.Core.Tagging;

namespace GeoTagService.Api.Telemetry;

/// <summary>The <c>Server-Timing</c> header: milliseconds by stage, which browsers show beside the request.</summary>
internal static class ServerTiming
{
    public const string Header = "Server-Timing";

    /// <summary>Sets the header; stages that did not run are left out.</summary>
    public static void Set(HttpResponse response, StageTimings stages, TimeSpan read, TimeSpan total)
    {
        var text = new StringBuilder(96);
        Append(text, "read", read);
        Append(text, "decode", stages.Decode);
        Append(text, "tokenize", stages.Tokenize);
        Append(text, "queue", stages.Queue);
        Append(text, "encode", stages.Encode);
        Append(text, "head", stages.Head);
        Append(text, "total", total);
        response.Headers[Header] = text.ToString();
    }

    private static void Append(StringBuilder text, string name, TimeSpan duration)
    {
        if (duration > TimeSpan.Zero)
        {
            text.Append(text.Length == 0 ? "" : ", ")
                .Append(name)
                .Append(";dur=")
                .Append(duration.TotalMilliseconds.ToString("0.###", CultureInfo.InvariantCulture));
        }
    }
}
