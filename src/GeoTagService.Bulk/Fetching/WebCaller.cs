using System.Net.Http.Headers;
using System.Reflection;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Fetching;

/// <summary>What the hosts are told of who asks: <c>geotag/0.1.0 (bundle DIGEST; contact mail@example.org)</c>.</summary>
/// <param name="BundleDigest">Digest of the model's bundle, or null where none is loaded.</param>
/// <param name="Contact">Whom to write to, or null.</param>
public sealed record WebCaller(string? BundleDigest, string? Contact)
{
    private const int LongestContact = 200;

    /// <summary>The tool's version.</summary>
    public static string Version { get; } =
        typeof(WebCaller).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Adds the header's parts.</summary>
    public void Sign(HttpHeaderValueCollection<ProductInfoHeaderValue> header)
    {
        header.Add(new ProductInfoHeaderValue("geotag", Version));
        string[] parts =
        [
            .. BundleDigest is { } digest ? [$"bundle {digest}"] : Array.Empty<string>(),
            .. Contact is { } contact ? [$"contact {contact}"] : Array.Empty<string>(),
        ];
        if (parts.Length > 0)
        {
            header.Add(new ProductInfoHeaderValue($"({string.Join("; ", parts)})"));
        }
    }

    /// <summary>Checks a contact: an address of mail or web in plain characters.</summary>
    /// <exception cref="RunFailureException">It cannot stand in a header.</exception>
    public static string? CheckContact(string? contact) =>
        contact is null
        || (contact.Length is > 0 and <= LongestContact && contact.All(c => c is > ' ' and <= '~' and not ('(' or ')' or '\\')))
            ? contact
            : throw new RunFailureException(
                RunFailure.Request,
                $"--contact is an address of mail or web: at most {LongestContact} plain characters, without spaces and brackets"
            );
}
