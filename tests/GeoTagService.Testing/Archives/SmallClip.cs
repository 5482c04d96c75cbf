namespace GeoTagService.Testing.Archives;

/// <summary>The tensors of a CLIP of small geometry under both naming schemes: photo tower 8 wide, 2 blocks, 4 patches of
/// 4×4; title tower 4 wide, 1 block, 5 tokens of 7; embeddings of 6.</summary>
public static class SmallClip
{
    /// <summary>What states its attention heads, in both layouts at once.</summary>
    public const string Configuration =
        """{"text_config":{"num_attention_heads":1,"hidden_act":"quick_gelu"},"vision_config":{"num_attention_heads":2,"layer_norm_eps":1e-05}}""";

    public static IReadOnlyList<TestTensor> OpenAi { get; } =
    [
        TestTensor.Patterned("logit_scale"),
        TestTensor.Patterned("visual.conv1.weight", 8, 3, 4, 4),
        TestTensor.Patterned("visual.class_embedding", 8),
        TestTensor.Patterned("visual.positional_embedding", 5, 8),
        TestTensor.Patterned("visual.proj", 8, 6),
        .. Norm("visual.ln_pre", 8),
        .. Norm("visual.ln_post", 8),
        .. Block("visual.transformer.resblocks.0.", 8),
        .. Block("visual.transformer.resblocks.1.", 8),
        TestTensor.Patterned("token_embedding.weight", 7, 4),
        TestTensor.Patterned("positional_embedding", 5, 4),
        TestTensor.Patterned("text_projection", 4, 6),
        .. Norm("ln_final", 4),
        .. Block("transformer.resblocks.0.", 4),
    ];

    /// <summary>The same numbers under transformers' names, its position_ids buffers included.</summary>
    public static IReadOnlyList<TestTensor> HuggingFace { get; } =
    [new TestTensor("text_model.embeddings.position_ids", [1, 5], [0, 1, 2, 3, 4]), .. OpenAi.SelectMany(Rename)];

    private static IEnumerable<TestTensor> Rename(TestTensor tensor)
    {
        var name = tensor
            .Name.Replace("visual.transformer.resblocks", "vision_model.encoder.layers")
            .Replace("transformer.resblocks", "text_model.encoder.layers")
            .Replace("visual.conv1", "vision_model.embeddings.patch_embedding")
            .Replace("visual.class_embedding", "vision_model.embeddings.class_embedding")
            .Replace("visual.positional_embedding", "vision_model.embeddings.position_embedding.weight")
            .Replace("visual.ln_pre", "vision_model.pre_layrnorm")
            .Replace("visual.ln_post", "vision_model.post_layernorm")
            .Replace("visual.proj", "visual_projection.weight")
            .Replace("token_embedding", "text_model.embeddings.token_embedding")
            .Replace("ln_final", "text_model.final_layer_norm")
            .Replace("ln_1", "layer_norm1")
            .Replace("ln_2", "layer_norm2")
            .Replace("attn.out_proj", "self_attn.out_proj")
            .Replace("mlp.c_fc", "mlp.fc1")
            .Replace("mlp.c_proj", "mlp.fc2");
        switch (name)
        {
            case "positional_embedding":
                return [tensor with { Name = "text_model.embeddings.position_embedding.weight" }];
            case "text_projection":
                return [Transposed(tensor, "text_projection.weight")];
            case "visual_projection.weight":
                return [Transposed(tensor, name)];
            default:
                return name.Contains("in_proj_") ? Split(tensor, name) : [tensor with { Name = name }];
        }
    }

    private static IEnumerable<TestTensor> Split(TestTensor tensor, string name)
    {
        var length = tensor.Values.Length / 3;
        long[] shape = [tensor.Shape[0] / 3, .. tensor.Shape[1..]];
        return "qkv".Select(
            (part, i) =>
                new TestTensor(
                    name.Replace("attn.in_proj_", $"self_attn.{part}_proj."),
                    shape,
                    tensor.Values[(i * length)..((i + 1) * length)]
                )
        );
    }

    private static TestTensor Transposed(TestTensor tensor, string name)
    {
        long rows = tensor.Shape[0],
            columns = tensor.Shape[1];
        var values = Enumerable.Range(0, tensor.Values.Length).Select(i => tensor.Values[(i % rows * columns) + (i / rows)]).ToArray();
        return new TestTensor(name, [columns, rows], values);
    }

    private static TestTensor[] Block(string prefix, long width) =>
        [
            .. Norm(prefix + "ln_1", width),
            TestTensor.Patterned(prefix + "attn.in_proj_weight", 3 * width, width),
            TestTensor.Patterned(prefix + "attn.in_proj_bias", 3 * width),
            TestTensor.Patterned(prefix + "attn.out_proj.weight", width, width),
            TestTensor.Patterned(prefix + "attn.out_proj.bias", width),
            .. Norm(prefix + "ln_2", width),
            TestTensor.Patterned(prefix + "mlp.c_fc.weight", 4 * width, width),
            TestTensor.Patterned(prefix + "mlp.c_fc.bias", 4 * width),
            TestTensor.Patterned(prefix + "mlp.c_proj.weight", width, 4 * width),
            TestTensor.Patterned(prefix + "mlp.c_proj.bias", width),
        ];

    private static TestTensor[] Norm(string name, long width) =>
        [TestTensor.Patterned(name + ".weight", width), TestTensor.Patterned(name + ".bias", width)];
}
