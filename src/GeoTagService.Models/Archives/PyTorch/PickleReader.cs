namespace GeoTagService.Models.Archives.PyTorch;

/// <summary>
/// A restricted reader of Python's pickles: a small stack machine that only ever builds inert values. It knows the
/// names in <see cref="PickleGlobals"/>, calls nothing, and refuses everything else by name.
/// </summary>
internal sealed class PickleReader
{
    private const int NewestProtocol = 5;
    private readonly List<object?> _stack = [];
    private readonly Stack<int> _marks = new();
    private readonly Dictionary<uint, object?> _memo = [];

    private PickleReader() { }

    /// <summary>Reads a whole pickle.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or holds what weights do not; the message says what.</exception>
    public static object? Read(ReadOnlySpan<byte> pickle) => new PickleReader().Run(new PickleCursor(pickle));

    private object? Run(PickleCursor cursor)
    {
        while (true)
        {
            var opcode = (PickleOpcode)cursor.Byte();
            if (opcode == PickleOpcode.Stop)
            {
                return _stack.Count == 1 && _marks.Count == 0
                    ? _stack[0]
                    : throw new InvalidDataException("the pickle ends in the middle of something");
            }

            if (!ReadValue(opcode, ref cursor) && !ReadMemo(opcode, ref cursor) && !ReadContainer(opcode))
            {
                throw new InvalidDataException($"the pickle uses the opcode 0x{(byte)opcode:X2}, which weights do not need");
            }

            if (_stack.Count > PickleLimits.Stack || _marks.Count > PickleLimits.Marks)
            {
                throw new InvalidDataException("the pickle is nested too deeply");
            }
        }
    }

