namespace GeoTagService.Onnx;

/// <summary>How many threads are worth having for matrix products.</summary>
internal static class ProcessorCores
{
    private const string Topology = "/sys/devices/system/cpu";
    private const string Siblings = "topology/thread_siblings_list";

    /// <summary>
    /// Physical cores, but no more than the processors that this process may use (affinity and container limits
    /// included). Two hardware threads of one core share its multipliers: the second adds nothing but switching.
    /// </summary>
    public static int Usable() => Math.Max(1, Math.Min(Environment.ProcessorCount, Physical(Topology) ?? int.MaxValue));

    /// <summary>Processors by the physical core that they belong to, in ascending order; null where the system does not tell.</summary>
    /// <param name="processors">Numbers of logical processors, ascending.</param>
    public static IReadOnlyList<int[]>? Group(IReadOnlyList<int> processors)
    {
        try
        {
            return
            [
                .. processors
                    .GroupBy(
                        processor => File.ReadAllText(Path.Combine(Topology, $"cpu{processor}", Siblings)).Trim(),
                        StringComparer.Ordinal
                    )
                    .Select(core => core.ToArray()),
            ];
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Physical cores as Linux tells them, or null where it does not.</summary>
    internal static int? Physical(string topology)
    {
        try
        {
            var cores = new HashSet<string>(StringComparer.Ordinal);
            foreach (var processor in Directory.EnumerateDirectories(topology, "cpu*"))
            {
                var siblings = Path.Combine(processor, Siblings);
                if (File.Exists(siblings))
                {
                    cores.Add(File.ReadAllText(siblings).Trim());
                }
            }

            return cores.Count > 0 ? cores.Count : null;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
