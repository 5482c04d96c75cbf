using GeoTagService.Core;

namespace GeoTagService.Bulk;

/// <summary>Tells an item's fault from the machine's.</summary>
public static class LostEncoder
{
    /// <summary>Ends the run where the machine, not the item, is at fault: all that follow would fail alike, and stay pending
    /// this way.</summary>
    /// <exception cref="RunFailureException">The encoder was lost.</exception>
    public static void EndsTheRun(TaggingError error)
    {
        if (error.Code == TaggingErrorCode.NotReady)
        {
            throw new RunFailureException(RunFailure.Environment, error.Detail);
        }
    }
}
