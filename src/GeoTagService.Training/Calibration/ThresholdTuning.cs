namespace GeoTagService.Training.Calibration;

/// <summary>Tunes one threshold per tag.</summary>
public static class ThresholdTuning
{
    private const float Lowest = 0.02f;
    private const float Highest = 0.98f;

    /// <summary>The thresholds of best F1, each halfway between two scores; 0.5 for a tag without any positive.</summary>
    /// <param name="logits">rows × tags.</param>
    /// <param name="labels">One bit per tag and row.</param>
    /// <param name="tags">Number of tags.</param>
    public static float[] ForMacroF1(float[] logits, ulong[] labels, int tags)
    {
        ArgumentNullException.ThrowIfNull(logits);
        ArgumentNullException.ThrowIfNull(labels);
        var thresholds = new float[tags];
        Parallel.For(0, tags, tag => thresholds[tag] = Best(logits, labels, tags, tag));
        return thresholds;
    }

    private static float Best(float[] logits, ulong[] labels, int tags, int tag)
    {
        var scores = new float[labels.Length];
        var rows = new int[labels.Length];
        var positives = 0;
        for (var row = 0; row < rows.Length; row++)
        {
            scores[row] = -logits[(row * tags) + tag];
            rows[row] = row;
            positives += (int)(labels[row] >> tag & 1);
        }

        if (positives == 0)
        {
            return 0.5f;
        }

        Array.Sort(scores, rows);
        var (best, bestCut, right) = (-1.0, 0f, 0);
        for (var chosen = 1; chosen <= rows.Length; chosen++)
        {
            right += (int)(labels[rows[chosen - 1]] >> tag & 1);
            if (chosen < rows.Length && scores[chosen] == scores[chosen - 1])
            {
                continue;
            }

            var f1 = 2.0 * right / (chosen + positives);
            if (f1 > best)
            {
                best = f1;
                var next = chosen < rows.Length ? scores[chosen] : scores[chosen - 1] + 1;
                bestCut = -(scores[chosen - 1] + next) / 2;
            }
        }

        return Math.Clamp(1 / (1 + MathF.Exp(-bestCut)), Lowest, Highest);
    }
}
