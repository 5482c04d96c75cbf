using GeoTagService.Api;
using GeoTagService.Api.Access;
using GeoTagService.Api.Administration;
using GeoTagService.Api.Batches;
using GeoTagService.Api.Caching;
using GeoTagService.Api.Catalogue;
using GeoTagService.Api.Embeddings;
using GeoTagService.Api.Health;
using GeoTagService.Api.Hosting;
using GeoTagService.Api.OpenApi;
using GeoTagService.Api.OpenInference;
using GeoTagService.Api.Pages;
using GeoTagService.Api.Places;
using GeoTagService.Api.Problems;
using GeoTagService.Api.Tagging;
using GeoTagService.Api.Telemetry;
using GeoTagService.Api.Uploads;
using GeoTagService.Core.Hosting;
using GeoTagService.Onnx;
using Microsoft.Extensions.Options;

var builder = WebApplication.CreateBuilder(ProgramFolder.Options(args));

// Also in production: a singleton that held on to a request's model would keep it through every reload.
builder.Host.UseDefaultServiceProvider(static provider => provider.ValidateScopes = true);
builder.AddServiceLogging();
builder.AddServiceTelemetry();
builder
    .Services.AddTagging()
    .AddSharedEmbeddings(builder.Configuration)
    .AddOnnxEncoder()
    .AddEdge()
    .AddAnswerCompression()
    .AddListeners()
    .AddAccess()
    .AddTagEdge()
    .AddPage()
    .AddAdministration()
    .AddOpenInference()
    .AddOpenApiDocument()
    .AddSettingNames();

return await builder
    .Build()
    .RunServiceAsync(
        ProgramFolder.MissingRoot(args),
        app =>
        {
            app.UseMiddleware<UnreadBodies>();
            app.UseGateway();
            app.UseRequestLog();
            app.UseResponseCompression();
            app.UseProblemDocuments();
            app.UseBrowserSecurity(app.Services.GetRequiredService<IOptions<MapOptions>>().Value.TilesOrigin);
            app.UseListeners();
            app.UseAccess();
            app.UseDefaultFiles();
            app.UseStaticFiles();
            app.UseOpenApiDocument();

            app.MapHealth();
            app.MapMetrics();
            app.MapPage();
            app.MapAdministration();
            app.MapVersion1().MapTagging().MapBatches().MapEmbeddings().MapCatalogue().MapPlaces();
            app.MapOpenInference();
        }
    );
