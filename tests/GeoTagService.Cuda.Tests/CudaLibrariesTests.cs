using System.Text;
using GeoTagService.NullCuda;
using GeoTagService.Onnx;

namespace GeoTagService.Cuda.Tests;

/// <summary>The versions of CUDA and cuDNN that we ask for are those that the provider's own file asks for.</summary>
[Collection(NullCardTests.Name)]
public sealed class CudaLibrariesTests(NullCardFixture fixture)
{
    [Fact]
    public void Names_AreThoseOfTheProvider()
    {
        fixture.Take();

        var needed = NullCardLibraries.NeededBy(ElfLibrary.Read(fixture.Provider));

        Assert.Equal(needed.Order(StringComparer.Ordinal), CudaLibraries.All.Except([CudaLibraries.Cudnn]).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cudnn_IsOfTheGenerationThatTheProviderOpens()
    {
        fixture.Take();
        // The compiler writes the name in pieces of eight letters; the last piece holds what tells generations apart.
        var end = Encoding.ASCII.GetBytes(CudaLibraries.Cudnn[^8..]);

        Assert.True(Holds(fixture.Provider, end), $"the provider opens another cuDNN than {CudaLibraries.Cudnn}");
    }

    [Fact]
    public void ThisMachinesCard_HasAllOfThem()
    {
        fixture.Take();

        Assert.Null(CudaLibraries.WhyMissing());
    }

    private static bool Holds(string path, byte[] text)
    {
        using var file = File.OpenRead(path);
        var block = new byte[1 << 20];
        var kept = 0;
        for (int read; (read = file.Read(block, kept, block.Length - kept)) > 0; )
        {
            var bytes = block.AsSpan(0, kept + read);
            if (bytes.IndexOf(text) >= 0)
            {
                return true;
            }

            kept = Math.Min(text.Length - 1, bytes.Length);
            bytes[^kept..].CopyTo(block);
        }

        return false;
    }
}
