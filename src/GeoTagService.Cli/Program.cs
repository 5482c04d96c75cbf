using System.CommandLine;
using System.CommandLine.Help;
using System.Text;
using GeoTagService.Cli.Commands;
using GeoTagService.Cli.Execution;

namespace GeoTagService.Cli;

/// <summary>The command tree, and nothing else.</summary>
internal static class Program
{
    public static Task<int> Main(string[] args)
    {
        // JSON and titles are UTF-8 whatever the terminal's locale says; no byte order mark, it would end up in files.
        Console.OutputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        return CommandRunner.RunAsync(args, Console.Out, Console.Error, CancellationToken.None);
    }

    /// <summary>Builds the tree.</summary>
    public static RootCommand CreateTree()
    {
        var root = new RootCommand("Tags landscape photographs of Britain and Ireland with CLIP embeddings.")
        {
            new Command("models", "Fetches, builds, checks and describes model bundles.")
            {
                ModelsPullCommand.Create(),
                ModelsBuildCommand.Create(),
                ModelsVerifyCommand.Create(),
                ModelsShowCommand.Create(),
                ModelsTuneCommand.Create(),
                ModelsRandomCommand.Create(),
                ModelsExportCommand.Create(),
            },
            TagCommand.Create(),
            PlanCommands.CreatePlan(),
            PlanCommands.CreateMerge(),
            PlanCommands.CreateVerify(),
            EmbedCommand.Create(),
            TrainCommand.Create(),
            EvaluateCommand.Create(),
            SubmitCommand.Create(),
            WorkCommand.Create(),
            QueueCommands.Create(),
            new Command("places", "Makes places speak: what is seen where.")
            {
                PlacesMapCommand.Create(),
                PlacesTrainCommand.Create(),
                PlacesEmbedCommand.Create(),
                PlacesPriorCommand.Create(),
            },
            new Command("bench", "Measures the encoders, the service and the stages of a request.")
            {
                BenchLoadCommand.Create(),
                BenchServiceCommand.Create(),
                BenchOverheadCommand.Create(),
                BenchListsCommand.Create(),
                BenchPartsCommands.CreateEncoder(),
                BenchPartsCommands.CreateDecode(),
                BenchPartsCommands.CreateStages(),
            },
            new Command("inspect", "Shows what the model sees: token ids, pixels, embeddings.")
            {
                InspectTokensCommand.Create(),
                InspectPixelsCommand.Create(),
                InspectEmbeddingCommand.Create(),
            },
            CompletionCommand.Create(),
            HelpCommand.Create(),
        };

        // The stock help also answers to -? and /?, and the stock root to [directives]: titles look like that.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Options.Add(new HelpOption("--help", "-h"));
        root.Directives.Clear();
        DecimalOption.ParseStrictly(root);
        return root;
    }
}
