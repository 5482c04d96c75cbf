namespace GeoTagService.Training.Engine;

/// <summary>One epoch of a run, as the log has it.</summary>
/// <param name="Epoch">From 0.</param>
/// <param name="LearningRate">Rate used.</param>
/// <param name="TrainingLoss">Mean loss over the epoch's batches.</param>
/// <param name="ExactMatch">Subset accuracy on the validation rows after the epoch, 0..1.</param>
/// <param name="MacroF1">Macro F1 on the same rows, 0..1.</param>
/// <param name="IsBest">Whether it is the best exact match so far.</param>
/// <param name="Duration">Wall time of the epoch, validation included.</param>
public sealed record EpochReport(
    int Epoch, double LearningRate, double TrainingLoss, double ExactMatch, double MacroF1, bool IsBest, TimeSpan Duration);

/// <summary>What a run made.</summary>
/// <param name="Parameters">The head of the best epoch.</param>
/// <param name="Best">That epoch.</param>
/// <param name="Epochs">Every epoch.</param>
public sealed record TrainingResult(HeadParameters Parameters, EpochReport Best, IReadOnlyList<EpochReport> Epochs);
