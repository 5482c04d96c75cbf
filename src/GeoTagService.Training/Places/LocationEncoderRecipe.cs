namespace GeoTagService.Training.Places;

/// <summary>How a location encoder is trained.</summary>
public sealed record LocationEncoderRecipe
{
    /// <summary>Edge in metres of the squares that are held out to choose the finest scale by: 100,000 for an encoder that speaks
    /// for regions without photos, 10,000 for one that fills gaps.</summary>
    public int BlockEdge { get; init; } = 100_000;

    /// <summary>Networks whose logits are averaged; their hidden layers side by side are the embedding.</summary>
    public int Members { get; init; } = 4;

    /// <summary>Width of each network's hidden layer.</summary>
    public int Width { get; init; } = 32;

    /// <summary>Steps of a network's training; more where photos would be seen less than <see cref="FewestEpochs"/> times.</summary>
    public int Steps { get; init; } = 2_000;

    /// <summary>Fewest passes over the photos.</summary>
    public int FewestEpochs { get; init; } = 3;

    /// <summary>Photos of a batch.</summary>
    public int BatchSize { get; init; } = 512;

    /// <summary>Peak learning rate; it falls to zero by a cosine.</summary>
    public double LearningRate { get; init; } = 6e-3;

    /// <summary>Decoupled weight decay.</summary>
    public double WeightDecay { get; init; } = 1e-2;

    /// <summary>Share of the hidden layer that is dropped in training.</summary>
    public double Dropout { get; init; } = 0.1;

    /// <summary>How the height of waves falls with their period.</summary>
    public double Roughness { get; init; } = 0.75;

    /// <summary>Finest periods to choose from, kilometres.</summary>
    public IReadOnlyList<double> Periods { get; init; } = [800, 400, 200, 100];

    /// <summary>Seed of initial weights, order, dropout and blocks.</summary>
    public int Seed { get; init; } = 42;

    /// <summary>Passes over some number of photos.</summary>
    internal int EpochsFor(int rows) => Math.Max(FewestEpochs, (int)Math.Ceiling((double)Steps * BatchSize / Math.Max(1, rows)));
}
