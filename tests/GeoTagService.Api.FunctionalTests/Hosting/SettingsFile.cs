using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using GeoTagService.Api.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.FunctionalTests.Hosting;

/// <summary>Writes the file of settings that is shipped: every setting with its default and what the code says of it, commented
/// out.</summary>
internal static partial class SettingsFile
{
    private const int Width = 116;

    /// <summary>The file's text.</summary>
    public static string Write(IServiceProvider services)
    {
        var sections = services
            .GetRequiredService<SettingNames>()
            .Sections.GroupBy(pair => pair.Value, pair => pair.Key)
            .OrderBy(section => section.Key.Count(letter => letter == ':'))
            .ThenBy(section => section.Key, StringComparer.Ordinal)
            .ToList();
        var text = new StringBuilder(
            """
            {
              // The settings of GeoTagService. Each is shown with its default and commented out; take the slashes away to change it.
              // Settings also come from the environment (GeoTag__Http__UploadTimeout=00:01:00) and from the command line
              // (--GeoTag:Http:UploadTimeout=00:01:00), which win over this file. Times are hh:mm:ss. What is misspelt or out of its
              // range stops the start and says so.

              // Where the service listens.
              // "Urls": "http://localhost:5000",

              // Level of the log: Verbose, Debug, Information, Warning, Error, Fatal.
              "Serilog": {
                "MinimumLevel": {
                  // "Default": "Information",
                }
              },

              "GeoTag": {

            """.ReplaceLineEndings("\n")
        );
        foreach (var section in sections)
        {
            var nested = section.Key != "GeoTag";
            var indent = nested ? "      " : "    ";
            if (nested)
            {
                text.Append(CultureInfo.InvariantCulture, $"\n    \"{section.Key.Split(':')[^1]}\": {{\n");
            }

            text.Append(
                string.Join(
                    "\n",
                    section
                        .OrderBy(type => type.FullName, StringComparer.Ordinal)
                        .SelectMany(type => Properties(type).Select(property => Setting(property, Value(services, type, property), indent)))
                )
            );
            text.Append(nested ? "    },\n" : "");
        }

        return text.Append("  }\n}\n").ToString();
    }

    /// <summary>The same text with nothing commented out: what it says when every setting is given as it is by default.</summary>
    public static string Uncommented(string text) => CommentedSetting().Replace(text, "${indent}${setting}");

    /// <summary>The settings of an options type.</summary>
    public static IEnumerable<PropertyInfo> Properties(Type type) =>
        type.GetProperties(BindingFlags.Public | BindingFlags.Instance).OrderBy(property => property.MetadataToken);

    /// <summary>A setting's value as the service has it.</summary>
    public static object? Value(IServiceProvider services, Type type, PropertyInfo property)
    {
        var options = services.GetRequiredService(typeof(IOptions<>).MakeGenericType(type));
        return property.GetValue(options.GetType().GetProperty("Value")!.GetValue(options));
    }

    private static string Setting(PropertyInfo property, object? value, string indent)
    {
        var text = new StringBuilder();
        var line = new StringBuilder();
        foreach (var word in Summary(property).Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Length > 0 && line.Length + word.Length + 1 + indent.Length + 3 > Width)
            {
                text.Append(CultureInfo.InvariantCulture, $"{indent}// {line}\n");
                line.Clear();
            }

            line.Append(line.Length > 0 ? " " : "").Append(word);
        }

        return text.Append(CultureInfo.InvariantCulture, $"{indent}// {line}\n{indent}// \"{property.Name}\": {Json(value)},\n").ToString();
    }

    private static string Json(object? value) =>
        value switch
        {
            null => "null",
            bool truth => truth ? "true" : "false",
            TimeSpan time => $"\"{time:c}\"",
            string or Enum => $"\"{value}\"",
            IEnumerable => "[]",
            _ => ((IFormattable)value).ToString(null, CultureInfo.InvariantCulture),
        };

    /// <summary>What the code says of it, and of an enumeration its words.</summary>
    private static string Summary(PropertyInfo property)
    {
        var file = Path.ChangeExtension(property.DeclaringType!.Assembly.Location, "xml");
        var name = $"P:{property.DeclaringType.FullName}.{property.Name}";
        var summary = XDocument
            .Load(file)
            .Descendants("member")
            .SingleOrDefault(member => (string?)member.Attribute("name") == name)
            ?.Element("summary");
        Assert.True(summary is not null, $"{name} has no summary");
        var text = Spaces()
            .Replace(
                string.Concat(
                    summary
                        .Nodes()
                        .Select(node =>
                            node switch
                            {
                                XElement { Name.LocalName: "see" } see => (
                                    (string?)see.Attribute("cref") ?? (string?)see.Attribute("langword") ?? ""
                                ).Split('.')[^1],
                                XElement element => element.Value,
                                _ => node.ToString(),
                            }
                        )
                ),
                " "
            )
            .Trim();
        text = System.Net.WebUtility.HtmlDecode(text);
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type.IsEnum ? $"{text} One of {string.Join(", ", Enum.GetNames(type))}." : text;
    }

    [GeneratedRegex(@"^(?<indent> +)// (?<setting>""\w+"": .*,)$", RegexOptions.Multiline)]
    private static partial Regex CommentedSetting();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
