using GeoTagService.NullCuda;

// usage: dotnet run --project tests/GeoTagService.NullCuda -- PROVIDER FOLDER
if (args.Length != 2)
{
    Console.Error.WriteLine($"usage: NullCuda PATH-OF-{NullCardLibraries.Provider} FOLDER");
    return 2;
}

if (NullCardLibraries.Compiler is null)
{
    Console.Error.WriteLine("NullCuda: there is no C compiler on the path (cc, gcc or clang)");
    return 3;
}

foreach (var path in NullCardLibraries.Build(args[0], args[1]))
{
    Console.WriteLine(path);
}

return 0;
