namespace GeoTagService.Models.Archives.PyTorch;

// What a pickle may hold besides null, bool, long, double and string. All of it is inert data.

/// <summary>The name of a Python object. Only those in <see cref="PickleGlobals"/> exist here.</summary>
internal sealed record PickleGlobal(string Module, string Name, PickleGlobalKind Kind, ElementType? Storage = null)
{
    public override string ToString() => $"{Module}.{Name}";
}

internal sealed class PickleTuple(object?[] items)
{
    public static readonly PickleTuple Empty = new([]);

    public object?[] Items { get; } = items;
}

internal sealed class PickleList
{
    public List<object?> Items { get; } = [];
}

internal sealed class PickleDictionary
{
    /// <summary>Keys are strings or whole numbers (long).</summary>
    public Dictionary<object, object?> Items { get; } = [];
}

/// <summary>A module of a TorchScript archive: its class is only a name, its attributes are what was pickled.</summary>
internal sealed class PickleModule
{
    public PickleDictionary? Attributes { get; set; }
}

/// <summary>A storage as a persistent id names it.</summary>
internal sealed record PickleStorage(ElementType Type, string Key, long Elements);

/// <summary>A view of a storage, not yet checked against it.</summary>
internal sealed record PickleTensor(PickleStorage Storage, long Offset, long[] Shape, long[] Strides);
