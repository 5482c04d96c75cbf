using System.Runtime.InteropServices;
using System.Text.Json;
using GeoTagService.Core.Bundles;
using GeoTagService.Training.Engine;
using GeoTagService.Training.Storage;

namespace GeoTagService.Training.Runs;

/// <summary>A checkpoint on disk: where a run goes on. It belongs to one set of settings, told by their digest.</summary>
internal static class CheckpointFile
{
    private const uint Magic = 0x31_4B_43_47; // "GCK1"

    /// <summary>Replaces the file as a whole.</summary>
    public static void Write(string path, TrainingCheckpoint checkpoint, RunSettings settings) =>
        AtomicFile.Write(
            path,
            stream =>
            {
                using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
                writer.Write(Magic);
                writer.Write(DigestOf(settings));
                writer.Write(checkpoint.Steps);
                writer.Write(JsonSerializer.Serialize([.. checkpoint.Epochs], EpochJson.Default.EpochReportArray));
                float[][] arrays =
                [
                    .. checkpoint.Weights,
                    .. checkpoint.BestWeights,
                    .. checkpoint.FirstMoments,
                    .. checkpoint.SecondMoments,
                ];
                writer.Write(arrays.Length);
                foreach (var array in arrays)
                {
                    writer.Write(array.Length);
                    writer.Write(MemoryMarshal.AsBytes(array.AsSpan()));
                }
            }
        );

    /// <summary>Reads the file.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or of a run with other settings.</exception>
    public static TrainingCheckpoint Read(string path, RunSettings settings)
    {
        try
        {
            using var reader = new BinaryReader(File.OpenRead(path));
            if (reader.ReadUInt32() != Magic)
            {
                throw new InvalidDataException($"{path} is no checkpoint");
            }

            if (reader.ReadString() != DigestOf(settings))
            {
                throw new InvalidDataException(
                    $"{path} is of a run with other settings; go on with those of {settings.Head}.settings.json, or train anew"
                );
            }

            var steps = reader.ReadInt32();
            var epochs = JsonSerializer.Deserialize(reader.ReadString(), EpochJson.Default.EpochReportArray) ?? [];
            var arrays = new float[reader.ReadInt32()][];
            for (var i = 0; i < arrays.Length; i++)
            {
                var length = reader.ReadInt32();
                if (length < 0 || length * 4L > reader.BaseStream.Length - reader.BaseStream.Position)
                {
                    throw new EndOfStreamException();
                }

                arrays[i] = new float[length];
                reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(arrays[i].AsSpan()));
            }

            return TrainingCheckpoint.FromArrays(arrays, steps, epochs);
        }
        catch (Exception fault) when (fault is EndOfStreamException or JsonException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"{path} is damaged; delete it and train anew", fault);
        }
    }

    private static string DigestOf(RunSettings settings) => FileDigest.Compute(System.Text.Encoding.UTF8.GetBytes(settings.ToJson()));
}
