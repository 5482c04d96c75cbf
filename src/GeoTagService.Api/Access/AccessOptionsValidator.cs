using Microsoft.Extensions.Options;

namespace GeoTagService.Api.Access;

/// <summary>What attributes cannot say of <see cref="AccessOptions"/>. Keys are not told.</summary>
internal sealed class AccessOptionsValidator : IValidateOptions<AccessOptions>
{
    public ValidateOptionsResult Validate(string? name, AccessOptions options)
    {
        var faults = ApiKeyList.Of(options.ApiKeys).Faults.Select(fault => $"GeoTag:ApiKeys: {fault}.").ToList();
        if (!string.IsNullOrWhiteSpace(options.ApiKeyFile))
        {
            faults.AddRange(FaultsOfFile(options.ApiKeyFile).Select(fault => $"GeoTag:ApiKeyFile: {fault}."));
        }

        faults.AddRange(
            OpenAreas
                .Unknown(options.OpenWithoutKey)
                .Select(word => $"GeoTag:OpenWithoutKey: '{word}' is none of {string.Join(", ", OpenAreas.Words)}.")
        );
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IReadOnlyList<string> FaultsOfFile(string path)
    {
        try
        {
            return ApiKeyList.OfFile(File.ReadAllText(path)).Faults;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return [fault.Message.TrimEnd('.')];
        }
    }
}
