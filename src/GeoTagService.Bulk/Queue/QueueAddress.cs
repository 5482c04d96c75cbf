using System.Globalization;
using System.Text.RegularExpressions;
using GeoTagService.Core;
using StackExchange.Redis;

namespace GeoTagService.Bulk.Queue;

/// <summary>Where a queue is: <c>redis://[user[:password]@]host[:port][/database][?name=NAME]</c>, or <c>rediss://</c> with TLS.</summary>
/// <param name="Host">Host of the Redis server.</param>
/// <param name="Port">Its port.</param>
/// <param name="Name">The queue's name: what its keys begin with.</param>
public sealed partial record QueueAddress(string Host, int Port, string Name)
{
    /// <summary>Holds the password, so that it need not stand in a command line that everybody on the machine can read.</summary>
    public const string PasswordVariable = "GEOTAG_QUEUE_PASSWORD";

    private const int DefaultPort = 6379;
    private const string DefaultName = "geotag";

    /// <summary>Whether TLS is spoken.</summary>
    internal bool IsEncrypted { get; private init; }

    private string? User { get; init; }

    /// <summary>The password, or null.</summary>
    internal string? Password { get; private init; }

    private int? Database { get; init; }

    /// <summary>Reads an address.</summary>
    /// <exception cref="RunFailureException">It is none.</exception>
    public static QueueAddress Parse(string text)
    {
        if (
            !Uri.TryCreate(text, UriKind.Absolute, out var uri)
            || uri.Scheme is not ("redis" or "rediss")
            || uri.Host.Length == 0
            || !TryDatabase(uri.AbsolutePath, out var database)
            || !TryName(uri.Query, out var name)
        )
        {
            // The text is not repeated: it may hold a password.
            throw new RunFailureException(
                RunFailure.Request,
                "a queue is redis://[user[:password]@]host[:port][/database][?name=NAME], where NAME has letters, digits, '.', '-' and '_'"
            );
        }

        var parts = uri.UserInfo.Split(':', 2).Select(Uri.UnescapeDataString).ToArray();
        return new QueueAddress(uri.IdnHost.Trim('[', ']'), uri.Port < 0 ? DefaultPort : uri.Port, name)
        {
            IsEncrypted = uri.Scheme == "rediss",
            User = parts[0] is { Length: > 0 } user ? user : null,
            Password = parts.Length == 2 ? parts[1] : Environment.GetEnvironmentVariable(PasswordVariable),
            Database = database,
        };
    }

    /// <summary>How to connect. A server that is away is waited for by the caller, who can say so.</summary>
    public ConfigurationOptions ToOptions() =>
        new()
        {
            EndPoints = { { Host, Port } },
            Ssl = IsEncrypted,
            User = User,
            Password = Password,
            DefaultDatabase = Database,
            ClientName = "geotag",
            ReconnectRetryPolicy = new ExponentialRetry(250, 2000),
            BacklogPolicy = BacklogPolicy.FailFast,
        };

    /// <summary>Server and name, without who asks.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}, queue {Name}");

    private static bool TryDatabase(string path, out int? database)
    {
        database = int.TryParse(path.AsSpan().TrimStart('/'), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? number
            : null;
        return database is not null || path is "" or "/";
    }

    private static bool TryName(string query, out string name)
    {
        name =
            query.Length > 1
                ? query[1..].Split('=', 2) is ["name", var given]
                    ? given
                    : ""
                : DefaultName;
        return NameForm().IsMatch(name);
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,100}$")]
    private static partial Regex NameForm();
}
