using System.Globalization;

namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>
/// Gathers the tensors of a pickle under their dotted names, from a state dictionary or from a tree of TorchScript
/// modules. What is no tensor (flags, counts, names) is passed over.
/// </summary>
internal sealed class StateDictionary
{
    private readonly Dictionary<string, PickleTensor> _tensors = new(StringComparer.Ordinal);
    private int _visits;

    private StateDictionary() { }

    /// <summary>All tensors below a value.</summary>
    public static IReadOnlyDictionary<string, PickleTensor> Gather(object? root)
    {
        var gathered = new StateDictionary();
        gathered.Visit(string.Empty, root, 0);
        return gathered._tensors;
    }

    private void Visit(string name, object? value, int depth)
    {
        if (++_visits > PickleLimits.Visits || depth > PickleLimits.Depth)
        {
            throw new InvalidDataException("the pickle describes a tree of modules that is too large or too deep");
        }

        switch (value)
        {
            case PickleTensor tensor:
                if (!_tensors.TryAdd(name, tensor))
                {
                    throw new InvalidDataException($"the pickle holds the tensor '{name}' twice");
                }

                break;
            case PickleModule { Attributes: { } attributes }:
                Visit(name, attributes, depth + 1);
                break;
            case PickleDictionary dictionary:
                foreach (var (key, item) in dictionary.Items)
                {
                    Visit(Join(name, Convert.ToString(key, CultureInfo.InvariantCulture)!), item, depth + 1);
                }

                break;
            case PickleList list:
                VisitAll(name, list.Items, depth);
                break;
            case PickleTuple tuple:
                VisitAll(name, tuple.Items, depth);
                break;
            default:
                break;
        }
    }

    private void VisitAll(string name, IReadOnlyList<object?> items, int depth)
    {
        for (var i = 0; i < items.Count; i++)
        {
            Visit(Join(name, i.ToString(CultureInfo.InvariantCulture)), items[i], depth + 1);
        }
    }

    private static string Join(string parent, string name)
    {
        var joined = parent.Length == 0 ? name : $"{parent}.{name}";
        return joined.Length <= 1024 ? joined : throw new InvalidDataException("the pickle holds a name that is too long");
    }
}
