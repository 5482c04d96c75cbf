using System.Diagnostics;
using System.Globalization;
using System.IO.MemoryMappedFiles;
using System.Text;
using System.Text.RegularExpressions;

namespace GeoTagService.NullCuda;

/// <summary>
/// Libraries in the place of CUDA's and cuDNN's, made for one build of ONNX Runtime's CUDA provider: they export what it
/// imports. With them the provider, and all that lies above it, runs on a machine without a card: memory is the machine's,
/// copies copy, kernels compute nothing.
/// </summary>
public static partial class NullCardLibraries
{
    /// <summary>File name of the provider, which is part of ONNX Runtime's GPU package.</summary>
    public const string Provider = "libonnxruntime_providers_cuda.so";

    /// <summary>The library with what all of them share; it is loaded first.</summary>
    public const string State = "libnullcuda.so";

    /// <summary>cuDNN, by the name under which the provider opens it.</summary>
    public const string Cudnn = "libcudnn.so.9";

    /// <summary>The provider's own and the system's libraries, which are there without a card.</summary>
    private static readonly string[] System =
    [
        "libdl.so.2",
        "librt.so.1",
        "libpthread.so.0",
        "libstdc++.so.6",
        "libm.so.6",
        "libgcc_s.so.1",
        "libc.so.6",
        "ld-linux-x86-64.so.2",
    ];

    private static readonly Dictionary<string, string> Sources = new(StringComparer.Ordinal)
    {
        ["libcudart"] = "cudart.c",
        ["libcublas"] = "cublas.c",
        ["libcublasLt"] = "cublaslt.c",
        ["libcudnn"] = "cudnn.c",
    };

    /// <summary>The C compiler of this machine, or null where there is none.</summary>
    public static string? Compiler { get; } = new[] { "cc", "gcc", "clang" }.FirstOrDefault(IsOnPath);

    /// <summary>The libraries of CUDA that a provider is loaded with, by its own word, without the system's.</summary>
    public static IReadOnlyList<string> NeededBy(ElfLibrary provider)
    {
        ArgumentNullException.ThrowIfNull(provider);
        return [.. provider.Needed.Except(System, StringComparer.Ordinal)];
    }

    /// <summary>Makes the libraries; where they were made before for the same provider from the same sources, they stay.</summary>
    /// <param name="provider">Path of the provider.</param>
    /// <param name="folder">Where they go.</param>
    /// <returns>Their paths, in an order in which they can be loaded; cuDNN's last.</returns>
    /// <exception cref="InvalidOperationException">The compiler does not take them.</exception>
    public static IReadOnlyList<string> Build(string provider, string folder)
    {
        var library = ElfLibrary.Read(provider);
        string[] names = [State, .. NeededBy(library), Cudnn];
        string[] paths = [.. names.Select(name => Path.Combine(folder, name))];
        if (
            paths.All(File.Exists)
            && paths.Min(File.GetLastWriteTimeUtc) > File.GetLastWriteTimeUtc(typeof(NullCardLibraries).Assembly.Location)
        )
        {
            return paths;
        }

        Directory.CreateDirectory(folder);
        var sources = Directory.CreateTempSubdirectory("null-cuda-");
        try
        {
            foreach (var name in new[] { "state.h", "state.c", "cudart.c", "cublas.c", "cublaslt.c", "cudnn.c" })
            {
                File.WriteAllText(Path.Combine(sources.FullName, name), Resource(name));
            }

            Compile(sources.FullName, folder, State, "state.c", null);
            foreach (var name in names.Skip(1))
            {
                string[] imports =
                    name == Cudnn
                        ? [.. NamesIn(provider)]
                        :
                        [
                            .. library
                                .Imports.Where(import => Belongs(import, name))
                                .Select(import => import.Function)
                                .Distinct(StringComparer.Ordinal),
                        ];
                Generate(sources.FullName, folder, name, imports);
            }
        }
        finally
        {
            sources.Delete(recursive: true);
        }

        return paths;
    }

    /// <summary>The driver's functions carry no version; all others name their library.</summary>
    private static bool Belongs((string Function, string Library) import, string library) =>
        import.Library.Length > 0
            ? import.Library == library
            : library.StartsWith("libcuda.", StringComparison.Ordinal) && DriverFunction().IsMatch(import.Function);

