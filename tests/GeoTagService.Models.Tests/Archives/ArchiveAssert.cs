using GeoTagService.Models.Archives;
using GeoTagService.Models.Weights;
using GeoTagService.Testing.Archives;

namespace GeoTagService.Models.Tests.Archives;

internal static class ArchiveAssert
{
    /// <summary>Opening the file and reading every tensor in it fails, with a message that names file and cause.</summary>
    public static void Refused(byte[] content, string cause)
    {
        using var folder = new TemporaryFolder();
        var path = folder.Write("weights.file", content);
        var exception = Assert.Throws<WeightsFormatException>(() => ReadAll(path));
        Assert.StartsWith("weights.file: ", exception.Message);
        Assert.Contains(cause, exception.Message);
    }

    /// <summary>Every tensor by name.</summary>
    public static Dictionary<string, float[]> ReadAll(byte[] content)
    {
        using var folder = new TemporaryFolder();
        return ReadAll(folder.Write("weights.file", content));
    }

    private static Dictionary<string, float[]> ReadAll(string path)
    {
        using var archive = TensorArchive.Open(path);
        return archive.Tensors.Values.ToDictionary(
            tensor => tensor.Name,
            tensor =>
            {
                var values = new float[tensor.Elements];
                archive.ReadFloat32(tensor.Name, values);
                return values;
            }
        );
    }
}
