using System.Net;
using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using GeoTagService.Core;

namespace GeoTagService.Bulk.Fetching;

/// <summary>An object of a bucket.</summary>
/// <param name="Address"><c>s3://bucket/key</c>.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Time">Time of the last change, ticks of UTC; 0 where the host does not say.</param>
internal readonly record struct S3Object(string Address, long Size, long Time);

/// <summary>Reads and lists the objects of buckets, of AWS or of any host that speaks as S3 does. Credentials and region come from where
/// AWS's own tools take them; a host of one's own is asked without a signature where there are none.</summary>
internal sealed class S3Objects : IDisposable
{
    private const string Scheme = "s3://";
    private const string OwnHostsRegion = "us-east-1";

    private readonly WebManners _manners;
    private readonly SemaphoreSlim _turns;
    private readonly Lazy<AmazonS3Client> _client;

    /// <summary>Prepares it; no host is spoken to.</summary>
    public S3Objects(WebManners manners)
    {
        _manners = manners;
        _turns = new SemaphoreSlim(manners.PerHost);
        _client = new(Connect);
    }

    /// <summary>Whether a name is an object's, or that of a prefix of objects.</summary>
    public static bool IsAddress(string? name) => name is not null && name.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase);

    /// <summary>Lists the objects whose keys begin with that of an address, in the order of their keys.</summary>
    /// <param name="address"><c>s3://bucket/prefix/</c>, or <c>s3://bucket</c> for all.</param>
    /// <exception cref="RunFailureException">There is no such bucket, or it may not be listed.</exception>
    public async Task<IReadOnlyList<S3Object>> ListAsync(string address)
    {
        var (bucket, prefix) = Parse(address);
        var objects = new List<S3Object>();
        try
        {
            string? next = null;
            do
            {
                var page = await _client
                    .Value.ListObjectsV2Async(
                        new ListObjectsV2Request
                        {
                            BucketName = bucket,
                            Prefix = prefix,
                            ContinuationToken = next,
                        }
                    )
                    .ConfigureAwait(false);
                objects.AddRange(
                    (page.S3Objects ?? []).Select(found => new S3Object(
                        $"{Scheme}{bucket}/{found.Key}",
                        found.Size ?? 0,
                        found.LastModified?.ToUniversalTime().Ticks ?? 0
                    ))
                );
                next = page.IsTruncated == true ? page.NextContinuationToken : null;
            } while (next is not null);
        }
        catch (Exception fault) when (fault is AmazonClientException or AmazonServiceException or HttpRequestException)
        {
            var isOurs = fault is AmazonServiceException { StatusCode: HttpStatusCode.NotFound or HttpStatusCode.Forbidden };
            throw new RunFailureException(
                isOurs ? RunFailure.Request : RunFailure.Environment,
                $"{address} cannot be listed: {Describe(fault)}",
                fault
            );
        }

        return objects;
    }

    /// <summary>Reads an object.</summary>
    /// <param name="address"><c>s3://bucket/key</c>.</param>
    /// <param name="maxBytes">Most bytes.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public async Task<FetchedPhoto> ReadAsync(string address, long maxBytes, CancellationToken cancellationToken)
    {
        var (bucket, key) = Parse(address);
        await _turns.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            using var answer = await _client.Value.GetObjectAsync(bucket, key, cancellationToken).ConfigureAwait(false);
            if (answer.ContentLength > maxBytes)
            {
                return new FetchedPhoto(FetchFate.Gone, [], $"it has more than {maxBytes} bytes", MayPass: false);
            }

            using var kept = new MemoryStream();
            await answer.ResponseStream.CopyToAsync(kept, cancellationToken).ConfigureAwait(false);
            return new FetchedPhoto(FetchFate.Had, kept.ToArray(), null, MayPass: false);
        }
        catch (Exception fault)
            when (fault is AmazonClientException or AmazonServiceException or HttpRequestException or IOException or ArgumentException
                || (fault is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            )
        {
            // The client refuses checksums of hosts that are none, too.
            var status = (fault as AmazonServiceException)?.StatusCode ?? 0;
            var isGone = status is HttpStatusCode.NotFound or HttpStatusCode.Gone;
            var isRefused = status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden;
            return new FetchedPhoto(
                isGone ? FetchFate.Gone
                    : isRefused ? FetchFate.Refused
                    : FetchFate.Unreachable,
                [],
                Describe(fault),
                MayPass: !isGone && !isRefused
            );
        }
        finally
        {
            _turns.Release();
        }
    }

    public void Dispose()
    {
        if (_client.IsValueCreated)
        {
            _client.Value.Dispose();
        }

        _turns.Dispose();
    }

    private static (string Bucket, string Key) Parse(string address)
    {
        var parts = address[Scheme.Length..].Split('/', 2);
        return parts[0].Length > 0
            ? (parts[0], parts.Length > 1 ? parts[1] : "")
            : throw new RunFailureException(RunFailure.Request, $"{address} names no bucket: s3://bucket/key");
    }

    private static string Describe(Exception fault) =>
        fault is AmazonServiceException { StatusCode: > 0 } answer
            ? $"it answers {(int)answer.StatusCode}{(answer.ErrorCode is { Length: > 0 } code ? $" {code}" : "")}"
            : $"{(fault.InnerException ?? fault).Message.ReplaceLineEndings(" ").TrimEnd('.')}";

    private AmazonS3Client Connect()
    {
        var endpoint = _manners.S3Endpoint ?? Set("AWS_ENDPOINT_URL_S3") ?? Set("AWS_ENDPOINT_URL");
        var settings = new AmazonS3Config { MaxErrorRetry = _manners.Retries, Timeout = _manners.Timeout };
        if (endpoint is null)
        {
            return new AmazonS3Client(settings);
        }

        settings.ServiceURL = endpoint;
        settings.ForcePathStyle = true;
        settings.AuthenticationRegion = Set("AWS_REGION") ?? Set("AWS_DEFAULT_REGION") ?? OwnHostsRegion;
        return Set("AWS_ACCESS_KEY_ID") is null && Set("AWS_PROFILE") is null
            ? new AmazonS3Client(new AnonymousAWSCredentials(), settings)
            : new AmazonS3Client(settings);
    }

    private static string? Set(string variable) => Environment.GetEnvironmentVariable(variable) is { Length: > 0 } value ? value : null;
}
