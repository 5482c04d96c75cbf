namespace GeoTagService.Core.Batching;

/// <summary>How much of the machine a run may use.</summary>
public enum MachineShare
{
    /// <summary>All of it: no other run is under way.</summary>
    Whole,

    /// <summary>Its part, beside other runs.</summary>
    Part,
}
