using System.Diagnostics;
using GeoTagService.Testing;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>Programs that read the document, from npm, where they are installed.</summary>
internal static class NodePrograms
{
    public const string Missing = "bench/peers/openapi/node_modules is not there (npm ci in that folder)";

    /// <summary>Where they are installed.</summary>
    public static string Folder => Path.Combine(ReferenceData.RepositoryRoot, "bench", "peers", "openapi");

    /// <summary>Whether they are.</summary>
    public static bool AreThere => File.Exists(Program("redocly")) && File.Exists(Program("tsc"));

    /// <summary>What a Python client needs that is not on this machine, or null: the generator, which is a program of Java's, and a Python
    /// with what such a client is built on.</summary>
    public static string? MissingForPython =>
        !File.Exists(Program("openapi-generator")) ? Missing
        : !Runs("java", "-version") ? "java is not on this machine (Debian: default-jre-headless)"
        : Python is null ? "no python3 with urllib3, dateutil, six and certifi is on this machine (Debian: python3-urllib3 …)"
        : null;

    /// <summary>A Python with what a generated client is built on, or null.</summary>
    public static string? Python { get; } =
        new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Runs(python, "-c", "import urllib3, dateutil, six, certifi"));

    /// <summary>Runs one of them.</summary>
    public static Task<(int Code, string Output)> RunAsync(string program, params string[] arguments) =>
        RunFileAsync(Program(program), arguments);

    /// <summary>Runs a file in their folder, where it finds what is installed.</summary>
    public static Task<(int Code, string Output)> RunFileAsync(string file, params string[] arguments) =>
        RunInAsync(Folder, file, arguments);

    /// <summary>Runs a file in a folder.</summary>
    public static async Task<(int Code, string Output)> RunInAsync(string folder, string file, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(file, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                Environment =
                {
                    ["REDOCLY_TELEMETRY"] = "off",
                    ["REDOCLY_SUPPRESS_UPDATE_NOTICE"] = "true",
                    ["NO_COLOR"] = "1",
                },
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return (process.ExitCode, output + await error);
    }

    /// <summary>Whether a program can be run and ends well.</summary>
    public static bool Runs(string program, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true }
            )!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static string Program(string name) => Path.Combine(Folder, "node_modules", ".bin", name);
}
