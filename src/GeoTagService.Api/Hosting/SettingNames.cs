using System.Reflection;
using System.Text.RegularExpressions;
using GeoTagService.Core.Settings;
using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Hosting;

/// <summary>
/// The names of all settings under <c>GeoTag</c>, as operators write them: read off the options that are bound, so that the
/// list cannot lack one.
/// </summary>
internal sealed partial class SettingNames
{
    private const string Root = "GeoTag";
    private const string SectionConstant = "SectionName";

    private readonly Dictionary<Type, string> _sections;
    private readonly HashSet<string> _names;

    private SettingNames(Dictionary<Type, string> sections)
    {
        _sections = sections;
        _names = new HashSet<string>(
            from section in sections
            from property in section.Key.GetProperties()
            select $"{section.Value}:{property.Name}",
            StringComparer.OrdinalIgnoreCase
        );
    }

    /// <summary>The options that are bound, and the sections that they are bound to.</summary>
    public IReadOnlyDictionary<Type, string> Sections => _sections;

    /// <summary>Reads the names off the options that are registered so far.</summary>
    public static SettingNames Of(IServiceCollection services)
    {
        var sections =
            from service in services
            where service.ServiceType.IsGenericType && service.ServiceType.GetGenericTypeDefinition() == typeof(IConfigureOptions<>)
            let options = service.ServiceType.GenericTypeArguments[0]
            let section = options.GetField(SectionConstant, BindingFlags.Public | BindingFlags.Static)?.GetRawConstantValue() as string
            where section is not null
            select (options, section);
        return new SettingNames(sections.Distinct().ToDictionary(pair => pair.options, pair => pair.section));
    }

    /// <summary>Refuses settings of no meaning: a misspelt limit would otherwise silently not hold.</summary>
    /// <exception cref="OptionsValidationException">There are some; the message names each and the nearest known one.</exception>
    public void Check(IConfiguration configuration)
    {
        var unknown = configuration
            .GetSection(Root)
            .AsEnumerable()
            .Where(setting => !string.IsNullOrEmpty(setting.Value) && !IsKnown(setting.Key))
            .Select(setting => $"there is no setting {setting.Key}; {Nearest(setting.Key)} is the nearest")
            .Order(StringComparer.Ordinal)
            .ToList();
        if (unknown.Count > 0)
        {
            throw new OptionsValidationException(Root, typeof(SettingNames), unknown);
        }
    }

    /// <summary>What is wrong with the settings, by the names that the operator wrote.</summary>
    public string Describe(OptionsValidationException exception) =>
        string.Join(
            " ",
            exception.Failures.Select(failure =>
                Attribute().Match(failure) is { Success: true } parts && _sections.TryGetValue(exception.OptionsType, out var section)
                    ? $"{section}:{parts.Groups["member"].Value}: {parts.Groups["error"].Value}"
                    : failure
            )
        );

    /// <summary>What is wrong with a value of the wrong kind, with the words that there are.</summary>
    public string DescribeUnreadable(Exception fault) => UnreadableSetting.Describe(fault, _sections.Keys);

    /// <summary>A setting is known by its name; of a list, every entry is.</summary>
    private bool IsKnown(string key) => _names.Contains(key) || _names.Contains(WithoutEntry(key));

    /// <summary>The name itself counts twice, its section once: a right name in a wrong section is a common slip.</summary>
    private string Nearest(string key)
    {
        var wanted = WithoutEntry(key);
        return _names.MinBy(name => (Distance(Last(wanted), Last(name)) + Distance(wanted, name), name))!;
    }

    private static string Last(string key) => key[(key.LastIndexOf(':') + 1)..];

    private static string WithoutEntry(string key) => EntryNumber().Replace(key, "");

    /// <summary>Case apart, as settings are found.</summary>
    private static int Distance(string one, string other) => EditDistance.Of(one.ToUpperInvariant(), other.ToUpperInvariant());

    [GeneratedRegex(
        @"^DataAnnotation validation failed for '\w+' members: '(?<member>\w+)' with the error: '(?<error>.*)'\.$",
        RegexOptions.Singleline
    )]
    private static partial Regex Attribute();

    [GeneratedRegex(@":\d+$")]
    private static partial Regex EntryNumber();
}
