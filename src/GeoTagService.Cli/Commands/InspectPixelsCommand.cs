using System.CommandLine;
using GeoTagService.Bulk;
using GeoTagService.Cli.Execution;
using GeoTagService.Cli.Output;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;

namespace GeoTagService.Cli.Commands;

/// <summary><c>geotag inspect pixels</c>: the square that the photo tower sees, before normalisation.</summary>
internal static class InspectPixelsCommand
{
    // CLIP's own; only a bundle that is named changes it, so that the answer does not hang on what is installed.
    private const int ClipImageSize = 224;

    public static Command Create()
    {
        var photo = new Argument<string>("PHOTO") { Description = "The photo." };
        photo.Validators.Add(PhotoArgument.RejectOptions);
        var target = new Option<string>("--output")
        {
            Description = "The .npy file to write: uint8 [224,224,3].",
            HelpName = "FILE",
            Required = true,
        };
        var ignoreOrientation = new Option<bool>("--ignore-orientation")
        {
            Description = "Do not turn the photo as its EXIF orientation says, as the reference does.",
        };
        var bundle = new Option<string?>("--bundle")
        {
            Description = "Take the size from this bundle instead of CLIP's 224.",
            HelpName = "DIR",
        };
        var command = new Command("pixels", "Writes the resized and cropped pixels of a photo as .npy.")
        {
            photo,
            target,
            ignoreOrientation,
            bundle,
        };
        command.SetAction(parsed =>
        {
            var path = parsed.GetRequiredValue(photo);
            var settings = ToolSettings.FromEnvironment().Tagging;
            var size = parsed.GetValue(bundle) is { } directory
                ? BundleOption.Open(directory, settings, parsed.InvocationConfiguration.Error).Manifest.Geometry.Vision.ImageSize
                : ClipImageSize;

            var read = PhotoFile.Read(path, settings.MaxImageBytes);
            if (!read.IsSuccess)
            {
                throw CommandFailureException.From(read.Error, path);
            }

            var request = new ImageDecodeRequest(settings.MaxImagePixels, ApplyOrientation: !parsed.GetValue(ignoreOrientation));
            var prepared = new ImagePreprocessor(new InProcessImageDecoder(), size).Prepare(read.Value, request);
            if (!prepared.IsSuccess)
            {
                throw CommandFailureException.From(prepared.Error, path);
            }

            using var crop = prepared.Value;
            NpyWriter.WriteBytes(parsed.GetRequiredValue(target), [size, size, 3], crop.Pixels.Span);
            return ExitCode.Success;
        });
        return command;
    }
}
