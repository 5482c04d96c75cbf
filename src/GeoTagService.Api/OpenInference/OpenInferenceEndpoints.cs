using GeoTagService.Api.Access;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Core;
using GeoTagService.Core.Encoders;
using GeoTagService.Core.Tagging;
using GeoTagService.Core.Tags;

namespace GeoTagService.Api.OpenInference;

/// <summary>
/// The Open Inference Protocol (version 2, REST), which KServe, Triton and MLServer speak: a thin face over the same workshop.
/// A model of the protocol is a head of the bundle, or <c>auto</c>. Its own published document describes it; ours does not.
/// </summary>
internal static class OpenInferenceEndpoints
{
    private const string Platform = "onnxruntime_onnx";

    private static readonly IReadOnlyList<string> Labels = [.. TagCatalog.Tags.Select(tag => tag.Id)];

    /// <summary>Adds what the protocol needs.</summary>
    public static IServiceCollection AddOpenInference(this IServiceCollection services) => services.AddSingleton<InferReader>();

    /// <summary>Maps <c>/v2</c>.</summary>
    public static void MapOpenInference(this WebApplication app)
    {
        var open = app.MapGroup(ErrorMember.Root).ExcludeFromDescription();
        var health = open.MapGroup("/health").DisableRateLimiting();
        health.MapGet("/live", () => Results.Json(new ServerLive(true), InferJson.Default.ServerLive));
        health.MapGet(
            "/ready",
            (ModelReadiness readiness, DrainGate gate) =>
                Results.Json(
                    new ServerReady(IsReady(readiness, gate)),
                    InferJson.Default.ServerReady,
                    statusCode: Status(IsReady(readiness, gate))
                )
        );

        var guarded = TagEdgeExtensions.Guard(open.MapGroup(""), app.Services);
        guarded.MapGet(
            "",
            (ServedModel model) =>
                Results.Json(
                    new ServerMetadata("GeoTagService", model.Stamp.Version, [InferNames.BinaryExtension]),
                    InferJson.Default.ServerMetadata
                )
        );
        foreach (var path in new[] { "/models/{model}", "/models/{model}/versions/{version}" })
        {
            guarded.MapGet(path, Describe);
            guarded.MapGet(path + "/ready", Ready);
            guarded.MapPost(path + "/infer", InferAsync);
        }
    }

    private static bool IsReady(ModelReadiness readiness, DrainGate gate) => readiness.Current.IsReady && !gate.IsStopping;

    private static int Status(bool ready) => ready ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;

    private static IResult Describe(string model, string? version, PhotoTagger tagger, ServedModel served)
    {
        if (Missing(model, version, tagger, served) is { } missing)
        {
            return missing;
        }

        var parts = tagger.Model.Heads.FirstOrDefault(head => head.Descriptor.Name == model)?.Descriptor.Modalities;
        var inputs = new List<TensorMetadata>();
        var optional = new List<string>();
        Add(Modalities.Image, InferNames.Image, InferNames.Bytes, [-1]);
        Add(Modalities.Title, InferNames.Title, InferNames.Bytes, [-1]);
        Add(Modalities.Location, InferNames.Location, InferNames.Single, [-1, 2]);
        return Results.Json(
            new ModelMetadata(
                model,
                [served.Stamp.Version],
                Platform,
                inputs,
                [new TensorMetadata(InferNames.Probabilities, InferNames.Single, [-1, TagCatalog.Count])],
                new ModelParameters(Labels, optional)
            ),
            InferJson.Default.ModelMetadata
        );

        void Add(Modalities part, string name, string type, long[] shape)
        {
            if (parts is { } uses && !uses.HasFlag(part))
            {
                return;
            }

            inputs.Add(new TensorMetadata(name, type, shape));
            // A head's title and place have stand-ins; its photo has none, unless it is the service that chooses.
            if (parts is null || (part != Modalities.Image && parts != part))
            {
                optional.Add(name);
            }
        }
    }

    private static IResult Ready(
        string model,
        string? version,
        PhotoTagger tagger,
        ServedModel served,
        ModelReadiness readiness,
        DrainGate gate
    ) =>
        Missing(model, version, tagger, served)
        ?? Results.Json(
            new ModelReady(model, IsReady(readiness, gate)),
            InferJson.Default.ModelReady,
            statusCode: Status(IsReady(readiness, gate))
        );

    private static async Task<IResult> InferAsync(
        string model,
        string? version,
        HttpContext context,
        InferReader reader,
        PhotoTagger tagger,
        ServedModel served,
        ClientLimits limits,
        TimeProvider time
    )
    {
        if (Missing(model, version, tagger, served) is { } missing)
        {
            return missing;
        }

        var ticking = RequestClock.Start(context, time);
        if (!ticking.IsSuccess)
        {
            return ticking.Error.ToResult();
        }

        using var clock = ticking.Value;
        if (tagger.RefusalAtTheDoor(context, clock) is { } refusal)
        {
            return refusal.ToResult();
        }

        var reading = await reader.ReadAsync(context, clock, model == InferNames.Auto ? null : model);
        if (!reading.IsSuccess)
        {
            return reading.Error.ToResult();
        }

        using var received = reading.Value;
        if (InferAnswer.Wants(received.Request, out var isBinary) is { } fault)
        {
            return fault.ToResult();
        }

        // The first one came in with the request.
        if (limits.Charge(context, received.Items.Count - 1) is { } tooMany)
        {
            return tooMany;
        }

        var outcome = await TagAsync(received, tagger, clock);
        return outcome.IsSuccess
            ? new InferAnswer(received.Request, model, served.Stamp, outcome.Value, isBinary)
            : outcome.Error.ToResult();
    }

    /// <summary>Tags all items side by side, so that they share batches. The protocol has no place for a fault of one item: the
    /// first one answers for the request, and says which item it is.</summary>
    private static async Task<Outcome<IReadOnlyList<TagResult>>> TagAsync(
        ReceivedInference received,
        PhotoTagger tagger,
        RequestClock clock
    )
    {
        try
        {
            var outcomes = await Task.WhenAll(
                received.Items.Select(item =>
                    tagger.TagAsync(
                        clock.Timeout is null ? item : item with { Options = item.Options with { Timeout = clock.Timeout } },
                        clock.Token
                    )
                )
            );
            for (var i = 0; i < outcomes.Length; i++)
            {
                if (outcomes[i].Error is { } error)
                {
                    return outcomes.Length == 1 ? error : error with { Detail = $"Item {i}: {error.Detail}" };
                }
            }

            return Array.ConvertAll(outcomes, outcome => outcome.Value!);
        }
        catch (OperationCanceledException)
        {
            received.Abandon();
            if (clock.Expired)
            {
                return clock.Refusal();
            }

            throw;
        }
    }

    private static IResult? Missing(string model, string? version, PhotoTagger tagger, ServedModel served)
    {
        if (model != InferNames.Auto && tagger.Model.Heads.All(head => head.Descriptor.Name != model))
        {
            return NotFound("There is no model of this name: a model is a head of the bundle, which /v1/model lists, or auto.");
        }

        return version is null || version == served.Stamp.Version
            ? null
            : NotFound($"'{model}' is served in version {served.Stamp.Version} alone.");

        static IResult NotFound(string detail) =>
            (EdgeProblems.FromStatus(StatusCodes.Status404NotFound) with { Detail = detail }).ToResult();
    }
}
