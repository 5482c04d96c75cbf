namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>What the few allowed calls of a pickle mean: each becomes a record, none becomes a call.</summary>
internal static class PickleObjects
{
    /// <summary>A persistent id: <c>("storage", torch.HalfStorage, "12", "cpu", 4096)</c>. The device is not looked at.</summary>
    public static PickleStorage Storage(PickleTuple id) =>
        id.Items is ["storage", PickleGlobal { Kind: PickleGlobalKind.Storage } type, string key, string, long elements, ..]
        && id.Items.Length <= 6
        && (id.Items.Length == 5 || id.Items[5] is null)
            ? new PickleStorage(type.Storage!.Value, CheckedKey(key), elements)
            : throw new InvalidDataException("the pickle holds a persistent id that is not a storage's");

    /// <summary>A function applied to its arguments.</summary>
    public static object Call(PickleGlobal function, PickleTuple arguments)
    {
        switch (function.Kind)
        {
            case PickleGlobalKind.Tensor:
                return Tensor(arguments.Items);
            case PickleGlobalKind.Parameter when arguments.Items is [PickleTensor data, bool, ..]:
                return data;
            case PickleGlobalKind.OrderedDictionary when arguments.Items is []:
                return new PickleDictionary();
            case PickleGlobalKind.TypedList when arguments.Items is [PickleList list]:
                return list;
            default:
                throw new InvalidDataException($"the pickle calls '{function}' in a way that weights do not need");
        }
    }

    /// <summary>A new object of a class: only TorchScript's modules, and without arguments.</summary>
    public static PickleModule New(PickleGlobal type, PickleTuple arguments) =>
        type.Kind == PickleGlobalKind.ScriptModule && arguments.Items is []
            ? new PickleModule()
            : throw new InvalidDataException($"the pickle makes a '{type}', which weights do not need");

    /// <summary>State for an object: a module's attributes. A state dictionary's own (its <c>_metadata</c>) is dropped.</summary>
    public static void Build(object target, object state)
    {
        switch (target, state)
        {
            case (PickleModule { Attributes: null } module, PickleDictionary attributes):
                module.Attributes = attributes;
                return;
            case (PickleDictionary, PickleDictionary):
                return;
            default:
                throw new InvalidDataException("the pickle gives a state to something that has none");
        }
    }

    // (storage, offset, shape, strides, requires_grad, backward_hooks [, metadata])
    private static PickleTensor Tensor(object?[] arguments) =>
        arguments is [PickleStorage storage, long offset, PickleTuple shape, PickleTuple strides, bool, ..] && arguments.Length <= 7
            ? new PickleTensor(storage, offset, Numbers(shape), Numbers(strides))
            : throw new InvalidDataException("the pickle describes a tensor in a way that is not PyTorch's");

    private static long[] Numbers(PickleTuple tuple) =>
        Array.ConvertAll(
            tuple.Items,
            item => item is long number ? number : throw new InvalidDataException("the pickle gives a tensor a shape that is no number")
        );

    /// <summary>Keys name a file of the archive's data folder; PyTorch numbers them.</summary>
    private static string CheckedKey(string key) =>
        key.Length is > 0 and <= 20 && key.All(char.IsAsciiDigit)
            ? key
            : throw new InvalidDataException("the pickle names a storage that is not one of the archive's");
}
