namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>What a known Python name stands for here.</summary>
internal enum PickleGlobalKind
{
    /// <summary>Type of a storage, e.g. <c>torch.HalfStorage</c>.</summary>
    Storage,

    /// <summary><c>torch._utils._rebuild_tensor_v2</c>.</summary>
    Tensor,

    /// <summary><c>torch._utils._rebuild_parameter</c>.</summary>
    Parameter,

    /// <summary><c>collections.OrderedDict</c>.</summary>
    OrderedDictionary,

    /// <summary><c>torch.jit._pickle.build_intlist</c> and its like: a list of one element type.</summary>
    TypedList,

    /// <summary>A class of a TorchScript archive (<c>__torch__.…</c>), whose code is never looked at.</summary>
    ScriptModule,
}

/// <summary>The closed list of Python names that a file of weights may use. Nothing is looked up, imported or run.</summary>
internal static class PickleGlobals
{
    private const string ScriptModules = "__torch__";
    private const int LongestName = 1024;

    private static readonly Dictionary<(string Module, string Name), PickleGlobal> Known = new PickleGlobal[]
    {
        new("collections", "OrderedDict", PickleGlobalKind.OrderedDictionary),
        new("torch._utils", "_rebuild_tensor_v2", PickleGlobalKind.Tensor),
        new("torch._utils", "_rebuild_parameter", PickleGlobalKind.Parameter),
        new("torch.jit._pickle", "build_intlist", PickleGlobalKind.TypedList),
        new("torch.jit._pickle", "build_doublelist", PickleGlobalKind.TypedList),
        new("torch.jit._pickle", "build_boollist", PickleGlobalKind.TypedList),
        new("torch.jit._pickle", "build_tensorlist", PickleGlobalKind.TypedList),
        new("torch", "FloatStorage", PickleGlobalKind.Storage, ElementType.Float32),
        new("torch", "HalfStorage", PickleGlobalKind.Storage, ElementType.Float16),
        new("torch", "BFloat16Storage", PickleGlobalKind.Storage, ElementType.BFloat16),
        new("torch", "DoubleStorage", PickleGlobalKind.Storage, ElementType.Float64),
        new("torch", "LongStorage", PickleGlobalKind.Storage, ElementType.Int64),
        new("torch", "IntStorage", PickleGlobalKind.Storage, ElementType.Int32),
        new("torch", "ShortStorage", PickleGlobalKind.Storage, ElementType.Int16),
        new("torch", "CharStorage", PickleGlobalKind.Storage, ElementType.Int8),
        new("torch", "ByteStorage", PickleGlobalKind.Storage, ElementType.UInt8),
        new("torch", "BoolStorage", PickleGlobalKind.Storage, ElementType.Bool),
    }.ToDictionary(known => (known.Module, known.Name));

    /// <summary>The known global of that name.</summary>
    /// <exception cref="InvalidDataException">It is not on the list; the message names it.</exception>
    public static PickleGlobal Find(string module, string name)
    {
        if (Known.TryGetValue((module, name), out var known))
        {
            return known;
        }

        if (
            module.Length <= LongestName
            && name.Length <= LongestName
            && (module == ScriptModules || module.StartsWith(ScriptModules + ".", StringComparison.Ordinal))
        )
        {
            return new PickleGlobal(module, name, PickleGlobalKind.ScriptModule);
        }

        throw new InvalidDataException($"the pickle asks for '{Shown(module)}.{Shown(name)}', which is not allowed in weights");
    }

    private static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) ? '?' : c)]);
}
