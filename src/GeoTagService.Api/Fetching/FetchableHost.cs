using System.Globalization;

namespace GeoTagService.Api.Fetching;

/// <summary>A host of the settings: a name, or all names under one.</summary>
/// <param name="Name">The name, in lower case; without the star where there is one.</param>
/// <param name="IsUnder">Whether names under it are meant, and not itself.</param>
/// <param name="Port">The port, or null for that of the scheme.</param>
internal sealed record FetchableHost(string Name, bool IsUnder, int? Port)
{
    /// <summary>Reads one; null for what is none.</summary>
    public static FetchableHost? Parse(string? text)
    {
        var rest = (text ?? "").Trim();
        var isUnder = rest.StartsWith("*.", StringComparison.Ordinal);
        rest = isUnder ? rest[2..] : rest;
        if (
            rest.Length == 0
            || !Uri.TryCreate($"http://{rest}/", UriKind.Absolute, out var uri)
            || uri.UserInfo.Length > 0
            || uri.PathAndQuery != "/"
            || uri.HostNameType == UriHostNameType.Unknown
            || rest.Any(character => "*/@?# ".Contains(character, StringComparison.Ordinal))
        )
        {
            return null;
        }

        // The port as it is written: that of http is one, too.
        var colon = rest.LastIndexOf(':');
        var hasPort = colon > rest.LastIndexOf(']') && colon >= 0;
        return hasPort && !int.TryParse(rest.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _)
            ? null
            : new FetchableHost(uri.IdnHost.TrimEnd('.'), isUnder, hasPort ? uri.Port : null);
    }

    /// <summary>Whether an address is at this host.</summary>
    public bool Holds(Uri address)
    {
        var host = address.IdnHost.TrimEnd('.');
        return (
                IsUnder
                    ? host.EndsWith("." + Name, StringComparison.OrdinalIgnoreCase)
                    : host.Equals(Name, StringComparison.OrdinalIgnoreCase)
            ) && (Port is { } port ? address.Port == port : address.IsDefaultPort);
    }
}
