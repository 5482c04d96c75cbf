using System.Reflection;
using System.Runtime.InteropServices;
using SkiaSharp;

namespace GeoTagService.Decoder;

/// <summary>Where the codec libraries' native files lie: beside the program when it was published for one platform, in the
/// platform's folder otherwise. The host would look there only with a list of libraries, which this program goes without.</summary>
internal static class NativeFiles
{
    /// <summary>Has the codec libraries found.</summary>
    public static void Find()
    {
        NativeLibrary.SetDllImportResolver(typeof(SKCodec).Assembly, Resolve);
        NativeLibrary.SetDllImportResolver(typeof(ImageMagick.MagickNET).Assembly, Resolve);
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? search)
    {
        if (NativeLibrary.TryLoad(name, assembly, search, out var handle))
        {
            return handle;
        }

        var file =
            OperatingSystem.IsWindows() ? $"{name}.dll"
            : OperatingSystem.IsMacOS() ? $"{name}.dylib"
            : $"{name}.so";
        foreach (var platform in (ReadOnlySpan<string>)[RuntimeInformation.RuntimeIdentifier, Portable])
        {
            if (NativeLibrary.TryLoad(Path.Combine(AppContext.BaseDirectory, "runtimes", platform, "native", file), out handle))
            {
                return handle;
            }
        }

        return 0;
    }

    private static string Portable =>
        OperatingSystem.IsWindows() ? $"win-{Architecture}"
        : OperatingSystem.IsMacOS() ? "osx"
        : $"linux-{Architecture}";

    private static string Architecture => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();
}
