using System.Text.Json;
using System.Text.RegularExpressions;
using GeoTagService.Core;

namespace GeoTagService.DeployTests.Monitoring;

/// <summary>Rules and dashboard ask for metrics that the service has.</summary>
public sealed partial class MonitoringTests(LiveMetrics live) : IClassFixture<LiveMetrics>
{
    // What Prometheus, and its operator, put on every series of a target.
    private static readonly HashSet<string> OfTheScrape = new(["job", "instance", "namespace", "pod"], StringComparer.Ordinal);

    private static readonly string Monitoring = RepositoryFile.PathOf("deploy", "monitoring");

    private static Dictionary<string, object> Rules => Yaml.Read(Path.Combine(Monitoring, "rules.yml")).Single();

    public static TheoryData<string> Queries => [.. AllRules().Select(rule => (string)rule["expr"]).Concat(DashboardQueries())];

    [Theory]
    [MemberData(nameof(Queries))]
    public void Query_NamesMetricsAndLabelsOfTheLiveService(string query)
    {
        var uses = PromQueries.Read(query);

        Assert.NotEmpty(uses);
        Assert.All(uses, use => Assert.Null(FaultOf(use)));
    }

    [Theory]
    [InlineData("rate(geotag_item_total{job=\"geotag\"}[5m])")]
    [InlineData("sum by (result) (rate(geotag_items_total[5m]))")]
    [InlineData("geotag_queue_depth{queue=\"image\"} > 1")]
    [InlineData("sum by (lane) (geotag_lane_crashes_total)")]
    [InlineData("histogram_quantile(0.95, sum by (le) (rate(geotag_queue_wait_bucket[5m])))")]
    [InlineData("up == 1 and on (instance) geotag_nothing")]
    public void WrongName_IsFound(string query) => Assert.Contains(PromQueries.Read(query), use => FaultOf(use) is not null);

    [Fact]
    public void Outcomes_AreThoseOfTheService()
    {
        var known = Enum.GetValues<TaggingErrorCode>()
            .Select(code => code.ToName().Replace('-', '_'))
            .Append("ok")
            .Append("cancelled")
            .ToHashSet(StringComparer.Ordinal);
        var values = AllRules()
            .Select(rule => (string)rule["expr"])
            .Concat(DashboardQueries())
            .SelectMany(query => OutcomeValues().Matches(query))
            .SelectMany(match => match.Groups["values"].Value.Split('|'))
            .ToHashSet();

        Assert.Contains("overloaded", values);
        Assert.All(values, value => Assert.Contains(value, known));
    }

    [Fact]
    public void Alerts_HaveAPageEach_AndATest()
    {
        var alerts = AllRules().Where(rule => rule.ContainsKey("alert")).ToList();
        var tests = File.ReadAllText(Path.Combine(Monitoring, "rules.test.yml"));

        Assert.NotEmpty(alerts);
        Assert.All(
            alerts,
            alert =>
            {
                var page = $"docs/use/alerts/{alert["alert"]}.md";
                Assert.Equal(page, ((Dictionary<object, object>)alert["annotations"])["runbook"]);
                Assert.True(File.Exists(RepositoryFile.PathOf(page.Split('/'))), page);
                Assert.Contains($"alertname: {alert["alert"]}\n        exp_alerts", tests, StringComparison.Ordinal);
            }
        );
        Assert.Equal(
            alerts.Select(alert => $"{alert["alert"]}.md").Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(RepositoryFile.PathOf("docs", "use", "alerts")).Select(Path.GetFileName).Order(StringComparer.Ordinal)
        );
    }

    [Fact(SkipUnless = nameof(HasPromtool), Skip = "promtool is not installed (Debian: apt-get install prometheus)")]
    public async Task Rules_PassTheirTests()
    {
        var check = await OtherProgram.RunAsync("promtool", ["check", "rules", Path.Combine(Monitoring, "rules.yml")]);
        var test = await OtherProgram.RunAsync("promtool", ["test", "rules", Path.Combine(Monitoring, "rules.test.yml")]);

        Assert.True(check.ExitCode == 0, check.Output);
        Assert.True(test.ExitCode == 0, test.Output);
    }

    public static bool HasPromtool => OtherProgram.IsInstalled("promtool");

    private static IEnumerable<Dictionary<string, object>> AllRules() =>
        from @group in (List<object>)Rules["groups"]
        from rule in (List<object>)((Dictionary<object, object>)@group)["rules"]
        select ((Dictionary<object, object>)rule).ToDictionary(pair => (string)pair.Key, pair => pair.Value);

    private static List<string> DashboardQueries()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(Monitoring, "grafana", "geotagservice.json")));
        return
        [
            .. from panel in dashboard.RootElement.GetProperty("panels").EnumerateArray()
            where panel.TryGetProperty("targets", out _)
            from target in panel.GetProperty("targets").EnumerateArray()
            select target.GetProperty("expr").GetString()!,
        ];
    }

    /// <summary>What is wrong with a use, or null.</summary>
    private string? FaultOf(MetricUse use)
    {
        var recorded = AllRules().FirstOrDefault(rule => rule.TryGetValue("record", out var name) && (string)name == use.Metric);
        if (use.Metric == "up" || recorded is not null)
        {
            return null;
        }

        if (!live.Labels.TryGetValue(use.Metric, out var labels))
        {
            return $"the service has no metric {use.Metric}";
        }

        var known = live.WithoutKnownLabels.Contains(use.Metric) ? [] : labels;
        var unknown = use.Labels.FirstOrDefault(label => !known.Contains(label) && !OfTheScrape.Contains(label));
        return unknown is null ? null : $"{use.Metric} has no label {unknown}";
    }

    [GeneratedRegex("outcome(=~|!~|!=|=)\"(?<values>[^\"]*)\"")]
    private static partial Regex OutcomeValues();
}
