namespace GeoTagService.Training.Engine;

/// <summary>What one step of a run drew and computed.</summary>
/// <param name="Rows">Row numbers of the batch.</param>
/// <param name="Partners">What each was mixed with; empty without MixUp.</param>
/// <param name="Lambda">MixUp's weight of the rows themselves; 1 without.</param>
/// <param name="Mask">Dropout's factors, rows × hidden width.</param>
/// <param name="Loss">Before the step.</param>
/// <param name="Gradients">Before the step, in the order of the parameters.</param>
internal readonly record struct TrainingStep(
    ReadOnlyMemory<int> Rows,
    ReadOnlyMemory<int> Partners,
    double Lambda,
    ReadOnlyMemory<float> Mask,
    float Loss,
    IReadOnlyList<float[]> Gradients
);
