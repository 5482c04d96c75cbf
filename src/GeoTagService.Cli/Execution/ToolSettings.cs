using System.ComponentModel.DataAnnotations;
using GeoTagService.Core.Batching;
using GeoTagService.Core;
using GeoTagService.Core.Settings;
using GeoTagService.Onnx;
using Microsoft.Extensions.Configuration;

namespace GeoTagService.Cli.Execution;

/// <summary>The service's settings as the command line sees them: the same sections, from the environment
/// (<c>GeoTag__Bundle</c>, <c>GeoTag__Head</c>, <c>GeoTag__Onnx__IntraOpThreads</c> …).</summary>
/// <param name="Tagging">Section <c>GeoTag</c>.</param>
/// <param name="Onnx">Section <c>GeoTag:Onnx</c>.</param>
/// <param name="Batching">Section <c>GeoTag:Batching</c>.</param>
internal sealed record ToolSettings(TaggingOptions Tagging, OnnxEncoderOptions Onnx, BatchingOptions Batching)
{
    /// <exception cref="CommandFailureException">A setting is out of its range.</exception>
    public static ToolSettings FromEnvironment()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        return new ToolSettings(
            Bind<TaggingOptions>(configuration, TaggingOptions.SectionName),
            Bind<OnnxEncoderOptions>(configuration, OnnxEncoderOptions.SectionName),
            Bind<BatchingOptions>(configuration, BatchingOptions.SectionName));
    }

    private static T Bind<T>(IConfiguration configuration, string section)
        where T : class, new()
    {
        try
        {
            var settings = configuration.GetSection(section).Get<T>() ?? new T();
            Validator.ValidateObject(settings, new ValidationContext(settings), validateAllProperties: true);
            return settings;
        }
        catch (Exception fault) when (fault is ValidationException or InvalidOperationException)
        {
            throw new CommandFailureException(ExitCode.Environment, $"settings of {section}: {UnreadableSetting.Describe(fault, [typeof(T)])}", fault);
        }
    }
}
