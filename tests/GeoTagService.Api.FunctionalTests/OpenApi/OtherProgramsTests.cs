using System.Text.Json;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>What programs of others make of the document: a linter, a generator of clients, and a client that it made.</summary>
public sealed class OtherProgramsTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Linter_HasNothingToSay()
    {
        Assert.SkipUnless(NodePrograms.AreThere, NodePrograms.Missing);
        await using var application = new GeoTagApplication();
        using var client = application.CreateClient();
        var file = await SaveAsync(client);
        try
        {
            var (code, output) = await NodePrograms.RunAsync("redocly", "lint", file, "--config", "redocly.yaml", "--format=json");

            var totals = JsonDocument.Parse(output[output.IndexOf('{')..(output.LastIndexOf('}') + 1)]).RootElement.GetProperty("totals");
            Assert.True((code, totals.GetProperty("errors").GetInt32(), totals.GetProperty("warnings").GetInt32()) == (0, 0, 0), output);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Fact]
    public async Task TypeScriptClient_IsGeneratedCompiledAndAnswered()
    {
        Assert.SkipUnless(NodePrograms.AreThere, NodePrograms.Missing);
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var file = await SaveAsync(client);
        var made = Directory.CreateTempSubdirectory("geotag-client").FullName;
        try
        {
            var generated = await NodePrograms.RunAsync("openapi-typescript", file, "-o", Path.Combine(made, "geotag.d.ts"));
            Assert.True(generated.Code == 0, generated.Output);
            File.Copy(Path.Combine(NodePrograms.Folder, "walk.ts"), Path.Combine(made, "walk.ts"));
            // Found from where the program lies.
            Directory.CreateSymbolicLink(Path.Combine(made, "node_modules"), Path.Combine(NodePrograms.Folder, "node_modules"));
            await File.WriteAllTextAsync(Path.Combine(made, "package.json"), """{"type":"module"}""", Token);

            var compiled = await NodePrograms.RunAsync(
                "tsc",
                "--strict",
                "--target",
                "es2022",
                "--module",
                "nodenext",
                "--skipLibCheck",
                "--types",
                "node",
                Path.Combine(made, "walk.ts")
            );
            Assert.True(compiled.Code == 0, compiled.Output);

            var walked = await NodePrograms.RunFileAsync(
                "node",
                Path.Combine(made, "walk.js"),
                client.BaseAddress!.ToString().TrimEnd('/')
            );
            Assert.True(walked.Code == 0, walked.Output);
            Assert.Equal("49 tags, 3 of the most probable, 1 of 2 in the batch, invalid-value in lat", walked.Output.Trim());
        }
        finally
        {
            Directory.Delete(made, recursive: true);
            File.Delete(file);
        }
    }

    [Fact]
    public async Task PythonClient_IsGeneratedAndAnswered()
    {
        var missing = NodePrograms.MissingForPython;
        Assert.SkipWhen(missing is not null, missing ?? "");
        await using var application = GeoTagApplication.OnAPort();
        using var client = await application.ReadyClientAsync();
        var file = await SaveAsync(client);
        var made = Directory.CreateTempSubdirectory("geotag-client").FullName;
        try
        {
            var generated = await NodePrograms.RunAsync(
                "openapi-generator",
                ["generate", "-g", "python", "-i", file, "-o", made, "--package-name", "geotag_client"]
            );
            Assert.True(generated.Code == 0, generated.Output);
            File.Copy(Path.Combine(NodePrograms.Folder, "walk.py"), Path.Combine(made, "walk.py"));

            var walked = await NodePrograms.RunInAsync(
                made,
                NodePrograms.Python!,
                Path.Combine(made, "walk.py"),
                client.BaseAddress!.ToString().TrimEnd('/'),
                Path.Combine(ReferenceData.RepositoryRoot, "samples", "canal-lock.jpg")
            );

            Assert.True(walked.Code == 0, walked.Output);
            Assert.Equal(
                "ready, 49 tags, 3 of the most probable at SJ 96 88, invalid-value in the batch, malformed in threshold",
                walked.Output.Trim()
            );
        }
        finally
        {
            Directory.Delete(made, recursive: true);
            File.Delete(file);
        }
    }

    private static async Task<string> SaveAsync(HttpClient client)
    {
        var file = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.json");
        await File.WriteAllTextAsync(file, await client.GetStringAsync("/swagger/v1/swagger.json", Token), Token);
        return file;
    }
}
