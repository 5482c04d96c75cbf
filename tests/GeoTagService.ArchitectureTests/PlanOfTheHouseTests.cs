using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace GeoTagService.ArchitectureTests;

/// <summary>The plan of the house: no namespaces of a project depend on each other in a circle, and each room of Core sees
/// the rooms below it alone.</summary>
public sealed class PlanOfTheHouseTests
{
    private static readonly string[] Projects =
    [
        "GeoTagService.Contracts",
        "GeoTagService.Core",
        "GeoTagService.Onnx",
        "GeoTagService.Models",
        "GeoTagService.Training",
        "GeoTagService.Bulk",
        "GeoTagService.Bench",
        "GeoTagService.Client",
        "GeoTagService.Api",
        "geotag",
    ];

    private static readonly Architecture House = new ArchLoader().LoadAssemblies([.. Projects.Select(Assembly.Load)]).Build();

    /// <summary>The rooms of Core, from the ground floor up, and whom each may see. Everybody sees the ground floor, the shared
    /// words at Core's root.</summary>
    private static readonly Dictionary<string, string[]> CoreRooms = new()
    {
        [""] = [],
        ["Settings"] = [],
        ["Telemetry"] = [],
        ["Photos"] = ["Settings", "Telemetry"],
        ["Titles"] = [],
        ["Places"] = [],
        ["Tags"] = [],
        ["Batching"] = ["Settings", "Telemetry"],
        ["Bundles"] = ["Tags"],
        ["Encoders"] = ["Batching", "Bundles", "Photos", "Places", "Tags", "Telemetry", "Titles"],
        ["Tagging"] = ["Batching", "Bundles", "Encoders", "Photos", "Places", "Settings", "Tags", "Telemetry", "Titles"],
        ["Answers"] = ["Bundles", "Places", "Tagging", "Tags"],
        ["Hosting"] = ["Batching", "Bundles", "Encoders", "Photos", "Places", "Settings", "Tagging", "Tags", "Telemetry", "Titles"],
    };

    public static TheoryData<string> AllProjects => [.. Projects];

    [Theory]
    [MemberData(nameof(AllProjects))]
    public void NamespacesOfAProject_AreFreeOfCycles(string project)
    {
        var root = project == "geotag" ? "GeoTagService.Cli" : project;
        var sees = Dependencies(root)
            .GroupBy(pair => pair.From)
            .ToDictionary(group => group.Key, group => group.Select(pair => pair.To).ToHashSet());

        var circles =
            from pair in sees
            from next in pair.Value
            where Reaches(sees, next, pair.Key)
            select $"{pair.Key} → {next} → … → {pair.Key}";

        Assert.Empty(circles);
    }

    [Fact]
    public void RoomsOfCore_SeeTheRoomsBelowThem()
    {
        var seen =
            from pair in Dependencies("GeoTagService.Core")
            let @from = RoomOf(pair.From)
            let to = RoomOf(pair.To)
            where @from != to && to.Length > 0 && !(CoreRooms.TryGetValue(@from, out var allowed) && allowed.Contains(to))
            select $"{@from} sees {to}";

        Assert.Empty(seen.Distinct());
    }

    [Fact]
    public void RoomsOfCore_AreAllOnThePlan()
    {
        var rooms = Dependencies("GeoTagService.Core").Select(pair => RoomOf(pair.From)).Distinct().ToList();

        Assert.Contains("Tagging", rooms);
        Assert.Contains("Hosting", rooms);
        Assert.Empty(rooms.Except(CoreRooms.Keys));
    }

    private static string RoomOf(string name) => name == "GeoTagService.Core" ? "" : name["GeoTagService.Core.".Length..].Split('.')[0];

    private static IEnumerable<(string From, string To)> Dependencies(string root) =>
        (
            from type in House.Types
            let @from = NameOf(type)
            where Under(@from, root)
            from dependency in type.Dependencies
            let to = NameOf(dependency.Target)
            where Under(to, root) && to != @from
            select (@from, to)
        ).Distinct();

    /// <summary>What the compiler makes has no namespace.</summary>
    private static string NameOf(IType type) => type.Namespace?.FullName ?? "";

    private static bool Under(string name, string root) => name == root || name.StartsWith(root + ".", StringComparison.Ordinal);

    private static bool Reaches(Dictionary<string, HashSet<string>> sees, string start, string goal)
    {
        var visited = new HashSet<string>();
        var open = new Stack<string>([start]);
        while (open.TryPop(out var at))
        {
            if (at == goal)
            {
                return true;
            }

            if (visited.Add(at) && sees.TryGetValue(at, out var next))
            {
                foreach (var name in next)
                {
                    open.Push(name);
                }
            }
        }

        return false;
    }
}
