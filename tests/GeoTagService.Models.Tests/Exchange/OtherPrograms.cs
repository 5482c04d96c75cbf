using System.Diagnostics;
using GeoTagService.Testing;

namespace GeoTagService.Models.Tests.Exchange;

/// <summary>Programs of other makers that read what is exported, where they are installed.</summary>
internal static class OtherPrograms
{
    public const string NoPyTorch = "no python3 with PyTorch is on this machine (Debian: python3-torch)";

    public const string NoTransformers = "node, or bench/peers/transformersjs/node_modules, is not there (npm ci in that folder)";

    private static readonly string[] Pythons = ["python3", "/usr/bin/python3"];

    /// <summary>A Python that knows PyTorch, or null.</summary>
    public static string? PyTorch { get; } = Pythons.FirstOrDefault(python => Runs(python, "-c", "import torch, numpy"));

    /// <summary>A Python that has what the miniature's maker needs, or null.</summary>
    public static string? MakersPython { get; } = Pythons.FirstOrDefault(python => Runs(python, "-c", "import torch, numpy, PIL"));

    /// <summary>Folder of the installed transformers.js, or null.</summary>
    public static string? Transformers { get; } =
        Path.Combine(ReferenceData.RepositoryRoot, "bench", "peers", "transformersjs") is var folder
        && Directory.Exists(Path.Combine(folder, "node_modules", "@huggingface", "transformers"))
        && Runs("node", "--version")
            ? folder
            : null;

    /// <summary>Runs a program in a folder; returns what it said.</summary>
    public static (int Code, string Said) In(string folder, string program, params string[] arguments)
    {
        var (code, output, error) = Run(program, arguments, folder);
        return (code, output + error);
    }

    /// <summary>Runs a program; returns what it printed.</summary>
    public static string Output(string program, params string[] arguments)
    {
        var (code, output, error) = Run(program, arguments);
        Assert.True(code == 0, $"{program} ended with {code}: {error}");
        return output;
    }

    private static bool Runs(string program, params string[] arguments)
    {
        try
        {
            return Run(program, arguments).Code == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    private static (int Code, string Output, string Error) Run(string program, string[] arguments, string folder = "")
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = folder,
            }
        )!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.GetAwaiter().GetResult());
    }
}
