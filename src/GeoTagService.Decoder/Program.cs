using System.Globalization;
using System.Runtime.InteropServices;
using GeoTagService.Core;
using GeoTagService.Core.Photos;
using GeoTagService.Core.Photos.Decoding;
using GeoTagService.Decoder;
using Microsoft.Win32.SafeHandles;

// GeoTagService.Decoder SIZE BYTES FORMATS: photos on standard input, crops of SIZE × SIZE pixels on standard output. Started by the
// service and the command line, which speak its protocol; of no use by itself.
if (
    args is not [var edge, var bytes, var choice]
    || !int.TryParse(edge, NumberStyles.None, CultureInfo.InvariantCulture, out var size)
    || !long.TryParse(bytes, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
    || !int.TryParse(choice, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen)
)
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
var preprocessor = new ImagePreprocessor(new ChildImageDecoder(new MagickCodec()), size);
var formats = (PhotoFormats)chosen;
using (MagickLibrary.Load(formats))
{
    // What it reads from files it reads now.
    DecoderWarmup.Run(preprocessor, formats);
}

// Not by the console's own streams, which look for a terminal.
using var standardInput = new SafeFileHandle(0, ownsHandle: false);
using var standardOutput = new SafeFileHandle(1, ownsHandle: false);
using var input = new FileStream(standardInput, FileAccess.Read, bufferSize: 0);
using var output = new FileStream(standardOutput, FileAccess.Write, bufferSize: 0);
DecoderLoop.Run(preprocessor, input, output, DecoderSandbox.Close());
return 0;
