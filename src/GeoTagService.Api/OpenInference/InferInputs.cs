using GeoTagService.Core;

namespace GeoTagService.Api.OpenInference;

/// <summary>The items of a request: rows of its tensors.</summary>
internal static class InferInputs
{
    private const int NumbersOfAPlace = 2;

    /// <summary>Puts tensors together into items.</summary>
    /// <param name="tensors">The inputs, each with its part of the body or null.</param>
    /// <param name="head">Name of the head, or null to let the service choose.</param>
    /// <param name="mostItems">Most items of one request.</param>
    public static Outcome<IReadOnlyList<TagInput>> ToItems(
        IReadOnlyList<(InferTensor Tensor, ReadOnlyMemory<byte>? Binary)> tensors,
        string? head,
        int mostItems
    )
    {
        IReadOnlyList<ReadOnlyMemory<byte>>? images = null,
            titles = null;
        float[]? places = null;
        long? items = null;
        foreach (var (tensor, binary) in tensors)
        {
            if (Check(tensor, ref items) is { } fault)
            {
                return fault;
            }

            switch (tensor.Name)
            {
                case InferNames.Image when images is null:
                    if (!Take(TensorReader.ReadBytes(tensor, binary, isText: false), out images, out fault))
                    {
                        return fault!;
                    }

                    break;
                case InferNames.Title when titles is null:
                    if (!Take(TensorReader.ReadBytes(tensor, binary, isText: true), out titles, out fault))
                    {
                        return fault!;
                    }

                    break;
                case InferNames.Location when places is null:
                    if (!Take(TensorReader.ReadSingles(tensor, binary), out places, out fault))
                    {
                        return fault!;
                    }

                    break;
                case InferNames.Image or InferNames.Title or InferNames.Location:
                    return new TaggingError(TaggingErrorCode.Malformed, tensor.Name, $"'{tensor.Name}' is given twice.");
                default:
                    return new TaggingError(
                        TaggingErrorCode.InvalidValue,
                        "inputs",
                        $"There is no input '{tensor.Name}'; the inputs are image, title and location."
                    );
            }
        }

        if (items is null or 0 || (images is null && titles is null))
        {
            return new TaggingError(TaggingErrorCode.MissingInput, "inputs", "At least an image or a title is needed.");
        }

        return items > mostItems
            ? new TaggingError(TaggingErrorCode.InvalidValue, "inputs", $"One request holds at most {Counted.Of(mostItems, "item")}.")
            {
                Limit = new TaggingLimit(mostItems, "items"),
            }
            : Build((int)items, images, titles, places, head);
    }

    private static Outcome<IReadOnlyList<TagInput>> Build(
        int items,
        IReadOnlyList<ReadOnlyMemory<byte>>? images,
        IReadOnlyList<ReadOnlyMemory<byte>>? titles,
        float[]? places,
        string? head
    )
    {
        var inputs = new List<TagInput>(items);
        for (var i = 0; i < items; i++)
        {
            string? title = null;
            if (titles is not null)
            {
                var text = TensorReader.ReadText(InferNames.Title, titles[i]);
                if (!text.IsSuccess)
                {
                    return text.Error;
                }

                title = text.Value;
            }

            var (latitude, longitude) = places is null ? (float.NaN, float.NaN) : (places[i * 2], places[(i * 2) + 1]);
            inputs.Add(
                new TagInput
                {
                    // An empty element stands for a photo that this item does not have. The cast is needed: a bare null would be an
                    // empty photo, by way of an array.
                    Image = images is null || images[i].IsEmpty ? (ReadOnlyMemory<byte>?)null : images[i],
                    Title = title,
                    Latitude = float.IsNaN(latitude) ? null : latitude,
                    Longitude = float.IsNaN(longitude) ? null : longitude,
                    Options = new TagOptions { Head = head },
                }
            );
        }

        return inputs;
    }

    /// <summary>Whether a tensor's shape is one of as many items as the others have: [N] or [N, 1], and [N, 2] for places.</summary>
    private static TaggingError? Check(InferTensor tensor, ref long? items)
    {
        if (tensor is not { Name: { Length: > 0 } name, Shape: { Count: > 0 } shape })
        {
            return new TaggingError(TaggingErrorCode.Malformed, "inputs", "Each input has a name, a shape, a datatype and data.");
        }

        var width = name == InferNames.Location ? NumbersOfAPlace : 1;
        var fits = shape.Count == 2 ? shape[1] == width : shape.Count == 1 && width == 1;
        if (!fits || TensorReader.Count(shape) < 0)
        {
            return new TaggingError(
                TaggingErrorCode.InvalidValue,
                name,
                width == 1
                    ? $"'{name}' has the shape [N] or [N, 1]."
                    : $"'{name}' has the shape [N, 2]: latitude and longitude of each item."
            );
        }

        items ??= shape[0];
        return items == shape[0]
            ? null
            : new TaggingError(
                TaggingErrorCode.InvalidValue,
                name,
                $"'{name}' has {Counted.Of(shape[0], "item")} where the others have {items}."
            );
    }

    private static bool Take<T>(Outcome<T> outcome, out T? value, out TaggingError? fault)
        where T : class
    {
        (value, fault) = (outcome.IsSuccess ? outcome.Value : null, outcome.Error);
        return outcome.IsSuccess;
    }
}
