namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>What a pickle of weights may ask of us. A CLIP's has about 300 tensors in 60 KB.</summary>
internal static class PickleLimits
{
    /// <summary>Longest pickle, bytes.</summary>
    public const int Bytes = 16 << 20;

    /// <summary>Most values on the stack.</summary>
    public const int Stack = 1 << 20;

    /// <summary>Most open marks: nested containers being filled.</summary>
    public const int Marks = 256;

    /// <summary>Most values remembered.</summary>
    public const int Memo = 1 << 20;

    /// <summary>Deepest nesting of modules and dictionaries followed.</summary>
    public const int Depth = 64;

    /// <summary>
    /// Most values looked at while tensors are gathered. A small pickle can refer to one dictionary from many places, and
    /// so describe a tree of any size.
    /// </summary>
    public const int Visits = 1 << 20;
}
