using System.Globalization;
using GeoTagService.Models.Sources;
using Spectre.Console;

namespace GeoTagService.Cli.Output;

/// <summary>Shows a pull on standard error: a bar with rate and time left on a terminal, lines anywhere else.</summary>
internal static class PullDisplay
{
    /// <summary>Runs a pull and shows its reports.</summary>
    public static async Task<PulledBundle> ShowAsync(TextWriter error, Func<IProgress<PullProgress>, Task<PulledBundle>> pull)
    {
        if (!ReferenceEquals(error, Console.Error) || Console.IsErrorRedirected)
        {
            return await pull(new Lines(error)).ConfigureAwait(false);
        }

        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(error) });
        return await console
            .Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn(),
                new ProgressBarColumn(),
                new DownloadedColumn(),
                new TransferSpeedColumn(),
                new RemainingTimeColumn()
            )
            .StartAsync(context => pull(new Bars(console, context)))
            .ConfigureAwait(false);
    }

    private sealed class Bars(IAnsiConsole console, ProgressContext context) : IProgress<PullProgress>
    {
        private readonly Lock _gate = new();
        private ProgressTask? _task;

        public void Report(PullProgress value)
        {
            lock (_gate)
            {
                switch (value.Stage)
                {
                    case PullStage.Fetching when _task is null || _task.Description != Markup.Escape(value.What):
                        _task?.StopTask();
                        _task = context.AddTask(Markup.Escape(value.What), maxValue: value.TotalBytes ?? double.MaxValue);
                        _task.Value = value.Bytes;
                        break;
                    case PullStage.Fetching:
                        _task.Value = value.Bytes;
                        break;
                    case PullStage.Verified:
                        _task?.StopTask();
                        _task = null;
                        break;
                    default:
                        console.MarkupLineInterpolated($"geotag: {value.What}");
                        break;
                }
            }
        }
    }

    /// <summary>One line for each file, retry and step, and for each tenth of a large file.</summary>
    private sealed class Lines(TextWriter error) : IProgress<PullProgress>
    {
        private const long Large = 20_000_000;
        private readonly Lock _gate = new();
        private (string File, long Tenth) _last = (string.Empty, 0);

        public void Report(PullProgress value)
        {
            lock (_gate)
            {
                if (Line(value) is { } line)
                {
                    error.WriteLine("geotag: " + line.ReplaceLineEndings(" "));
                }
            }
        }

        private string? Line(PullProgress value)
        {
            switch (value.Stage)
            {
                case PullStage.Verified:
                    return string.Create(CultureInfo.InvariantCulture, $"{value.What} is here, {value.Bytes} bytes, SHA-256 as pinned");
                case not PullStage.Fetching:
                    return value.What;
            }

            if (value.TotalBytes is not ({ } total and >= Large))
            {
                return null;
            }

            var now = (value.What, value.Bytes * 10 / total);
            if (now == _last || now.Item2 == 0)
            {
                return null;
            }

            _last = now;
            var left = value.Remaining is { } remaining ? $", {remaining:hh\\:mm\\:ss} left" : string.Empty;
            return string.Create(
                CultureInfo.InvariantCulture,
                $"{value.What}: {value.Bytes / 1e6:0} of {total / 1e6:0} MB, {value.BytesPerSecond / 1e6:0.0} MB/s{left}"
            );
        }
    }
}
