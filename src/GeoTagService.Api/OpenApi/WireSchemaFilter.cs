using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using GeoTagService.Api.Fields;
using GeoTagService.Contracts;
using Microsoft.OpenApi;
using Swashbuckle.AspNetCore.SwaggerGen;

namespace GeoTagService.Api.OpenApi;

/// <summary>Tells the document what the wire records' converters do, and which of their properties are always there.</summary>
internal sealed class WireSchemaFilter : ISchemaFilter
{
    public void Apply(IOpenApiSchema schema, SchemaFilterContext context)
    {
        if (schema is not OpenApiSchema concrete)
        {
            return;
        }

        if (context.Type == typeof(EmbeddingVector))
        {
            Replace(
                concrete,
                "A list of numbers, or base64 of little-endian float32. Raw, as the encoder gave it, unless asked otherwise.",
                new OpenApiSchema
                {
                    Type = JsonSchemaType.Array,
                    Items = new OpenApiSchema { Type = JsonSchemaType.Number, Format = "float" },
                },
                new OpenApiSchema { Type = JsonSchemaType.String, Format = "byte" }
            );
        }
        else if (context.Type == typeof(ThresholdChoice))
        {
            Replace(
                concrete,
                "A number for all tags, or an object of tag ids and numbers in which `default` stands for all others. Above 0, below 1.",
                Probability(),
                new OpenApiSchema { Type = JsonSchemaType.Object, AdditionalProperties = Probability() }
            );
        }
        else if (context.Type == typeof(ExplainChoice))
        {
            Replace(
                concrete,
                "`true` for the chosen tags, `\"all\"` for every tag, `false` (default) for none.",
                new OpenApiSchema { Type = JsonSchemaType.Boolean },
                new OpenApiSchema { Type = JsonSchemaType.String, Enum = [JsonValue.Create("all")!] }
            );
        }
        else if (context.Type.Namespace == typeof(TagResponse).Namespace && context.MemberInfo is null && !context.Type.IsEnum)
        {
            concrete.Required = new HashSet<string>(AlwaysPresent(context.Type), StringComparer.Ordinal);
            // Unknown names are taken with a warning; they are nothing that a client should be offered.
            concrete.Properties?.Remove("unknown");
            var fields =
                context.Type == typeof(TagItem) ? FieldSet.Tagging.Json
                : context.Type == typeof(EmbeddedItem) ? FieldSet.Embedded.Json
                : [];
            foreach (var field in fields)
            {
                // What several records share is described once, where it is referred to.
                if (concrete.Properties?[field.Name] is OpenApiSchema property)
                {
                    Describe(property, field);
                }
            }

            concrete.AdditionalPropertiesAllowed = true;
            concrete.AdditionalProperties = null;
        }
    }

    /// <summary>A member of a request, as the table of fields has it.</summary>
    private static void Describe(OpenApiSchema property, RequestField field)
    {
        property.Description = field.Description;
        property.Minimum = field.Least;
        property.Maximum = field.Most;
        if (field.IsPhoto)
        {
            // It may be a data: URI, or an address, too.
            property.Format = null;
        }
    }

    private static void Replace(OpenApiSchema schema, string description, params OpenApiSchema[] forms)
    {
        schema.Type = null;
        schema.Format = null;
        schema.Enum = null;
        schema.Properties?.Clear();
        schema.Required?.Clear();
        schema.AdditionalProperties = null;
        schema.AdditionalPropertiesAllowed = true;
        schema.Description = description;
        schema.OneOf = [.. forms];
    }

    private static OpenApiSchema Probability() =>
        new()
        {
            Type = JsonSchemaType.Number,
            Format = "float",
            Minimum = "0",
            Maximum = "1",
        };

    private static IEnumerable<string> AlwaysPresent(Type type)
    {
        var nullability = new NullabilityInfoContext();
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var never = property.GetCustomAttribute<JsonIgnoreAttribute>()?.Condition == JsonIgnoreCondition.Never;
            var nullable =
                Nullable.GetUnderlyingType(property.PropertyType) is not null
                || (!property.PropertyType.IsValueType && nullability.Create(property).ReadState == NullabilityState.Nullable);
            if (never || !nullable)
            {
                yield return JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            }
        }
    }
}
