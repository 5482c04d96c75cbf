namespace GeoTagService.Training.Evaluation;

/// <summary>Average precision as scikit-learn defines it: Σ (Rₙ − Rₙ₋₁) Pₙ over the distinct scores.</summary>
internal static class AveragePrecision
{
    /// <summary>Computes it. Both arrays are sorted in place.</summary>
    /// <param name="negatedScores">Minus the score, so that the best comes first.</param>
    /// <param name="right">Whether the item is a positive.</param>
    public static double Of(float[] negatedScores, bool[] right)
    {
        Array.Sort(negatedScores, right);
        var positives = right.Count(isRight => isRight);
        if (positives == 0)
        {
            return 0;
        }

        var (sum, found, before) = (0.0, 0, 0);
        for (var i = 0; i < right.Length; i++)
        {
            found += right[i] ? 1 : 0;
            if (i + 1 == right.Length || negatedScores[i + 1] != negatedScores[i])
            {
                sum += (double)(found - before) / positives * found / (i + 1);
                before = found;
            }
        }

        return sum;
    }
}
