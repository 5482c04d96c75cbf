using System.Text.Json;

namespace GeoTagService.Api.FunctionalTests.OpenApi;

/// <summary>What of a document breaks programs that were written against an earlier one: what is gone, and what is asked for that was
/// not before. What is new is nobody's harm.</summary>
internal sealed class BreakingChanges
{
    private readonly JsonElement _before;
    private readonly JsonElement _after;
    private readonly List<string> _found = [];
    private readonly HashSet<(string, string, bool)> _compared = [];

    private BreakingChanges(JsonElement before, JsonElement after) => (_before, _after) = (before, after);

    /// <summary>The changes, each with the place that it is at.</summary>
    public static IReadOnlyList<string> Between(JsonElement before, JsonElement after)
    {
        var changes = new BreakingChanges(before, after);
        changes.ComparePaths();
        return changes._found;
    }

    private void ComparePaths()
    {
        foreach (var path in Members(_before, "paths"))
        {
            foreach (var method in path.Value.EnumerateObject())
            {
                var at = $"{method.Name} {path.Name}";
                if (Find(_after, "paths", path.Name, method.Name) is not { } operation)
                {
                    _found.Add($"{at} is gone");
                    continue;
                }

                if (Text(method.Value, "operationId") != Text(operation, "operationId"))
                {
                    _found.Add($"{at} has another operationId");
                }

                CompareParameters(at, method.Value, operation);
                CompareBodies(at, method.Value, operation);
                CompareAnswers(at, method.Value, operation);
            }
        }
    }

    private void CompareParameters(string at, JsonElement before, JsonElement after)
    {
        var old = Parameters(before);
        var now = Parameters(after);
        foreach (var (name, parameter) in old)
        {
            if (!now.TryGetValue(name, out var same))
            {
                _found.Add($"{at}: parameter {name} is gone");
            }
            else
            {
                CompareSchemas($"{at}: parameter {name}", Find(parameter, "schema"), Find(same, "schema"), isSent: true);
            }
        }

        _found.AddRange(
            now.Where(parameter =>
                    IsTrue(parameter.Value, "required") && !(old.TryGetValue(parameter.Key, out var same) && IsTrue(same, "required"))
                )
                .Select(parameter => $"{at}: parameter {parameter.Key} is required now")
        );
    }

    private void CompareBodies(string at, JsonElement before, JsonElement after)
    {
        if (
            Find(after, "requestBody") is { } now
            && IsTrue(now, "required")
            && !(Find(before, "requestBody") is { } old && IsTrue(old, "required"))
        )
        {
            _found.Add($"{at}: a body is required now");
        }

        if (Find(before, "requestBody") is { } body)
        {
            CompareContent($"{at}: body", body, Find(after, "requestBody"), isSent: true);
        }
    }

    private void CompareAnswers(string at, JsonElement before, JsonElement after)
    {
        foreach (var answer in Members(before, "responses"))
        {
            if (Find(after, "responses", answer.Name) is { } now)
            {
                CompareContent($"{at}: answer {answer.Name}", answer.Value, now, isSent: false);
            }
            else
            {
                _found.Add($"{at}: answer {answer.Name} is gone");
            }
        }
    }

    private void CompareContent(string at, JsonElement before, JsonElement? after, bool isSent)
    {
        foreach (var type in Members(before, "content"))
        {
            if (after is { } now && Find(now, "content", type.Name) is { } same)
            {
                CompareSchemas($"{at} {type.Name}", Find(type.Value, "schema"), Find(same, "schema"), isSent);
            }
            else
            {
                _found.Add($"{at} {type.Name} is gone");
            }
        }
    }

    private void CompareSchemas(string at, JsonElement? before, JsonElement? after, bool isSent)
    {
        if (before is not { } old)
        {
            return;
        }

        if (after is not { } now)
        {
            _found.Add($"{at} has no schema any more");
            return;
        }

        if (Text(old, "$ref") is { } oldName && Text(now, "$ref") is { } newName && !_compared.Add((oldName, newName, isSent)))
        {
            return;
        }

        (old, now) = (Follow(_before, old), Follow(_after, now));
        if (Text(old, "type") is { } type && type != Text(now, "type") && !(isSent && HasForms(now)))
        {
            _found.Add($"{at} is no {type} any more");
        }

        var gone = Values(old, "enum").Except(Values(now, "enum")).ToList();
        if (gone.Count > 0 && now.TryGetProperty("enum", out _))
        {
            _found.Add($"{at} has no value {string.Join(", ", gone)} any more");
        }

        foreach (var property in Members(old, "properties"))
        {
            if (Find(now, "properties", property.Name) is { } same)
            {
                CompareSchemas($"{at}.{property.Name}", property.Value, same, isSent);
            }
            else
            {
                _found.Add($"{at}.{property.Name} is gone");
            }
        }

        // Who sends is asked for more; who receives can count on less.
        _found.AddRange(
            isSent
                ? Values(now, "required").Except(Values(old, "required")).Select(name => $"{at}.{name} is required now")
                : Values(old, "required").Except(Values(now, "required")).Select(name => $"{at}.{name} is not always there any more")
        );

        if (Find(old, "items") is { } items)
        {
            CompareSchemas($"{at}[]", items, Find(now, "items"), isSent);
        }

        foreach (var forms in new[] { "oneOf", "anyOf" })
        {
            var (many, others) = (Elements(old, forms), Elements(now, forms));
            for (var i = 0; i < many.Count; i++)
            {
                CompareSchemas($"{at} {forms} {i}", many[i], i < others.Count ? others[i] : null, isSent);
            }
        }
    }

    private static JsonElement Follow(JsonElement document, JsonElement schema) =>
        Text(schema, "$ref") is { } name ? Find(document, "components", "schemas", name[(name.LastIndexOf('/') + 1)..])!.Value : schema;

    private static bool HasForms(JsonElement schema) => schema.TryGetProperty("oneOf", out _) || schema.TryGetProperty("anyOf", out _);

    private static Dictionary<string, JsonElement> Parameters(JsonElement operation) =>
        Elements(operation, "parameters")
            .ToDictionary(parameter => $"{Text(parameter, "name")} in {Text(parameter, "in")}", StringComparer.Ordinal);

    private static IEnumerable<JsonProperty> Members(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.Object } members ? [.. members.EnumerateObject()] : [];

    private static List<JsonElement> Elements(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.Array } list ? [.. list.EnumerateArray()] : [];

    private static IEnumerable<string> Values(JsonElement element, string name) =>
        Elements(element, name).Select(value => value.ToString());

    private static JsonElement? Find(JsonElement element, params string[] path)
    {
        foreach (var name in path)
        {
            if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out element))
            {
                return null;
            }
        }

        return element;
    }

    private static string? Text(JsonElement element, string name) =>
        Find(element, name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    private static bool IsTrue(JsonElement element, string name) => Find(element, name) is { ValueKind: JsonValueKind.True };
}
