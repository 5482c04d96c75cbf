using System.Diagnostics;
using GeoTagService.Testing;

namespace GeoTagService.DeployTests;

/// <summary>Published schemas, by <c>node/validate.mjs</c> and npm's packages.</summary>
internal static class Schemas
{
    private static readonly string Folder = RepositoryFile.PathOf("tests", "GeoTagService.DeployTests", "node");

    /// <summary>For <c>SkipUnless</c>.</summary>
    public static bool AreInstalled =>
        OtherProgram.IsInstalled("node") && Directory.Exists(Path.Combine(Folder, "node_modules", "kubernetes-models"));

    /// <summary>What is wrong with manifests, a fault a line.</summary>
    /// <param name="manifests">YAML.</param>
    /// <param name="kind"><c>compose</c> for a compose file.</param>
    public static async Task<string> FaultsAsync(string manifests, string? kind = null)
    {
        string[] arguments = kind is null ? [Path.Combine(Folder, "validate.mjs")] : [Path.Combine(Folder, "validate.mjs"), kind];
        using var node = Process.Start(
            new ProcessStartInfo(LocalMachine.FindProgram("node")!, arguments)
            {
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            }
        )!;
        var cancellation = TestContext.Current.CancellationToken;
        var output = node.StandardOutput.ReadToEndAsync(cancellation);
        var error = node.StandardError.ReadToEndAsync(cancellation);
        await node.StandardInput.WriteAsync(manifests.AsMemory(), cancellation);
        node.StandardInput.Close();
        await node.WaitForExitAsync(cancellation);
        Assert.Equal("", await error);
        return await output;
    }
}
