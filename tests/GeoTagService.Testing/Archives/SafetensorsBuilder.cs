using System.Buffers.Binary;
using System.Text;

namespace GeoTagService.Testing.Archives;

/// <summary>Writes .safetensors files, with headers that may say anything.</summary>
public static class SafetensorsBuilder
{
    /// <summary>An honest float32 file.</summary>
    public static byte[] File(IReadOnlyList<TestTensor> tensors)
    {
        var fields = new List<string> { "\"__metadata__\":{\"format\":\"pt\"}" };
        var data = new MemoryStream();
        foreach (var tensor in tensors)
        {
            var begin = data.Length;
            data.Write(tensor.ToFloat32());
            fields.Add(
                $"\"{tensor.Name}\":{{\"dtype\":\"F32\",\"shape\":[{string.Join(',', tensor.Shape)}],\"data_offsets\":[{begin},{data.Length}]}}"
            );
        }

        return Raw($"{{{string.Join(',', fields)}}}", data.ToArray());
    }

    /// <summary>Any header before any data.</summary>
    public static byte[] Raw(string header, byte[] data, ulong? headerLength = null)
    {
        var text = Encoding.UTF8.GetBytes(header);
        var length = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, headerLength ?? (ulong)text.Length);
        return [.. length, .. text, .. data];
    }
}