    /// <summary>Writes the rest of a library: functions that say that all went well.</summary>
    private static void Generate(string sources, string folder, string library, string[] imports)
    {
        var stem = library[..library.IndexOf(".so", StringComparison.Ordinal)];
        var source = Sources.TryGetValue(stem, out var file) ? Resource(file) : "";
        var generated = new StringBuilder(source);
        foreach (var function in imports.Where(function => !Defines(source, function)))
        {
            generated.AppendLine(CultureInfo.InvariantCulture, $"int {function}(void) {{ return 0; }}");
        }

        File.WriteAllText(Path.Combine(sources, stem + ".all.c"), generated.ToString());
        string? map = null;
        if (library != Cudnn && !library.StartsWith("libcuda.", StringComparison.Ordinal))
        {
            // Imports are bound to a version that is called like the library.
            map = Path.Combine(sources, stem + ".map");
            File.WriteAllText(map, $"{library} {{ global: *; }};\n");
        }

        Compile(sources, folder, library, stem + ".all.c", map);
    }

    private static bool Defines(string source, string function) =>
        Regex.IsMatch(source, $@"[ *]{Regex.Escape(function)}\(")
        || (
            DescriptorFunction().Match(function) is { Success: true } match
            && source.Contains($"DESCRIPTOR({match.Groups[1].Value})", StringComparison.Ordinal)
        );

    private static void Compile(string sources, string folder, string library, string source, string? map)
    {
        var arguments = new List<string>
        {
            "-shared",
            "-fPIC",
            "-O1",
            "-w",
            "-fno-builtin",
            "-I",
            sources,
            "-o",
            Path.Combine(folder, library),
            Path.Combine(sources, source),
            $"-Wl,-soname,{library}",
            "-lpthread",
        };
        if (library != State)
        {
            arguments.AddRange([$"-L{folder}", "-l:" + State, "-Wl,-rpath,$ORIGIN"]);
        }

        if (map is not null)
        {
            arguments.Add($"-Wl,--version-script={map}");
        }

        using var process = Process.Start(
            new ProcessStartInfo(Compiler ?? throw new InvalidOperationException("there is no C compiler"), arguments)
            {
                RedirectStandardError = true,
            }
        )!;
        var faults = process.StandardError.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{library}: {faults}");
        }
    }

    /// <summary>cuDNN's functions that are named in the provider, which looks them up by name.</summary>
    private static SortedSet<string> NamesIn(string provider)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        using var file = MemoryMappedFile.CreateFromFile(provider, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewStream(0, 0, MemoryMappedFileAccess.Read);
        const int Longest = 256;
        var block = new byte[(1 << 20) + Longest];
        for (long at = 0; at < view.Length; at += block.Length - Longest)
        {
            view.Position = at;
            var bytes = block.AsSpan(0, view.ReadAtLeast(block, block.Length, throwOnEndOfStream: false));
            for (int found; (found = bytes.IndexOf("\0cudnn"u8)) >= 0; bytes = bytes[(found + 1)..])
            {
                var name = bytes.Slice(found + 1, Math.Min(Longest, bytes.Length - found - 1));
                if (
                    name.IndexOf((byte)0) is > 0 and var end
                    && Encoding.ASCII.GetString(name[..end]) is var text
                    && CudnnFunction().IsMatch(text)
                )
                {
                    names.Add(text);
                }
            }
        }

        return names;
    }

    private static string Resource(string name)
    {
        using var stream =
            typeof(NullCardLibraries).Assembly.GetManifestResourceStream(name)
            ?? throw new InvalidOperationException($"no resource {name}");
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    private static bool IsOnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Any(folder => File.Exists(Path.Combine(folder, program)));

    [GeneratedRegex(@"^cu[A-Z]\w*$")]
    private static partial Regex DriverFunction();

    [GeneratedRegex(@"^cudnn[A-Z]\w*$")]
    private static partial Regex CudnnFunction();

    [GeneratedRegex(@"^cudnn(?:Create|Destroy)(\w+)Descriptor$")]
    private static partial Regex DescriptorFunction();
}
