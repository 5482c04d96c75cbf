namespace GeoTagService.Models.Graphs;

/// <summary>A tensor of a graph under construction: an input, a weight or the output of a node.</summary>
/// <param name="Name">Its name inside the graph.</param>
public readonly record struct GraphValue(string Name)
{
    /// <summary>An optional input that is left out.</summary>
    public static GraphValue None => new(string.Empty);
}

/// <summary>One dimension of an input or output: a number, or a name for a size known only at run time.</summary>
public readonly record struct GraphDimension
{
    private GraphDimension(long? size, string? symbol)
    {
        Size = size;
        Symbol = symbol;
    }

    /// <summary>The fixed size, or null.</summary>
    public long? Size { get; }

    /// <summary>The name of a dynamic size, or null.</summary>
    public string? Symbol { get; }

    /// <summary>A fixed dimension.</summary>
    public static implicit operator GraphDimension(long size) => FromInt64(size);

    /// <summary>A dynamic dimension.</summary>
    public static implicit operator GraphDimension(string symbol) => FromString(symbol);

    /// <summary>A fixed dimension.</summary>
    public static GraphDimension FromInt64(long size) => new(size, null);

    /// <summary>A dynamic dimension.</summary>
    public static GraphDimension FromString(string symbol) => new(null, symbol);
}
