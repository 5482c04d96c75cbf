using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Core.Photos.Isolation;

/// <summary>How the child's program is started.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">Its arguments.</param>
internal sealed record DecoderProgram(string FileName, IReadOnlyList<string> Arguments)
{
    /// <summary>The program's file, which lies beside the service's own.</summary>
    public const string Assembly = "GeoTagService.Decoder.dll";

    // What the system needs to find its libraries. Everything else, secrets above all, stays with the parent.
    private static readonly string[] Inherited = ["LD_LIBRARY_PATH", "SystemRoot", "TMP", "TEMP"];

    /// <summary>Finds the program.</summary>
    /// <param name="folder">Where this program's files lie.</param>
    /// <exception cref="FileNotFoundException">It is not there.</exception>
    public static DecoderProgram Find(string folder)
    {
        var assembly = Path.Combine(folder, Assembly);
        if (!File.Exists(assembly))
        {
            throw new FileNotFoundException(
                $"{Assembly}, the program that decodes photos other than plain JPEGs, does not lie beside the service's files. "
                    + "Put it there, or set GeoTag:Decoding:Codecs to InProcess."
            );
        }

        var muxer = Path.Combine(DotnetRoot, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return File.Exists(muxer)
            ? new DecoderProgram(muxer, ["exec", assembly])
            : new DecoderProgram(Path.ChangeExtension(assembly, OperatingSystem.IsWindows() ? ".exe" : null)!, []);
    }

    /// <summary>Starts it.</summary>
    /// <param name="imageSize">Pixels a side of the crop.</param>
    /// <param name="limits">What it may use.</param>
    /// <exception cref="System.ComponentModel.Win32Exception">It could not be started.</exception>
    public Process Start(int imageSize, DecoderLimits limits)
    {
        var start = new ProcessStartInfo(FileName)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            CreateNoWindow = true,
        };
        foreach (var argument in Arguments)
        {
            start.ArgumentList.Add(argument);
        }

        start.ArgumentList.Add(imageSize.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(limits.NativeBytes.ToString(CultureInfo.InvariantCulture));
        start.ArgumentList.Add(((int)limits.Formats).ToString(CultureInfo.InvariantCulture));

        var kept = Inherited
            .Select(name => KeyValuePair.Create(name, Environment.GetEnvironmentVariable(name)))
            .Where(pair => pair.Value is not null)
            .ToArray();
        start.Environment.Clear();
        foreach (var (name, value) in kept)
        {
            start.Environment[name] = value;
        }

        start.Environment["DOTNET_ROOT"] = DotnetRoot;
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        start.Environment["DOTNET_GCHeapHardLimit"] = limits.HeapBytes.ToString("x", CultureInfo.InvariantCulture);
        return Process.Start(start) ?? throw new InvalidOperationException("The decoder's process did not start.");
    }

    // shared/Microsoft.NETCore.App/10.0.0 lies three levels below the root.
    private static string DotnetRoot => Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", ".."));
}

/// <summary>What a child may use.</summary>
/// <param name="HeapBytes">Bytes of the managed heap: the photo's file, crops, tables.</param>
/// <param name="NativeBytes">Bytes of all private memory, pixels included.</param>
/// <param name="Formats">What it reads beside the usual formats.</param>
internal readonly record struct DecoderLimits(long HeapBytes, long NativeBytes, PhotoFormats Formats = PhotoFormats.None)
{
    private const long Heap = 64L * 1024 * 1024;
    private const long Runtime = 256L * 1024 * 1024;
    private const int BytesPerPixel = 4;

    // Decoders of the formats by choice keep planes of their own (docs/decisions/further-formats.md).
    private const int BytesPerPixelByChoice = 16;

    /// <summary>Enough for the largest photo that is accepted.</summary>
    /// <param name="maxImageBytes">Most bytes of a file.</param>
    /// <param name="maxImagePixels">Most pixels.</param>
    /// <param name="formats">Formats that are read beside the usual ones.</param>
    public static DecoderLimits For(long maxImageBytes, long maxImagePixels, PhotoFormats formats = PhotoFormats.None)
    {
        var perPixel = formats == PhotoFormats.None ? BytesPerPixel : BytesPerPixelByChoice;
        var pixels = perPixel * Math.Min(maxImagePixels, InProcessImageDecoder.MostPixels);
        return new(Heap + (3 * maxImageBytes), Runtime + Heap + (3 * maxImageBytes) + pixels, formats);
    }
}
