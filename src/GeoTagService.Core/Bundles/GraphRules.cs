namespace GeoTagService.Core.Bundles;

/// <summary>Checks that every ONNX file takes and gives what the manifest says, before any engine loads it.</summary>
internal static class GraphRules
{
    /// <summary>Throws <see cref="BundleException"/> for the first file that does not.</summary>
    public static void Check(Bundle bundle)
    {
        var manifest = bundle.Manifest;
        var dimension = manifest.Geometry.EmbeddingDimension;
        foreach (var encoder in manifest.Encoders)
        {
            var signature = Read(bundle, encoder.File);
            if (encoder.Tower == EncoderTower.Vision)
            {
                var size = manifest.Geometry.Vision.ImageSize;
                RequirePorts(encoder.File, "takes", signature.Inputs, ("pixel_values", [null, 3, size, size]));
                RequireOutput(encoder.File, signature.Outputs, "image_embeds", dimension);
            }
            else
            {
                long? length = encoder.DynamicLength ? null : manifest.Geometry.Text.ContextLength;
                RequirePorts(encoder.File, "takes", signature.Inputs, ("input_ids", [null, length]));
                RequireOutput(encoder.File, signature.Outputs, "text_embeds", dimension);
            }
        }

        foreach (var head in manifest.Heads)
        {
            var signature = Read(bundle, head.File);
            RequirePorts(head.File, "takes", signature.Inputs, [.. HeadInputs(head.Modalities, dimension)]);
            RequireOutput(head.File, signature.Outputs, "logits", manifest.Tags.Count);
            RequireOutput(head.File, signature.Outputs, "probabilities", manifest.Tags.Count);
        }

        if (manifest.LocationEncoder is { } encodes)
        {
            var signature = Read(bundle, encodes.File);
            RequirePorts(encodes.File, "takes", signature.Inputs, ("coordinates", [null, 4]));
            RequireOutput(encodes.File, signature.Outputs, "embedding", encodes.Dimension);
            RequireOutput(encodes.File, signature.Outputs, "probabilities", manifest.Tags.Count);
        }
    }

    private static IEnumerable<(string Name, long?[] Dimensions)> HeadInputs(Modalities modalities, int dimension)
    {
        if (modalities.HasFlag(Modalities.Image))
        {
            yield return ("image_embeds", [null, dimension]);
        }

        if (modalities.HasFlag(Modalities.Title))
        {
            yield return ("text_embeds", [null, dimension]);
        }

        if (modalities.HasFlag(Modalities.Location))
        {
            yield return ("location", [null, 2]);
        }
    }

    private static OnnxSignature Read(Bundle bundle, string path)
    {
        try
        {
            // Varints are read a byte at a time.
            using var stream = new BufferedStream(bundle.OpenUnverified(path), 16 * 1024);
            return OnnxSignature.Read(stream);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new BundleException($"{path}: {e.Message}", e);
        }
    }

    private static void RequirePorts(
        string file,
        string verb,
        IReadOnlyList<OnnxPort> found,
        params (string Name, long?[] Dimensions)[] expected
    )
    {
        var fits =
            found.Count == expected.Length
            && expected.All(port => found.Any(other => other.Name == port.Name && Agree(other.Dimensions, port.Dimensions)));
        if (!fits)
        {
            throw new BundleException(
                $"{file} {verb} {Describe(found)}, but {BundleManifest.FileName} asks for "
                    + Describe(expected.Select(port => new OnnxPort(port.Name, port.Dimensions)))
            );
        }
    }

    /// <summary>Further outputs are allowed: adopted exports have some.</summary>
    private static void RequireOutput(string file, IReadOnlyList<OnnxPort> found, string name, int width) =>
        RequirePorts(file, "gives", [.. found.Where(port => port.Name == name)], (name, [null, width]));

    private static bool Agree(IReadOnlyList<long?> found, long?[] expected) =>
        found.Count == expected.Length
        && expected.Zip(found).All(pair => pair.First is null || pair.Second is null || pair.First == pair.Second);

    private static string Describe(IEnumerable<OnnxPort> ports)
    {
        var text = string.Join(
            ", ",
            ports.Select(port => $"{port.Name} [{string.Join(", ", port.Dimensions.Select(size => size?.ToString() ?? "n"))}]")
        );
        return text.Length == 0 ? "nothing" : text;
    }
}
