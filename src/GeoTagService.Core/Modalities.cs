namespace GeoTagService.Core;

/// <summary>The parts that a head's input is concatenated from, always in this order.</summary>
[Flags]
public enum Modalities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The photo's embedding.</summary>
    Image = 1,

    /// <summary>The title's embedding.</summary>
    Title = 2,

    /// <summary>The two normalised coordinates.</summary>
    Location = 4,
}
