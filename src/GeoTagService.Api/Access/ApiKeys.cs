using System.Security.Cryptography;
using GeoTagService.Api.Problems;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>Who sent a request, as far as a key tells.</summary>
/// <param name="Key">The key that was sent and is known; null when there is none.</param>
/// <param name="SentSomething">Whether anything was sent as a key.</param>
internal sealed record Caller(ApiKey? Key, bool SentSomething);

/// <summary>Lets a request pass that carries one of the configured keys, or any when none is configured.</summary>
internal sealed partial class ApiKeys
{
    public const string Header = "X-Api-Key";

    private const string Bearer = "Bearer ";

    /// <summary>How often the file is looked at, at most.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(5);

    private readonly IReadOnlyList<ApiKey> _configured;
    private readonly string? _file;
    private readonly WrongKeys _wrong;
    private readonly TimeProvider _time;
    private readonly ILogger<ApiKeys> _logger;
    private readonly Lock _reading = new();
    private string _text = "";
    private long _lookedAt;
    private volatile IReadOnlyList<ApiKey> _keys;

    public ApiKeys(IOptions<AccessOptions> options, WrongKeys wrong, TimeProvider time, ILogger<ApiKeys> logger)
    {
        _configured = ApiKeyList.Of(options.Value.ApiKeys).Keys;
        _file = string.IsNullOrWhiteSpace(options.Value.ApiKeyFile) ? null : options.Value.ApiKeyFile;
        _wrong = wrong;
        _time = time;
        _logger = logger;
        _keys = _configured;
        if (_file is not null)
        {
            // Asked for anyhow: a file that holds no key locks everybody out rather than letting everybody in.
            AreRequired = true;
            Look();
        }

        AreRequired |= _keys.Count > 0;
    }

    /// <summary>Whether keys are asked for at all.</summary>
    public bool AreRequired { get; }

    /// <summary>Who sent a request.</summary>
    public Caller Identify(HttpContext context)
    {
        if (context.Features.Get<Caller>() is { } known)
        {
            return known;
        }

        LookAgain();
        var sent = Sent(context.Request);
        ApiKey? found = null;
        if (sent.Length > 0)
        {
            var digest = ApiKey.DigestOf(sent);
            foreach (var key in _keys)
            {
                if (CryptographicOperations.FixedTimeEquals(digest, key.Digest))
                {
                    found = key;
                }
            }
        }

        var caller = new Caller(found, sent.Length > 0);
        context.Features.Set(caller);
        return caller;
    }

    /// <summary>Why a request may not pass, or null.</summary>
    public IResult? Refusal(HttpContext context)
    {
        if (!AreRequired)
        {
            return null;
        }

        var caller = Identify(context);
        var address = context.Connection.RemoteIpAddress;
        if (caller.Key is { } key)
        {
            return _wrong.Allows(address, key) ? null : TooMany();
        }

        if (caller.SentSomething && !_wrong.Count(address))
        {
            return TooMany();
        }

        context.Response.Headers.WWWAuthenticate = "Bearer realm=\"GeoTagService\", ApiKey";
        return EdgeProblems.ApiKeyMissing().ToResult();

        IResult TooMany() => AccessProblems.TooManyWrongKeys(_wrong.SecondsToWait).ToResult();
    }

    /// <summary>The key as a header of either kind holds it.</summary>
    private static string Sent(HttpRequest request)
    {
        if (request.Headers[Header].ToString() is { Length: > 0 } own)
        {
            return own;
        }

        var authorization = request.Headers.Authorization.ToString();
        return authorization.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase) ? authorization[Bearer.Length..].Trim() : "";
    }

    /// <summary>Looks at the file when it was not looked at for a while; one request at a time does.</summary>
    private void LookAgain()
    {
        if (_file is null || _time.GetElapsedTime(Volatile.Read(ref _lookedAt)) < Interval || !_reading.TryEnter())
        {
            return;
        }

        try
        {
            Look();
        }
        finally
        {
            _reading.Exit();
        }
    }

    private void Look()
    {
        Volatile.Write(ref _lookedAt, _time.GetTimestamp());
        try
        {
            var text = File.ReadAllText(_file!);
            if (text == _text)
            {
                return;
            }

            _text = text;
            var read = ApiKeyList.OfFile(text);
            if (read.Faults.Count > 0)
            {
                Log.Unusable(_logger, string.Join("; ", read.Faults));
                return;
            }

            _keys = [.. _configured, .. read.Keys];
            Log.Read(_logger, read.Keys.Count);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            if (_text.Length > 0)
            {
                _text = "";
                Log.Unusable(_logger, fault.Message);
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 1010, Level = LogLevel.Information, Message = "{Count} API keys were read from their file")]
        public static partial void Read(ILogger logger, int count);

        [LoggerMessage(
            EventId = 1011,
            Level = LogLevel.Warning,
            Message = "The file of API keys cannot be used, and those read before go on: {Reason}"
        )]
        public static partial void Unusable(ILogger logger, string reason);
    }
}
