using GeoTagService.Training.Calibration;

namespace GeoTagService.Training.Tests.Calibration;

public sealed class CalibrationTests
{
    [Fact]
    public void Temperature_UndoesOverconfidence()
    {
        var random = new Random(3);
        var logits = new float[20_000];
        var labels = new ulong[20_000];
        for (var i = 0; i < logits.Length; i++)
        {
            var z = (random.NextDouble() * 6) - 3;
            labels[i] = random.NextDouble() < 1 / (1 + Math.Exp(-z)) ? 1UL : 0;
            logits[i] = (float)(2.5 * z);
        }

        Assert.InRange(TemperatureCalibration.Fit(logits, labels, 1)[0], 2.3f, 2.7f);
    }

    [Fact]
    public void Threshold_SeparatesWhatCanBeSeparated()
    {
        float[] logits = [-3, -2, -1.5f, -1, 1];
        ulong[] labels = [0, 0, 1, 1, 1];

        var threshold = ThresholdTuning.ForMacroF1(logits, labels, 1)[0];

        Assert.InRange(threshold, 1 / (1 + Math.Exp(2)), 1 / (1 + Math.Exp(1.5)));
        Assert.Equal(0.5f, ThresholdTuning.ForMacroF1(logits, new ulong[5], 1)[0]);
    }
}
