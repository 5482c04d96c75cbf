namespace GeoTagService.DeployTests.Kubernetes;

/// <summary>Manifests against the published schemas of Kubernetes, KEDA and the Prometheus operator, and against the rest of the
/// repository.</summary>
public sealed class ManifestTests
{
    private const string NoSchemas = "the schemas are not installed (npm install in tests/GeoTagService.DeployTests/node)";

    private static readonly string Folder = RepositoryFile.PathOf("deploy", "kubernetes");

    private static readonly string[] Overlays =
    [
        .. Directory
            .EnumerateFiles(Path.Combine(Folder, "overlays"), "kustomization.yml", SearchOption.AllDirectories)
            .Select(Path.GetDirectoryName)
            .OfType<string>()
            .Order(StringComparer.Ordinal),
    ];

    public static bool HasSchemas => Schemas.AreInstalled;

    public static bool HasSchemasAndKubectl => Schemas.AreInstalled && OtherProgram.IsInstalled("kubectl");

    private static IEnumerable<string> Manifests =>
        new[] { "base", "components" }
            .SelectMany(part => Directory.EnumerateFiles(Path.Combine(Folder, part), "*.yml", SearchOption.AllDirectories))
            .Where(path => Path.GetFileName(path) != "kustomization.yml");

    [Fact(SkipUnless = nameof(HasSchemas), Skip = NoSchemas)]
    public async Task Manifests_AreValid() => Assert.Equal("", await Schemas.FaultsAsync(Together(Manifests.Select(File.ReadAllText))));

    [Fact(SkipUnless = nameof(HasSchemasAndKubectl), Skip = "kubectl and the schemas are needed")]
    public async Task Overlays_AreValid()
    {
        var rendered = new List<string>();
        foreach (var overlay in Overlays)
        {
            var (exitCode, output) = await OtherProgram.RunAsync("kubectl", ["kustomize", overlay]);
            Assert.True(exitCode == 0, output);
            rendered.Add(output);
        }

        Assert.Contains(rendered, text => text.Contains("nvidia.com/gpu: 1", StringComparison.Ordinal));
        Assert.Equal("", await Schemas.FaultsAsync(Together(rendered)));
    }

    [Fact(SkipUnless = nameof(HasSchemas), Skip = NoSchemas)]
    public async Task PlantedErrors_AreFound()
    {
        var manifests = Together(Manifests.Select(File.ReadAllText))
            .Replace("readinessProbe:", "readynessProbe:", StringComparison.Ordinal)
            .Replace("maxReplicas: 8", "maxReplicas: many", StringComparison.Ordinal)
            .Replace("memory: 2Gi", "memory: 2Gib", StringComparison.Ordinal)
            .Replace("claimName: geotag-models", "claim: geotag-models", StringComparison.Ordinal)
            .Replace("policy/v1", "policy/v2", StringComparison.Ordinal)
            .Replace("kind: ServiceMonitor", "kind: ServiceMonitors", StringComparison.Ordinal)
            .Replace("minReplicaCount: 2", "minReplicaCount: two", StringComparison.Ordinal)
            .Replace("pathType: Exact", "pathType: exactly", StringComparison.Ordinal);

        var faults = await Schemas.FaultsAsync(manifests);

        foreach (
            var part in new[]
            {
                "readynessProbe",
                "maxReplicas must be integer",
                "format \"quantity\"",
                "claimName",
                "there is no API policy/v2",
                "monitoring.coreos.com/v1 has no ServiceMonitors",
                "minReplicaCount",
                "pathType",
            }
        )
        {
            Assert.Contains(part, faults, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Rules_AreThoseOfMonitoring()
    {
        var rules = Yaml.Read(Path.Combine(Folder, "components", "monitoring", "rules.yml")).Single();
        var monitoring = Yaml.Read(RepositoryFile.PathOf("deploy", "monitoring", "rules.yml")).Single();

        Assert.Equal(Written(monitoring["groups"]), Written(At(rules, "spec", "groups")));
    }

    [Fact]
    public void MemoryLimits_AreTheOneThatTheAlertKnows()
    {
        var alert = File.ReadAllText(RepositoryFile.PathOf("deploy", "monitoring", "rules.yml"));
        var deployment = Yaml.Read(Path.Combine(Folder, "base", "deployment.yml")).Single();
        var compose = Yaml.Read(RepositoryFile.PathOf("docker-compose.yml")).Single();

        Assert.Contains("0.85 * 2147483648", alert, StringComparison.Ordinal);
        Assert.Equal("2Gi", At(deployment, "spec", "template", "spec", "containers", 0, "resources", "limits", "memory"));
        Assert.Equal("2G", At(compose, "services", "api", "deploy", "resources", "limits", "memory"));
        Assert.Contains(
            "MemoryMax=2G\n",
            File.ReadAllText(RepositoryFile.PathOf("deploy", "systemd", "geotagservice@.service")),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public void EveryPod_HasNoRights()
    {
        var pods = Manifests
            .SelectMany(Yaml.Read)
            .Concat(Yaml.Read(Path.Combine(Folder, "overlays", "archive", "base", "job.yml")))
            .Where(manifest => manifest["kind"] is "Deployment" or "Job")
            .Select(manifest => At(manifest, "spec", "template", "spec"))
            .ToList();

        Assert.Equal(3, pods.Count);
        Assert.All(
            pods,
            pod =>
            {
                Assert.Equal("false", At(pod, "automountServiceAccountToken"));
                Assert.Equal("true", At(pod, "securityContext", "runAsNonRoot"));
                Assert.Equal("1654", At(pod, "securityContext", "runAsUser"));
                Assert.Equal("RuntimeDefault", At(pod, "securityContext", "seccompProfile", "type"));
                var map = (Dictionary<object, object>)pod;
                var containers = ((List<object>)map["containers"]).Concat(
                    map.TryGetValue("initContainers", out var first) ? (List<object>)first : []
                );
                Assert.All(
                    containers,
                    container =>
                    {
                        Assert.Equal("true", At(container, "securityContext", "readOnlyRootFilesystem"));
                        Assert.Equal("false", At(container, "securityContext", "allowPrivilegeEscalation"));
                        Assert.Equal("ALL", At(container, "securityContext", "capabilities", "drop", 0));
                        Assert.NotNull(At(container, "resources", "limits", "memory"));
                        Assert.NotNull(At(container, "resources", "requests", "cpu"));
                    }
                );
            }
        );
    }

    private static string Together(IEnumerable<string> documents) => string.Join("\n---\n", documents);

    private static object At(object node, params object[] path) =>
        path.Aggregate(
            node,
            (at, step) =>
                at switch
                {
                    List<object> list => list[(int)step],
                    Dictionary<string, object> map => map[(string)step],
                    _ => ((Dictionary<object, object>)at)[step],
                }
        );

    /// <summary>The same text for the same content, whatever the order of members.</summary>
    private static string Written(object node) =>
        node switch
        {
            Dictionary<object, object> map =>
                $"{{{string.Join(';', map.OrderBy(pair => (string)pair.Key, StringComparer.Ordinal).Select(pair => $"{pair.Key}={Written(pair.Value)}"))}}}",
            List<object> list => $"[{string.Join(',', list.Select(Written))}]",
            _ => $"'{node}'",
        };
}
