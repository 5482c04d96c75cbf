using System.Reflection;
using System.Runtime.CompilerServices;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using static ArchUnitNET.Fluent.ArchRuleDefinition;
using Assembly = System.Reflection.Assembly;

namespace GeoTagService.ArchitectureTests;

/// <summary>Holds the direction of dependencies: Api, Cli, Training, Models, Onnx → Core; the edge knows no tensors.</summary>
public sealed class DependencyDirectionTests
{
    private static readonly Assembly Core = typeof(Core.TagInput).Assembly;
    private static readonly Assembly Onnx = Assembly.Load("GeoTagService.Onnx");
    private static readonly Assembly Models = typeof(Models.Archives.ITensorArchive).Assembly;
    private static readonly Assembly Training = Assembly.Load("GeoTagService.Training");
    private static readonly Assembly Api = Assembly.Load("GeoTagService.Api");
    private static readonly Assembly Cli = Assembly.Load("geotag");

    private static readonly Architecture Rooms = new ArchLoader().LoadAssemblies(Core, Onnx, Models, Training, Api, Cli).Build();

    public static TheoryData<string, string[]> AllowedProjectReferences =>
        new()
        {
            { "GeoTagService.Contracts", [] },
            { "GeoTagService.Core", ["GeoTagService.Contracts"] },
            { "GeoTagService.Onnx", ["GeoTagService.Contracts", "GeoTagService.Core"] },
            { "GeoTagService.Models", ["GeoTagService.Contracts", "GeoTagService.Core"] },
            { "GeoTagService.Training", ["GeoTagService.Contracts", "GeoTagService.Core", "GeoTagService.Models", "GeoTagService.Onnx"] },
            { "GeoTagService.Api", ["GeoTagService.Contracts", "GeoTagService.Core", "GeoTagService.Onnx"] },
            { "GeoTagService.Bulk", ["GeoTagService.Client", "GeoTagService.Contracts", "GeoTagService.Core", "GeoTagService.Training"] },
            { "GeoTagService.Bench", ["GeoTagService.Contracts", "GeoTagService.Core", "GeoTagService.Onnx"] },
            { "GeoTagService.Client", ["GeoTagService.Contracts"] },
        };

    /// <summary>What a room's compiled code refers to, so that an unused project reference does no harm and a used one
    /// cannot hide.</summary>
    [Theory]
    [MemberData(nameof(AllowedProjectReferences))]
    public void Room_RefersOnlyToInnerRooms(string room, string[] allowed)
    {
        var referred = Assembly
            .Load(room)
            .GetReferencedAssemblies()
            .Select(name => name.Name!)
            .Where(name => name.StartsWith("GeoTagService.", StringComparison.Ordinal) || name == "geotag");

        Assert.Empty(referred.Except(allowed));
    }

    /// <summary>What is internal is seen by tests alone: a room that another one needs is public there, with its documentation.</summary>
    [Theory]
    [MemberData(nameof(PlanOfTheHouseTests.AllProjects), MemberType = typeof(PlanOfTheHouseTests))]
    public void Internals_AreVisibleToTestsAlone(string project)
    {
        var friends = Assembly
            .Load(project)
            .GetCustomAttributes<InternalsVisibleToAttribute>()
            .Select(friend => friend.AssemblyName.Split(',')[0]);

        Assert.DoesNotContain(friends, name => !name.EndsWith("Tests", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Microsoft.ML.OnnxRuntime")]
    [InlineData("Microsoft.AspNetCore")]
    [InlineData("Serilog")]
    [InlineData("Swashbuckle")]
    [InlineData("Spectre.Console")]
    [InlineData("System.CommandLine")]
    public void Core_KnowsNoEdgeAndNoEngine(string forbidden) =>
        Assert.DoesNotContain(Core.GetReferencedAssemblies(), name => name.Name!.StartsWith(forbidden, StringComparison.Ordinal));

    [Theory]
    [InlineData("GeoTagService.Api")]
    [InlineData("geotag")]
    [InlineData("GeoTagService.Models")]
    public void OnnxRuntimeTypes_StayOutOf(string room) =>
        Assert.DoesNotContain(
            Assembly.Load(room).GetReferencedAssemblies(),
            name => name.Name!.StartsWith("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)
        );

    [Fact]
    public void OnnxRoom_LetsNoEngineTypeEscape()
    {
        var escaping =
            from type in Onnx.GetExportedTypes()
            from member in type.GetMembers()
            let signature = member.ToString() ?? ""
            where member.DeclaringType == type && signature.Contains("Microsoft.ML.OnnxRuntime", StringComparison.Ordinal)
            select $"{type.FullName}.{member.Name}: {signature}";

        Assert.Empty(escaping);
    }

    /// <summary>Stages of one request, in order: an earlier stage never calls up into a later one.</summary>
    [Theory]
    [InlineData("GeoTagService.Core.Photos")]
    [InlineData("GeoTagService.Core.Titles")]
    [InlineData("GeoTagService.Core.Places")]
    [InlineData("GeoTagService.Core.Tags")]
    public void Stages_DoNotKnowTheBatcherOrTheSpine(string stage) =>
        Types()
            .That()
            .ResideInNamespace(stage)
            .Should()
            .NotDependOnAny(
                Types().That().ResideInNamespace("GeoTagService.Core.Batching").Or().HaveFullName("GeoTagService.Core.Tagging.PhotoTagger")
            )
            .Check(Rooms);
}
