using System.ComponentModel.DataAnnotations;
using GeoTagService.Core;
using GeoTagService.Core.Batching;
using GeoTagService.Core.Photos.Isolation;
using GeoTagService.Core.Settings;
using GeoTagService.Onnx;
using Microsoft.Extensions.Configuration;

namespace GeoTagService.Cli.Execution;

/// <summary>The service's settings as the command line sees them: the same sections, from the environment
/// (<c>GeoTag__Bundle</c>, <c>GeoTag__Head</c>, <c>GeoTag__Onnx__IntraOpThreads</c> …).</summary>
/// <param name="Tagging">Section <c>GeoTag</c>.</param>
/// <param name="Onnx">Section <c>GeoTag:Onnx</c>.</param>
/// <param name="Batching">Section <c>GeoTag:Batching</c>.</param>
/// <param name="Decoding">Section <c>GeoTag:Decoding</c>.</param>
internal sealed record ToolSettings(TaggingOptions Tagging, OnnxEncoderOptions Onnx, BatchingOptions Batching, DecodingOptions Decoding)
{
    /// <exception cref="CommandFailureException">A setting is out of its range.</exception>
    public static ToolSettings FromEnvironment()
    {
        var configuration = new ConfigurationBuilder().AddEnvironmentVariables().Build();
        return new ToolSettings(
            Bind(configuration, TaggingOptions.SectionName, new TaggingOptions { Formats = PhotoFormats.All, MaxImageBytes = LargestFile }),
            Bind(configuration, OnnxEncoderOptions.SectionName, new OnnxEncoderOptions { MapWeights = true }),
            Bind(configuration, BatchingOptions.SectionName, Patient),
            Bind(configuration, DecodingOptions.SectionName, new DecodingOptions { MaxWait = LongestWait })
        );
    }

    /// <summary>A camera's raw file has tens of megabytes.</summary>
    private const long LargestFile = 128L * 1024 * 1024;

    /// <summary>The longest that these settings allow.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMinutes(10);

    /// <summary>A service refuses what would wait for long, because others wait behind it. A command waits for its own photos
    /// alone, and one that is refused would have to be tagged again.</summary>
    private static BatchingOptions Patient =>
        new()
        {
            MaxWait = LongestWait,
            QueueCapacity = 65_536,
            StandingBatches = 65_536,
        };

    private static T Bind<T>(IConfiguration configuration, string section, T settings)
        where T : class
    {
        try
        {
            configuration.GetSection(section).Bind(settings);
            Validator.ValidateObject(settings, new ValidationContext(settings), validateAllProperties: true);
            return settings;
        }
        catch (Exception fault) when (fault is ValidationException or InvalidOperationException)
        {
            throw new CommandFailureException(
                ExitCode.Environment,
                $"settings of {section}: {UnreadableSetting.Describe(fault, [typeof(T)])}",
                fault
            );
        }
    }
}
