namespace GeoTagService.Training.Engine;

/// <summary>MixUp's mixing weight (Zhang et al. 2018): λ ~ Beta(α, α), folded to [0.5, 1] as the paper's code does.</summary>
internal static class MixUp
{
    public static double Draw(Random random, double alpha)
    {
        var lambda = Beta(random, alpha);
        return Math.Max(lambda, 1 - lambda);
    }

    /// <summary>Jöhnk's method, in logarithms: for small α both powers underflow and the ratio would be 0/0.</summary>
    private static double Beta(Random random, double alpha)
    {
        while (true)
        {
            var logU = Math.Log(1 - random.NextDouble()) / alpha;
            var logV = Math.Log(1 - random.NextDouble()) / alpha;
            var largest = Math.Max(logU, logV);
            var logSum = largest + Math.Log(Math.Exp(logU - largest) + Math.Exp(logV - largest));
            if (logSum <= 0)
            {
                return Math.Exp(logU - logSum);
            }
        }
    }
}
