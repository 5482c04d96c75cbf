using GeoTagService.Core;
using GeoTagService.Core.Tags;

namespace GeoTagService.Training.Engine;

/// <summary>What is minimised.</summary>
public enum LossKind
{
    /// <summary>Binary cross-entropy, the paper's.</summary>
    BinaryCrossEntropy,

    /// <summary>Focal loss: easy tags weigh less (Lin et al. 2017, without class weights).</summary>
    Focal,

    /// <summary>Asymmetric loss: easy negatives weigh less and are shifted (Ridnik et al. 2021).</summary>
    Asymmetric,
}

/// <summary>How one head is trained. <see cref="For"/> gives the paper's values; every one can be overridden.</summary>
public sealed record TrainingRecipe
{
    /// <summary>The parts of the input.</summary>
    public required Modalities Modalities { get; init; }

    /// <summary>Linear or MLP.</summary>
    public required HeadKind Kind { get; init; }

    /// <summary>Whether batches are mixed with a shuffled copy of themselves.</summary>
    public bool MixUp { get; init; }

    /// <summary>α of MixUp's Beta(α, α); λ is folded to at least 0.5. Paper: 0.2.</summary>
    public double MixUpAlpha { get; init; } = 0.2;

    /// <summary>Peak learning rate. Paper: 5e-3 linear, 3e-3 MLP.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Decoupled weight decay of AdamW. Paper: 1e-5 linear, 1e-4 MLP.</summary>
    public required double WeightDecay { get; init; }

    /// <summary>Rows of a batch. Paper: 4,096.</summary>
    public int BatchSize { get; init; } = 4096;

    /// <summary>Most epochs. Paper: 200; the cosine's half period is a quarter of them.</summary>
    public int Epochs { get; init; } = 200;

    /// <summary>Epochs without a better exact match after which training stops. Paper: 10.</summary>
    public int Patience { get; init; } = 10;

    /// <summary>The rule by which the best epoch and the patience go. Paper: thresholds alone.</summary>
    public DecisionRule Decision { get; init; } = DecisionRule.Threshold;

    /// <summary>Width of the MLP's hidden layer. Paper: 256.</summary>
    public int HiddenWidth { get; init; } = 256;

    /// <summary>Share of the hidden layer that is dropped in training. Paper: 0.5.</summary>
    public double Dropout { get; init; } = 0.5;

    /// <summary>The loss. Paper: binary cross-entropy.</summary>
    public LossKind Loss { get; init; } = LossKind.BinaryCrossEntropy;

    /// <summary>Exponent for positives of the focal and asymmetric losses.</summary>
    public double PositiveGamma { get; init; }

    /// <summary>Exponent for negatives of the focal and asymmetric losses.</summary>
    public double NegativeGamma { get; init; } = 2;

    /// <summary>Probability margin of the asymmetric loss below which a negative costs nothing.</summary>
    public double NegativeMargin { get; init; }

    /// <summary>Label smoothing ε: targets become y(1 − ε) + ε/2. Paper: 0.</summary>
    public double LabelSmoothing { get; init; }

    /// <summary>Seed of initial weights, order, dropout and MixUp.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>The paper's recipe for one configuration.</summary>
    public static TrainingRecipe For(Modalities modalities, HeadKind kind, bool mixUp) =>
        new()
        {
            Modalities = modalities,
            Kind = kind,
            MixUp = mixUp,
            LearningRate = kind == HeadKind.Linear ? 5e-3 : 3e-3,
            WeightDecay = kind == HeadKind.Linear ? 1e-5 : 1e-4,
        };

    /// <summary>Learning rate of an epoch: cosine between the peak and zero, its half period a quarter of the epochs; it
    /// rises again after that, as PyTorch's CosineAnnealingLR does.</summary>
    public double LearningRateAt(int epoch) => LearningRate * (1 + Math.Cos(Math.PI * epoch / Math.Max(1.0, Epochs / 4.0))) / 2;
}
