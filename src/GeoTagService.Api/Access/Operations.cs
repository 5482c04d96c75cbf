namespace GeoTagService.Api.Access;

/// <summary>Marks the endpoints that do or tell what the service is for; they ask for keys and are counted.</summary>
internal sealed class Operation
{
    /// <summary>The mark.</summary>
    public static readonly Operation Mark = new();
}

/// <summary>What a request to an operation costs in the client's limit, in photos. Without it a request costs one.</summary>
/// <param name="Photos">Photos that are encoded for it, at least 1.</param>
internal sealed record RequestCost(int Photos);

/// <summary>Which requests are for operations, and what they cost; for keys and limits alike.</summary>
internal static class Operations
{
    private const string Version1 = "/v1",
        Inference = "/v2",
        InferenceHealth = "/v2/health";

    /// <summary>Whether a request is for an operation: one that is mapped, or whatever else lies under their paths.</summary>
    public static bool Include(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<Operation>() is not null
        || context.Request.Path.StartsWithSegments(Version1)
        || (context.Request.Path.StartsWithSegments(Inference) && !context.Request.Path.StartsWithSegments(InferenceHealth));

    /// <summary>What a request costs.</summary>
    public static int CostOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RequestCost>()?.Photos ?? 1;

    /// <summary>Whether a request reads what the service knows: tags and model.</summary>
    public static bool IsCatalogue(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && request.Path.StartsWithSegments(Version1, out var operation)
        && (
            operation.Equals("/tags", StringComparison.OrdinalIgnoreCase) || operation.Equals("/model", StringComparison.OrdinalIgnoreCase)
        );
}
