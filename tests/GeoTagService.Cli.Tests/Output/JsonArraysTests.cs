using System.Text.Json;
using CsCheck;
using GeoTagService.Cli.Output;

namespace GeoTagService.Cli.Tests.Output;

public sealed class JsonArraysTests
{
    [Fact]
    public void Ids_AreOneLine() => Assert.Equal("[49406,518,49407]", JsonArrays.Of([49406, 518, 49407]));

    [Fact]
    public void AnyFloats_ComeBackExactly() =>
        Gen
            .Float.Where(float.IsFinite)
            .Array.Sample(values => Assert.Equal(values, JsonSerializer.Deserialize<float[]>(JsonArrays.Of(values))));

    [Fact]
    public void ArrayOfArrays_IsJson()
    {
        using var output = new StringWriter();
        JsonArrays.Write(output, ["[1,2]", "null", "[3]"]);

        var read = JsonSerializer.Deserialize<int[]?[]>(output.ToString())!;

        Assert.Equal([1, 2], read[0]!);
        Assert.Null(read[1]);
        Assert.Equal([3], read[2]!);
    }
}
