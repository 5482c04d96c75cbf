using System.Text;
using GeoTagService.Models.Archives;
using GeoTagService.Models.Archives.PyTorch;

namespace GeoTagService.Models.Weights;

/// <summary>
/// Opens weights files by what they hold, whatever they are called: .safetensors, and PyTorch's zip archives (state
/// dictionaries .pth / .bin, TorchScript .pt). Nothing in them is ever executed.
/// </summary>
public static class TensorArchive
{
    private const int SniffedBytes = 64;

    /// <summary>Opens a file and checks that every tensor in it lies where the file says.</summary>
    /// <param name="path">Path of the file.</param>
    /// <returns>The archive, which holds the file open and reads tensors as they are asked for.</returns>
    /// <exception cref="WeightsFormatException">It is damaged, hostile, or of another format.</exception>
    /// <exception cref="IOException">It cannot be opened or read.</exception>
    public static ITensorArchive Open(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = new WeightsFile(path);
        try
        {
            Span<byte> start = stackalloc byte[(int)Math.Min(SniffedBytes, file.Length)];
            file.ReadExactly(0, start);
            if (start.StartsWith("PK"u8))
            {
                return PyTorchArchive.Open(file);
            }

            if (start.Length > 8 && start[8] == (byte)'{')
            {
                return SafetensorsArchive.Open(file);
            }

            throw file.Fail(Describe(start));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static string Describe(ReadOnlySpan<byte> start)
    {
        if (start.IsEmpty)
        {
            return "the file is empty";
        }

        if (start.StartsWith("version https://git-lfs"u8))
        {
            return "this is a Git LFS pointer, not the weights that it points to";
        }

        if (Encoding.ASCII.GetString(start).TrimStart().StartsWith('<'))
        {
            return "this is a web page, not weights; the download went wrong";
        }

        // Protocol 2 to 5 of a bare pickle: what PyTorch wrote before its zip archives.
        return start.Length > 1 && start[0] == 0x80 && start[1] is >= 2 and <= 5
            ? "PyTorch's old format from before version 1.6 is not read; load and save it once with a newer PyTorch"
            : "neither a .safetensors file nor a PyTorch archive";
    }
}
