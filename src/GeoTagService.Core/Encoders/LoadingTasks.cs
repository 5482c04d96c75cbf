namespace GeoTagService.Core.Encoders;

/// <summary>Native parts that are loaded side by side.</summary>
public static class LoadingTasks
{
    /// <summary>Waits for a part that nobody wants any more, because another one failed, and frees it if it came about.</summary>
    /// <typeparam name="T">The part.</typeparam>
    public static void Discard<T>(this Task<T> loading)
    {
        // The handle waits without throwing what the task threw.
        ((IAsyncResult)loading).AsyncWaitHandle.WaitOne();
        if (loading.IsCompletedSuccessfully)
        {
            (loading.GetAwaiter().GetResult() as IDisposable)?.Dispose();
        }
    }
}
