using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace GeoTagService.Api.Access;

/// <summary>One key: its name, and the digest that stands for it.</summary>
/// <param name="Name">What logs call it.</param>
/// <param name="Digest">SHA-256 of the key. Digests have one length, so that comparing them takes one time, whatever was
/// sent.</param>
internal sealed partial record ApiKey(string Name, byte[] Digest)
{
    private const string DigestPrefix = "sha256:";

    private static readonly SearchValues<char> HexadecimalDigits = SearchValues.Create("0123456789abcdefABCDEF");

    /// <summary>Reads an entry: <c>[NAME ]KEY</c> or <c>[NAME ]sha256:DIGITS</c>.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="number">Its number, which names it when it has no name.</param>
    /// <param name="fault">What is wrong with it, without the key; null when nothing is.</param>
    public static ApiKey? Read(string entry, int number, out string? fault)
    {
        fault = null;
        var words = entry.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var (name, secret) = words switch
        {
            [var only] => ($"key-{number}", only),
            [var first, var second] => (first, second),
            _ => ("", ""),
        };
        if (secret.Length == 0)
        {
            fault = $"key {number} is neither a key nor a name and a key";
        }
        else if (!NameForm().IsMatch(name))
        {
            fault = $"the name of key {number} has up to 64 letters, digits, '.', '_' and '-'";
        }
        else if (!secret.StartsWith(DigestPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return new ApiKey(name, DigestOf(secret));
        }
        else if (
            secret.Length == DigestPrefix.Length + (2 * SHA256.HashSizeInBytes)
            && secret.AsSpan(DigestPrefix.Length).IndexOfAnyExcept(HexadecimalDigits) < 0
        )
        {
            return new ApiKey(name, Convert.FromHexString(secret.AsSpan(DigestPrefix.Length)));
        }
        else
        {
            fault = $"key {number} ({name}) has '{DigestPrefix}' without the 64 hexadecimal digits of a SHA-256";
        }

        return null;
    }

    /// <summary>The digest of a key as it is sent.</summary>
    public static byte[] DigestOf(string key) => SHA256.HashData(Encoding.UTF8.GetBytes(key));

    [GeneratedRegex("^[A-Za-z0-9._-]{1,64}$")]
    private static partial Regex NameForm();
}

/// <summary>Several keys, read together.</summary>
/// <param name="Keys">The keys.</param>
/// <param name="Faults">What is wrong with the entries.</param>
internal sealed record ApiKeyList(IReadOnlyList<ApiKey> Keys, IReadOnlyList<string> Faults)
{
    /// <summary>Reads entries of settings.</summary>
    public static ApiKeyList Of(IEnumerable<string> entries)
    {
        var (keys, faults, number) = (new List<ApiKey>(), new List<string>(), 0);
        foreach (var entry in entries)
        {
            number++;
            if (ApiKey.Read(entry, number, out var fault) is { } key)
            {
                keys.Add(key);
            }

            if (fault is not null)
            {
                faults.Add(fault);
            }
        }

        faults.AddRange(
            keys.GroupBy(key => key.Name, StringComparer.OrdinalIgnoreCase)
                .Where(same => same.Count() > 1)
                .Select(same => $"the name {same.Key} is given to {same.Count()} keys")
        );
        return new ApiKeyList(keys, faults);
    }

    /// <summary>Reads a file's lines.</summary>
    public static ApiKeyList OfFile(string text) =>
        Of(text.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0 && line[0] != '#'));
}
