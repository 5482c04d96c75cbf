using System.Net;
using System.Net.Sockets;
using GeoTagService.Api.Fields;
using GeoTagService.Api.Uploads;
using GeoTagService.Core;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Fetching;

/// <summary>
/// Fetches photos from the hosts that the settings name. A name is resolved when it is connected to, and the address that is
/// connected to is the one that was looked at: a name that is answered differently the next time gains nothing by it. Redirects are
/// followed here, each as if it had been asked for. docs/use/security.md tells against what.
/// </summary>
internal sealed class PhotoFetcher : IDisposable
{
    private const string Image = "image";
    private const int LongestShown = 100;

    private readonly FetchOptions _options;
    private readonly IReadOnlyList<FetchableHost> _hosts;
    private readonly IReadOnlyList<IPNetwork> _networks;
    private readonly long _maxBytes;
    private readonly TimeProvider _time;
    private readonly HttpMessageInvoker _http;

    public PhotoFetcher(IOptions<FetchOptions> options, IOptions<TaggingOptions> tagging, TimeProvider time)
    {
        _options = options.Value;
        _hosts = [.. _options.Hosts.Select(host => FetchableHost.Parse(host)!)];
        _networks = [.. _options.Networks.Select(network => IPNetwork.Parse(network))];
        _maxBytes = tagging.Value.MaxImageBytes;
        _time = time;
        _http = new HttpMessageInvoker(
            new SocketsHttpHandler
            {
                ConnectCallback = ConnectAsync,
                AllowAutoRedirect = false,
                AutomaticDecompression = DecompressionMethods.None,
                // A proxy would resolve names by itself.
                UseProxy = false,
                UseCookies = false,
                // Another's server learns nothing of what goes on here.
                ActivityHeadersPropagator = null,
                MaxConnectionsPerServer = 8,
                MaxResponseHeadersLength = 32,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
            }
        );
    }

    /// <summary>Fetches a photo.</summary>
    /// <param name="address">Its address, as it was sent.</param>
    /// <param name="photo">Takes its bytes.</param>
    /// <param name="cancellationToken">Ends the fetching.</param>
    /// <returns>Why it was not fetched, or null.</returns>
    /// <exception cref="OperationCanceledException">The fetching was ended from outside.</exception>
    public async Task<TaggingError?> FetchAsync(string address, UploadBuffer photo, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(_options.Timeout, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        var host = "";
        try
        {
            Uri? from = null;
            for (var redirects = 0; ; redirects++)
            {
                if (Check(address, from, out var to) is { } refusal)
                {
                    return refusal;
                }

                host = to!.Host;
                if (redirects > _options.MaxRedirects)
                {
                    return NotFetched($"'{host}' redirects more than {_options.MaxRedirects} times.");
                }

                using var request = new HttpRequestMessage(HttpMethod.Get, to);
                request.Headers.Accept.ParseAdd("image/*");
                request.Headers.UserAgent.ParseAdd("GeoTagService");
                using var answer = await _http.SendAsync(request, either.Token);
                if (
                    answer.StatusCode
                    is HttpStatusCode.MovedPermanently
                        or HttpStatusCode.Found
                        or HttpStatusCode.SeeOther
                        or HttpStatusCode.TemporaryRedirect
                        or HttpStatusCode.PermanentRedirect
                )
                {
                    (from, address) = (to, answer.Headers.Location?.OriginalString ?? "");
                    continue;
                }

                return answer.StatusCode == HttpStatusCode.OK
                    ? await TakeAsync(answer.Content, photo, either.Token)
                    : NotFetched($"'{host}' answered {(int)answer.StatusCode}.");
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return NotFetched($"'{host}' did not send it within {_options.Timeout.TotalSeconds:0.###} s.");
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException)
        {
            return fault.GetBaseException() is ClosedAddressException
                ? Refused($"'{host}' has an address in a network that photos are not fetched from (GeoTag:Fetch:Networks).")
                : NotFetched(
                    fault is HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError }
                    || fault.GetBaseException()
                        is SocketException { SocketErrorCode: SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain }
                        ? $"There is no host '{host}'."
                        : $"'{host}' cannot be reached, or broke off."
                );
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Whether something may be fetched.</summary>
    private TaggingError? Check(string address, Uri? from, out Uri? to)
    {
        if (_hosts.Count == 0)
        {
            to = null;
            return Refused("'image' is an address, and this service fetches no photos (GeoTag:Fetch:Hosts); send the photo itself.");
        }

        var isUri = from is null ? Uri.TryCreate(address, UriKind.Absolute, out to) : Uri.TryCreate(from, address, out to);
        if (!isUri || (to!.Scheme != Uri.UriSchemeHttps && to.Scheme != Uri.UriSchemeHttp) || to.UserInfo.Length > 0)
        {
            return from is null
                ? Refused("'image' is not an http or https address without name and password.")
                : NotFetched($"'{from.Host}' redirects to what is not an http or https address.");
        }

        if (from?.Scheme == Uri.UriSchemeHttps && to.Scheme == Uri.UriSchemeHttp)
        {
            return NotFetched($"'{from.Host}' redirects from https to http.");
        }

        var wanted = to;
        return _hosts.Any(host => host.Holds(wanted))
            ? null
            : Refused(
                $"Photos are not fetched from '{Shown(to.Authority)}'{(from is null ? "" : $", where '{from.Host}' redirects")} (GeoTag:Fetch:Hosts)."
            );
    }

    private async ValueTask<TaggingError?> TakeAsync(HttpContent content, UploadBuffer photo, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > _maxBytes)
        {
            return RequestFaults.ImageTooLarge(_maxBytes);
        }

        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        return await photo.FillAsync(stream, cancellationToken);
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var endpoint = context.DnsEndPoint;
        var addresses = await Dns.GetHostAddressesAsync(endpoint.Host, cancellationToken);
        var open = addresses.Where(address => PublicAddresses.Hold(address, _networks)).ToArray();
        if (open.Length == 0)
        {
            throw addresses.Length == 0 ? new SocketException((int)SocketError.HostNotFound) : new ClosedAddressException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(open, endpoint.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static string Shown(string text) => text.Length <= LongestShown ? text : text[..LongestShown] + "…";

    private static TaggingError Refused(string detail) => new(TaggingErrorCode.InvalidValue, Image, detail);

    private static TaggingError NotFetched(string detail) =>
        new(TaggingErrorCode.ImageNotFetched, Image, $"The photo could not be fetched: {detail}");

    /// <summary>A name has no address that may be connected to.</summary>
    private sealed class ClosedAddressException : IOException;
}