    private bool ReadValue(PickleOpcode opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case PickleOpcode.Protocol:
                var protocol = cursor.Byte();
                return protocol is >= 2 and <= NewestProtocol
                    ? true
                    : throw new InvalidDataException($"the pickle has the protocol {protocol}; 2 to {NewestProtocol} are read");
            case PickleOpcode.Frame:
                cursor.Skip(8);
                return true;
            case PickleOpcode.Global:
                var module = cursor.Line();
                return Push(PickleGlobals.Find(module, cursor.Line()));
            case PickleOpcode.StackGlobal:
                var name = Pop<string>("a name");
                return Push(PickleGlobals.Find(Pop<string>("a module"), name));
            case PickleOpcode.None:
                return Push(null);
            case PickleOpcode.NewTrue:
                return Push(true);
            case PickleOpcode.NewFalse:
                return Push(false);
            case PickleOpcode.BinInt:
                return Push((long)cursor.Int32());
            case PickleOpcode.BinInt1:
                return Push((long)cursor.Byte());
            case PickleOpcode.BinInt2:
                return Push((long)cursor.UInt16());
            case PickleOpcode.Long1:
                return Push(cursor.Long(cursor.Byte()));
            case PickleOpcode.BinFloat:
                return Push(cursor.Double());
            case PickleOpcode.BinUnicode:
                return Push(cursor.Text(cursor.UInt32()));
            case PickleOpcode.ShortBinUnicode:
                return Push(cursor.Text(cursor.Byte()));
            default:
                return false;
        }
    }

    private bool ReadMemo(PickleOpcode opcode, ref PickleCursor cursor)
    {
        switch (opcode)
        {
            case PickleOpcode.BinPut:
                return Remember(cursor.Byte());
            case PickleOpcode.LongBinPut:
                return Remember(cursor.UInt32());
            case PickleOpcode.Memoize:
                return Remember((uint)_memo.Count);
            case PickleOpcode.BinGet:
                return Push(Recall(cursor.Byte()));
            case PickleOpcode.LongBinGet:
                return Push(Recall(cursor.UInt32()));
            default:
                return false;
        }
    }

    private bool ReadContainer(PickleOpcode opcode)
    {
        switch (opcode)
        {
            case PickleOpcode.Mark:
                _marks.Push(_stack.Count);
                return true;
            case PickleOpcode.EmptyTuple:
                return Push(PickleTuple.Empty);
            case PickleOpcode.Tuple1:
                return Push(new PickleTuple(PopMany(1)));
            case PickleOpcode.Tuple2:
                return Push(new PickleTuple(PopMany(2)));
            case PickleOpcode.Tuple3:
                return Push(new PickleTuple(PopMany(3)));
            case PickleOpcode.Tuple:
                return Push(new PickleTuple(PopToMark()));
            case PickleOpcode.EmptyList:
                return Push(new PickleList());
            case PickleOpcode.Append:
                return Fill<PickleList>(PopMany(1), static (list, items) => list.Items.AddRange(items));
            case PickleOpcode.Appends:
                return Fill<PickleList>(PopToMark(), static (list, items) => list.Items.AddRange(items));
            case PickleOpcode.EmptyDictionary:
                return Push(new PickleDictionary());
            case PickleOpcode.SetItem:
                return Fill<PickleDictionary>(PopMany(2), SetItems);
            case PickleOpcode.SetItems:
                return Fill<PickleDictionary>(PopToMark(), SetItems);
            case PickleOpcode.BinPersistentId:
                return Push(PickleObjects.Storage(Pop<PickleTuple>("a persistent id")));
            case PickleOpcode.Reduce:
                var arguments = Pop<PickleTuple>("arguments");
                return Push(PickleObjects.Call(Pop<PickleGlobal>("something to call"), arguments));
            case PickleOpcode.NewObject:
                var none = Pop<PickleTuple>("arguments");
                return Push(PickleObjects.New(Pop<PickleGlobal>("a class"), none));
            case PickleOpcode.Build:
                var state = Pop<object>("a state");
                PickleObjects.Build(Peek<object>("an object"), state);
                return true;
            default:
                return false;
        }
    }

    private static void SetItems(PickleDictionary dictionary, object?[] items)
    {
        if (items.Length % 2 != 0)
        {
            throw new InvalidDataException("the pickle holds a key without a value");
        }

        for (var i = 0; i < items.Length; i += 2)
        {
            // Tuples or lists as keys would make hashing recursive, and weights have none.
            var key = items[i] is string or long
                ? items[i]!
                : throw new InvalidDataException("the pickle has a dictionary key that is neither text nor a number");
            if (!dictionary.Items.TryAdd(key, items[i + 1]))
            {
                throw new InvalidDataException($"the pickle sets the key '{key}' twice");
            }
        }
    }

    private bool Push(object? value)
    {
        _stack.Add(value);
        return true;
    }

    private bool Remember(uint slot)
    {
        if (_memo.Count >= PickleLimits.Memo)
        {
            throw new InvalidDataException("the pickle remembers too many values");
        }

        _memo[slot] = Peek<object?>("a value");
        return true;
    }

    private object? Recall(uint slot) =>
        _memo.TryGetValue(slot, out var value)
            ? value
            : throw new InvalidDataException($"the pickle recalls the value {slot}, which it never stored");

    private bool Fill<T>(object?[] items, Action<T, object?[]> fill)
        where T : class
    {
        fill(Peek<T>("a container"), items);
        return true;
    }

    /// <summary>Values above the innermost mark may be taken, no others.</summary>
    private int Floor => _marks.TryPeek(out var mark) ? mark : 0;

    private T Peek<T>(string what)
    {
        if (_stack.Count <= Floor)
        {
            throw new InvalidDataException($"the pickle lacks {what}");
        }

        return _stack[^1] is T value || (_stack[^1] is null && default(T) is null && typeof(T) == typeof(object))
            ? (T)_stack[^1]!
            : throw new InvalidDataException($"the pickle holds something else in place of {what}");
    }

    private T Pop<T>(string what)
    {
        var value = Peek<T>(what);
        _stack.RemoveAt(_stack.Count - 1);
        return value;
    }

    private object?[] PopMany(int count)
    {
        if (_stack.Count - Floor < count)
        {
            throw new InvalidDataException("the pickle takes more values than it has");
        }

        var items = _stack[^count..].ToArray();
        _stack.RemoveRange(_stack.Count - count, count);
        return items;
    }

    private object?[] PopToMark()
    {
        if (!_marks.TryPop(out var mark))
        {
            throw new InvalidDataException("the pickle closes a container that it never opened");
        }

        var items = _stack[mark..].ToArray();
        _stack.RemoveRange(mark, _stack.Count - mark);
        return items;
    }
}
