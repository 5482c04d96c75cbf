using System.CommandLine;
using System.Globalization;
using GeoTagService.Cli.Execution;
using GeoTagService.Core.Tags;
using GeoTagService.Models.Weights;
using GeoTagService.Training.Engine;

namespace GeoTagService.Cli.Commands;

/// <summary>Everything of the paper's recipe that can be overridden. An option that is not given keeps its value.</summary>
internal sealed class RecipeOptions
{
    private readonly Option<double?> _learningRate = Number("--learning-rate", "Peak rate of AdamW. Paper: 5e-3 linear, 3e-3 MLP.");
    private readonly Option<double?> _weightDecay = Number("--weight-decay", "Paper: 1e-5 linear, 1e-4 MLP.");
    private readonly Option<int?> _batchSize = Count("--batch-size", "Paper: 4096.");
    private readonly Option<int?> _epochs = Count("--epochs", "Most epochs; the cosine's half period is a quarter of them. Paper: 200.");
    private readonly Option<int?> _patience = Count("--patience", "Epochs without a better exact match. Paper: 10.");
    private readonly Option<DecisionRule?> _decision = new("--decision")
    {
        Description =
            "Rule of exact match for the best epoch and the patience: Threshold (paper: tags above 0.5, maybe none) or Fallback (the most probable where none is).",
        HelpName = "KIND",
    };
    private readonly Option<double?> _mixUpAlpha = Number("--mixup-alpha", "Of MixUp's Beta distribution. Paper: 0.2.");
    private readonly Option<int?> _hidden = Count("--hidden-width", "Of the MLP. Paper: 256.");
    private readonly Option<double?> _dropout = Number("--dropout", "Of the MLP, 0 to below 1. Paper: 0.5.");
    private readonly Option<LossKind?> _loss = new("--loss") { Description = "BinaryCrossEntropy (paper), Focal or Asymmetric." };
    private readonly Option<double?> _positiveGamma = Number("--positive-gamma", "Exponent of the asymmetric loss for positives.");
    private readonly Option<double?> _negativeGamma = Number(
        "--negative-gamma",
        "Exponent of the focal loss, and of the asymmetric for negatives."
    );
    private readonly Option<double?> _margin = Number("--negative-margin", "Margin of the asymmetric loss.");
    private readonly Option<double?> _smoothing = Number("--label-smoothing", "0 (paper) to below 1.");
    private readonly Option<int?> _seed = Count("--seed", "Of weights, order, dropout and MixUp. Default 42.");

    public Option<bool> Calibrate { get; } =
        new("--calibrate") { Description = "Calibrate each tag by a temperature on the held-out photos." };

    public Option<bool> TuneThresholds { get; } =
        new("--tune-thresholds") { Description = "Tune each tag's threshold for macro F1 on the held-out photos." };

    /// <summary>How many heads are averaged.</summary>
    public Option<int> Average { get; } =
        new("--average")
        {
            Description = "Train so many heads, on seeds one after another, and average them into one.",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };

    public Option<int> Threads { get; } = new("--threads") { Description = "Threads; 0 takes every core.", HelpName = "N" };

    public void AddTo(Command command)
    {
        foreach (
            var option in new Option[]
            {
                _learningRate,
                _weightDecay,
                _batchSize,
                _epochs,
                _patience,
                _decision,
                _mixUpAlpha,
                _hidden,
                _dropout,
                _loss,
                _positiveGamma,
                _negativeGamma,
                _margin,
                _smoothing,
                _seed,
                Calibrate,
                TuneThresholds,
                Average,
                Threads,
            }
        )
        {
            command.Options.Add(option);
        }
    }

    /// <summary>The recipe of a head.</summary>
    /// <exception cref="CommandFailureException">A number makes no sense.</exception>
    public TrainingRecipe For(ParseResult parsed, HeadName name)
    {
        var paper = TrainingRecipe.For(name.Modalities, name.Kind, name.MixUp);
        var recipe = paper with
        {
            LearningRate = parsed.GetValue(_learningRate) ?? paper.LearningRate,
            WeightDecay = parsed.GetValue(_weightDecay) ?? paper.WeightDecay,
            BatchSize = parsed.GetValue(_batchSize) ?? paper.BatchSize,
            Epochs = parsed.GetValue(_epochs) ?? paper.Epochs,
            Patience = parsed.GetValue(_patience) ?? paper.Patience,
            Decision = parsed.GetValue(_decision) ?? paper.Decision,
            MixUpAlpha = parsed.GetValue(_mixUpAlpha) ?? paper.MixUpAlpha,
            HiddenWidth = parsed.GetValue(_hidden) ?? paper.HiddenWidth,
            Dropout = parsed.GetValue(_dropout) ?? paper.Dropout,
            Loss = parsed.GetValue(_loss) ?? paper.Loss,
            PositiveGamma = parsed.GetValue(_positiveGamma) ?? paper.PositiveGamma,
            NegativeGamma = parsed.GetValue(_negativeGamma) ?? paper.NegativeGamma,
            NegativeMargin = parsed.GetValue(_margin) ?? paper.NegativeMargin,
            LabelSmoothing = parsed.GetValue(_smoothing) ?? paper.LabelSmoothing,
            Seed = parsed.GetValue(_seed) ?? paper.Seed,
        };
        Require(parsed.GetValue(Average) > 0, Average, parsed.GetValue(Average), Above);
        Require(recipe.LearningRate > 0, _learningRate, recipe.LearningRate, Above);
        Require(recipe.WeightDecay >= 0, _weightDecay, recipe.WeightDecay, FromZero);
        Require(recipe.BatchSize > 0, _batchSize, recipe.BatchSize, Above);
        Require(recipe.Epochs > 0, _epochs, recipe.Epochs, Above);
        Require(recipe.Patience > 0, _patience, recipe.Patience, Above);
        Require(recipe.MixUpAlpha > 0, _mixUpAlpha, recipe.MixUpAlpha, Above);
        Require(recipe.HiddenWidth > 0, _hidden, recipe.HiddenWidth, Above);
        Require(recipe.Dropout is >= 0 and < 1, _dropout, recipe.Dropout, BelowOne);
        Require(recipe.PositiveGamma >= 0, _positiveGamma, recipe.PositiveGamma, FromZero);
        Require(recipe.NegativeGamma >= 0, _negativeGamma, recipe.NegativeGamma, FromZero);
        Require(recipe.NegativeMargin is >= 0 and < 1, _margin, recipe.NegativeMargin, BelowOne);
        Require(recipe.LabelSmoothing is >= 0 and < 1, _smoothing, recipe.LabelSmoothing, BelowOne);
        return recipe;
    }

    private const string Above = "is above 0";
    private const string FromZero = "is 0 or above";
    private const string BelowOne = "lies from 0 to below 1";

    private static void Require(bool holds, Option option, double value, string range)
    {
        if (!holds)
        {
            throw new CommandFailureException(
                ExitCode.Usage,
                string.Create(CultureInfo.InvariantCulture, $"{option.Name} is {value}; it {range}")
            );
        }
    }

    private static Option<double?> Number(string name, string description) => new(name) { Description = description, HelpName = "X" };

    private static Option<int?> Count(string name, string description) => new(name) { Description = description, HelpName = "N" };
}
