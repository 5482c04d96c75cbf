using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using GeoTagService.Core.Bundles;
using GeoTagService.Core.Titles.BytePairs;

namespace GeoTagService.Models.Exchange;

/// <summary>The files by which transformers.js, Transformers and Optimum know a CLIP: geometry, preprocessing, tokeniser.</summary>
internal static class TransformersFiles
{
    private const string StartText = "<|startoftext|>",
        EndText = "<|endoftext|>";

    // CLIP's own pattern: contractions, letters, single numerals, anything else but white space.
    private const string WordPattern = @"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+";

    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        NewLine = "\n",
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary><c>config.json</c>.</summary>
    public static string Configuration(BundleManifest manifest)
    {
        var (geometry, vocabulary) = (manifest.Geometry, manifest.Vocabulary);
        var (vision, text) = (geometry.Vision, geometry.Text);
        return Write(
            new JsonObject
            {
                ["architectures"] = new JsonArray("CLIPModel"),
                ["model_type"] = "clip",
                ["projection_dim"] = geometry.EmbeddingDimension,
                ["text_config"] = new JsonObject
                {
                    ["model_type"] = "clip_text_model",
                    ["vocab_size"] = text.VocabularySize,
                    ["max_position_embeddings"] = text.ContextLength,
                    ["hidden_size"] = text.Width,
                    ["intermediate_size"] = 4 * text.Width,
                    ["num_hidden_layers"] = text.Layers,
                    ["num_attention_heads"] = text.AttentionHeads,
                    ["projection_dim"] = geometry.EmbeddingDimension,
                    ["hidden_act"] = "quick_gelu",
                    ["layer_norm_eps"] = 1e-5,
                    ["bos_token_id"] = vocabulary.StartToken,
                    ["eos_token_id"] = vocabulary.EndToken,
                    ["pad_token_id"] = vocabulary.EndToken,
                },
                ["vision_config"] = new JsonObject
                {
                    ["model_type"] = "clip_vision_model",
                    ["image_size"] = vision.ImageSize,
                    ["patch_size"] = vision.PatchSize,
                    ["num_channels"] = 3,
                    ["hidden_size"] = vision.Width,
                    ["intermediate_size"] = 4 * vision.Width,
                    ["num_hidden_layers"] = vision.Layers,
                    ["num_attention_heads"] = vision.AttentionHeads,
                    ["projection_dim"] = geometry.EmbeddingDimension,
                    ["hidden_act"] = "quick_gelu",
                    ["layer_norm_eps"] = 1e-5,
                },
            }
        );
    }

    /// <summary><c>preprocessor_config.json</c>.</summary>
    public static string Preprocessor(BundleManifest manifest)
    {
        var size = manifest.Geometry.Vision.ImageSize;
        return Write(
            new JsonObject
            {
                ["feature_extractor_type"] = "CLIPFeatureExtractor",
                ["image_processor_type"] = "CLIPImageProcessor",
                ["do_convert_rgb"] = true,
                ["do_resize"] = true,
                ["size"] = new JsonObject { ["shortest_edge"] = size },
                ["resample"] = 3,
                ["do_center_crop"] = true,
                ["crop_size"] = new JsonObject { ["height"] = size, ["width"] = size },
                ["do_rescale"] = true,
                ["rescale_factor"] = 1.0 / 255,
                ["do_normalize"] = true,
                ["image_mean"] = Numbers(manifest.Preprocessing.Mean),
                ["image_std"] = Numbers(manifest.Preprocessing.Std),
            }
        );
    }

    /// <summary><c>tokenizer.json</c>.</summary>
    public static string Tokenizer(BundleManifest manifest, VocabularyText vocabulary)
    {
        var (start, end) = (manifest.Vocabulary.StartToken, manifest.Vocabulary.EndToken);
        var ids = new JsonObject();
        foreach (var (symbol, id) in vocabulary.Symbols.OrderBy(pair => pair.Value))
        {
            ids[symbol] = id;
        }

        (ids[StartText], ids[EndText]) = (start, end);
        return Write(
            new JsonObject
            {
                ["version"] = "1.0",
                ["truncation"] = null,
                ["padding"] = null,
                ["added_tokens"] = new JsonArray(Special(start, StartText), Special(end, EndText)),
                ["normalizer"] = new JsonObject
                {
                    ["type"] = "Sequence",
                    ["normalizers"] = new JsonArray(
                        new JsonObject { ["type"] = "NFC" },
                        new JsonObject
                        {
                            ["type"] = "Replace",
                            ["pattern"] = new JsonObject { ["Regex"] = @"\s+" },
                            ["content"] = " ",
                        },
                        new JsonObject { ["type"] = "Lowercase" }
                    ),
                },
                ["pre_tokenizer"] = new JsonObject
                {
                    ["type"] = "Sequence",
                    ["pretokenizers"] = new JsonArray(
                        new JsonObject
                        {
                            ["type"] = "Split",
                            ["pattern"] = new JsonObject { ["Regex"] = WordPattern },
                            ["behavior"] = "Removed",
                            ["invert"] = true,
                        },
                        new JsonObject
                        {
                            ["type"] = "ByteLevel",
                            ["add_prefix_space"] = false,
                            ["trim_offsets"] = true,
                        }
                    ),
                },
                ["post_processor"] = new JsonObject
                {
                    ["type"] = "RobertaProcessing",
                    ["sep"] = new JsonArray(EndText, end),
                    ["cls"] = new JsonArray(StartText, start),
                    ["trim_offsets"] = false,
                    ["add_prefix_space"] = false,
                },
                ["decoder"] = new JsonObject
                {
                    ["type"] = "ByteLevel",
                    ["add_prefix_space"] = true,
                    ["trim_offsets"] = true,
                },
                ["model"] = new JsonObject
                {
                    ["type"] = "BPE",
                    ["dropout"] = null,
                    ["unk_token"] = EndText,
                    ["continuing_subword_prefix"] = string.Empty,
                    ["end_of_word_suffix"] = "</w>",
                    ["fuse_unk"] = false,
                    ["vocab"] = ids,
                    ["merges"] = new JsonArray([.. vocabulary.Merges.Select(pair => (JsonNode)$"{pair.Left} {pair.Right}")]),
                },
            }
        );
    }

    /// <summary><c>tokenizer_config.json</c>.</summary>
    public static string TokenizerConfiguration(BundleManifest manifest) =>
        Write(
            new JsonObject
            {
                ["tokenizer_class"] = "CLIPTokenizer",
                ["model_max_length"] = manifest.Geometry.Text.ContextLength,
                ["do_lower_case"] = true,
                ["add_prefix_space"] = false,
                ["bos_token"] = StartText,
                ["eos_token"] = EndText,
                ["pad_token"] = EndText,
                ["unk_token"] = EndText,
            }
        );

    private static JsonObject Special(int id, string text) =>
        new()
        {
            ["id"] = id,
            ["content"] = text,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = text == StartText,
            ["special"] = true,
        };

    /// <summary>Single precision numbers by their shortest spelling.</summary>
    private static JsonArray Numbers(IReadOnlyList<float> values) => [.. values.Select(value => JsonValue.Create(value))];

    private static string Write(JsonObject content) => content.ToJsonString(Readable) + "\n";
}
