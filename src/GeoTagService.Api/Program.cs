using GeoTagService.Api;
using GeoTagService.Api.Access;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Caching;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Embeddings;
using GeoTagService.Api.Health;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.OpenApi;
using GeoTagService.Api.OpenInference;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Telemetry;
using GeoTagService.Core.Hosting;
using GeoTagService.Onnx;

var builder = WebApplication.CreateBuilder(ProgramFolder.Options(args));
builder.AddServiceLogging();
builder.AddServiceTelemetry();
builder.Services
    .AddTagging()
    .AddSharedEmbeddings(builder.Configuration)
    .AddOnnxEncoder()
    .AddEdge()
    .AddListeners()
    .AddAccess()
    .AddTagEdge()
    .AddOpenInference()
    .AddOpenApiDocument()
    .AddSettingNames();

return await builder.Build().RunServiceAsync(app =>
{
    app.UseGateway();
    app.UseRequestLog();
    app.UseProblemDocuments();
    app.UseBrowserSecurity();
    app.UseListeners();
    app.UseAccess();
    app.UseDefaultFiles();
    app.UseStaticFiles();
    app.UseOpenApiDocument();

    app.MapHealth();
    app.MapMetrics();
    app.MapVersion1()
        .MapTagging()
        .MapBatches()
        .MapEmbeddings()
        .MapCatalogue();
    app.MapOpenInference();
});
