using System.Globalization;
using System.Runtime.InteropServices;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Decoder;

// GeoTagService.Decoder SIZE BYTES: photos on standard input, crops of SIZE × SIZE pixels on standard output. Started by the
// service and the command line, which speak its protocol; of no use by itself.
if (args is not [var edge, var bytes] || !int.TryParse(edge, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
    || !long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var limit))
{
    return 2;
}

// A terminal's interrupt and a service manager's stop reach every process of the group. The parent finishes its work first,
// for which it needs this one, and closes its input then.
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, static context => context.Cancel = true);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, static context => context.Cancel = true);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, static context => context.Cancel = true);

DecoderSandbox.LimitMemory(limit);
NativeFiles.Find();
var preprocessor = new ImagePreprocessor(new SkiaImageDecoder(), size);
DecoderWarmup.Run(preprocessor);
using var input = Console.OpenStandardInput();
using var output = Console.OpenStandardOutput();
DecoderLoop.Run(preprocessor, input, output);
return 0;
