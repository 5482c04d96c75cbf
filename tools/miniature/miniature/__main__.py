"""Command line of the maker: data, train, heads, network, export, ask, sample and others. See README.md."""

import argparse


def main():
    parser = argparse.ArgumentParser(prog="miniature", description="Makes the miniature model: data, encoders, heads.")
    parser.add_argument("--work", default="work", help="folder for data and weights (gigabytes)")
    commands = parser.add_subparsers(dest="command", required=True)
    data = commands.add_parser("data", help="draw titles, scenes and places")
    data.add_argument("--only", choices=["examples", "scenes"], help="one step alone")
    data.add_argument("--train", type=int, default=20000)
    data.add_argument("--test", type=int, default=4000)
    data.add_argument("--titles", type=int, default=8, help="titles a training scene")
    data.add_argument("--seed", type=int, default=20240611)
    data.add_argument("--workers", type=int, default=2)
    train = commands.add_parser("train", help="learn the vocabulary and train both towers")
    train.add_argument("--only", choices=["vocabulary", "text", "vision"], help="one step alone")
    train.add_argument("--text-steps", type=int, default=4500, help="batches of 256 new titles")
    train.add_argument("--vision-epochs", type=float, default=35)
    train.add_argument("--vision-scenes", type=int, default=10000, help="the first scenes; the rest is left for the heads")
    train.add_argument("--start", help="photo tower to go on from")
    heads = commands.add_parser("heads", help="train the heads on the scenes left for them")
    heads.add_argument("--first", type=int, default=10000)
    heads.add_argument("--last", type=int, default=20000)
    heads.add_argument("--epochs", type=int, default=40)
    for command in (train, heads):
        command.add_argument("--seed", type=int, default=1)
        command.add_argument("--threads", type=int, default=1)
    measure = commands.add_parser("photographs", help="compute the features of folders of photos with a labels.csv each, for the tool's own folder")
    measure.add_argument("folders", nargs="+")
    network = commands.add_parser("network", help="train what makes the photo tower see photographs: gate and projection")
    network.add_argument("--threads", type=int, default=1)
    network.add_argument("--evaluate", action="store_true", help="only score it on photographs held out by place and by source")
    network.add_argument("--mistakes", action="store_true", help="only list, tag by tag, what it finds and what it says instead")
    network.add_argument("--check", nargs="+", metavar="FOLDER", help="only score it on the photos of these folders that may not be trained on")
    for command in (measure, network):
        command.add_argument("--package", required=True, help="ResNet18.onnx of the NuGet package Microsoft.ML.DnnImageFeaturizer.ResNet18")
    export = commands.add_parser("export", help="write what the converter takes to WORK/export")
    export.add_argument("--seed", type=int, default=20240611)
    ask = commands.add_parser("ask", help="ask the model about titles written by hand, or a photo")
    ask.add_argument("--titles")
    ask.add_argument("--photo")
    ask.add_argument("--head")
    sample = commands.add_parser("sample", help="write the sample photo of the README")
    sample.add_argument("path")
    strip = commands.add_parser("strip", help="write the drawings that the page offers to try")
    strip.add_argument("folder")
    album = commands.add_parser("album", help="write drawn photos with places, and a CSV of titles")
    album.add_argument("folder")
    album.add_argument("--count", type=int, default=200)
    album.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()

    if args.command == "data":
        from . import dataset
        from .titles import generator

        if args.only in (None, "examples"):
            dataset.write_examples(args.work, "test", args.seed + 1, args.test, generator.TEST, 0.0, 1)
            dataset.write_examples(args.work, "train", args.seed, args.train, generator.TRAINING, dataset.FLATTEN, args.titles)
            # Titles alone, to see what new frames and names cost by themselves, and what unknown words do.
            dataset.write_examples(args.work, "known", args.seed + 2, args.test, generator.TRAINING, 0.0, 1)
            dataset.write_examples(args.work, "unknown", args.seed + 3, args.test, generator.UNKNOWN, 0.0, 1)
        if args.only in (None, "scenes"):
            dataset.draw_scenes(args.work, "test", args.seed + 1, args.workers)
            dataset.draw_scenes(args.work, "train", args.seed, args.workers)
    elif args.command == "train":
        import torch

        from . import train as school

        torch.set_num_threads(args.threads)
        if args.only in (None, "vocabulary"):
            school.learn_vocabulary(args.work)
        if args.only in (None, "text"):
            school.train_text(args.work, args.text_steps, args.seed)
        if args.only in (None, "vision"):
            school.train_vision(args.work, args.vision_epochs, args.seed, args.vision_scenes, args.start)
    elif args.command == "heads":
        import torch

        from . import export as exporter
        from . import heads as trainer

        torch.set_num_threads(args.threads)
        model, tokenizer = exporter.assemble(args.work)
        trainer.train_all(args.work, model, tokenizer, args.first, args.last, args.epochs, args.seed)
    elif args.command == "photographs":
        from . import photographs

        photographs.measure(args.package, args.folders)
    elif args.command == "network":
        import torch

        from . import photographs, scoring

        torch.set_num_threads(args.threads)
        if args.evaluate:
            scoring.evaluate(args.work, args.package)
        elif args.check:
            scoring.check(args.work, args.package, args.check)
        elif args.mistakes:
            scoring.mistakes(args.work, args.package)
        else:
            photographs.train(args.work, args.package)
    elif args.command == "export":
        from . import export as exporter

        exporter.write(args.work, args.seed)
    elif args.command == "ask":
        from . import evaluate

        if args.titles:
            evaluate.titles(args.work, args.titles, args.head or "mlp-txt")
        if args.photo:
            evaluate.photo(args.work, args.photo, args.head or "mlp-img")
    elif args.command == "sample":
        from . import sample as photo

        photo.write(args.path)
    elif args.command == "strip":
        from . import strip

        strip.write(args.folder)
    elif args.command == "album":
        from . import album

        album.write(args.folder, args.count, args.seed)


if __name__ == "__main__":
    main()
