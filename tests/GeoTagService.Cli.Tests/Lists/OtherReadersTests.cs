using System.Diagnostics;
using System.Text.Json;
using DuckDB.NET.Data;

namespace GeoTagService.Cli.Tests.Lists;

/// <summary>Outputs as programs of others read them.</summary>
public sealed class OtherReadersTests(TinyModel model) : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData("geojson")]
    [InlineData("csv")]
    [InlineData("parquet")]
    public async Task Gdal_ReadsWhatWasWritten(string format)
    {
        var ogrinfo = new[] { "/usr/bin/ogrinfo", "/usr/local/bin/ogrinfo" }.FirstOrDefault(File.Exists);
        Assert.SkipWhen(ogrinfo is null, "ogrinfo (gdal-bin) is not installed");
        if (format == "parquet")
        {
            Assert.SkipUnless(
                (await OgrAsync(ogrinfo, "--formats")).Contains("Parquet -", StringComparison.Ordinal),
                "this GDAL has no driver for Parquet"
            );
        }

        var lines = await RowsAsync("ndjson");
        var output = await TagAsync(format);
        string[] places = format == "csv" ? ["-oo", "X_POSSIBLE_NAMES=lon", "-oo", "Y_POSSIBLE_NAMES=lat"] : [];
        var said = await OgrAsync(ogrinfo, ["-al", .. places, output]);

        Assert.Contains($"Feature Count: {lines.Count}", said, StringComparison.Ordinal);
        Assert.Equal(
            lines.Count(line => line.TryGetProperty("lat", out _)),
            said.Split('\n').Count(line => line.TrimStart().StartsWith("POINT (", StringComparison.Ordinal))
        );
        Assert.Contains("POINT (-1.5 53.5)", said, StringComparison.Ordinal);
        Assert.Contains(format == "csv" ? "tags_0.5 (String)" : "tags_0.5 (StringList)", said, StringComparison.Ordinal);
        Assert.Contains(format == "csv" ? "scores_0.5 (String)" : "scores_0.5 (RealList)", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DuckDb_ReadsListsAndPlacesOfParquet()
    {
        Assert.SkipUnless(
            File.Exists(Path.Combine(AppContext.BaseDirectory, "libduckdb.so")),
            "DuckDB's library is brought for Linux on x64 only"
        );
        var lines = await RowsAsync("ndjson");
        var output = await TagAsync("parquet");
        await using var connection = new DuckDBConnection("DataSource=:memory:");
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT id, lat, lon, \"tags_0.5\", \"scores_0.5\" FROM read_parquet('{output}')";
        await using var rows = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);

        foreach (var line in lines)
        {
            Assert.True(await rows.ReadAsync(TestContext.Current.CancellationToken));
            Assert.Equal(line.GetProperty("id").GetString(), rows.GetString(0));
            Assert.Equal(Place("lat"), rows.IsDBNull(1) ? null : rows.GetDouble(1));
            Assert.Equal(Place("lon"), rows.IsDBNull(2) ? null : rows.GetDouble(2));
            Assert.Equal(line.GetProperty("tags_0.5").EnumerateArray().Select(tag => tag.GetString()), rows.GetFieldValue<List<string>>(3));
            // Two runs: the last bits of a score depend on its company in a batch.
            Assert.Equal(
                line.GetProperty("scores_0.5").EnumerateArray().Select(score => score.GetSingle()),
                rows.GetFieldValue<List<float>>(4),
                (expected, found) => MathF.Abs(expected - found) < 1e-5f
            );

            double? Place(string name) => line.TryGetProperty(name, out var value) ? value.GetDouble() : null;
        }

        Assert.False(await rows.ReadAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> OgrAsync(string ogrinfo, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(ogrinfo, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
        )!;
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var said = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await error);
        return said;
    }

    private async Task<List<JsonElement>> RowsAsync(string format) =>
        [
            .. (await File.ReadAllLinesAsync(await TagAsync(format), TestContext.Current.CancellationToken)).Select(line =>
                JsonElement.Parse(line)
            ),
        ];

    private async Task<string> TagAsync(string format)
    {
        var list = _directory.PathOf("list.csv");
        await File.WriteAllTextAsync(
            list,
            "id,title,lat,lon\n1,\"Canal; lock, \"\"old\"\"\",53.5,-1.5\n2,Moor,,\n3,Bad,x,\n4,Tor,54.25,-2.125\n",
            TestContext.Current.CancellationToken
        );
        var output = _directory.PathOf("out." + format);
        (await GeotagRun.Of("tag", "--bundle", model.Bundle, "--input", list, "--output", output, "--scores")).Succeeds();
        return output;
    }
}
