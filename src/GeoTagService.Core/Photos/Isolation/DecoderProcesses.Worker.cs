using System.ComponentModel;

namespace GeoTagService.Core.Photos.Isolation;

internal sealed partial class DecoderProcesses
{
    /// <summary>One thread and its child. The thread waits where the child works, so that no thread of the pool has to.</summary>
    private sealed class Worker(DecoderProcesses owner)
    {
        private volatile DecoderProcess? _process;
        private int _failedStarts;
        private long _lastFailure;
        private TimeSpan _backoff;

        /// <summary>The system's number of its child, or null while it has none.</summary>
        public int? ProcessId => _process?.Id;

        public void Run()
        {
            try
            {
                _ = TryHaveProcess();
                foreach (var job in owner._queue.GetConsumingEnumerable())
                {
                    Serve(job);
                    owner.JobDone();
                    // A new process is warm when the next photo comes.
                    _ = TryHaveProcess();
                }
            }
            finally
            {
                Drop();
            }
        }

        /// <summary>Ends the child; called from another thread, when the service stops.</summary>
        public void End() => _process?.Kill();

        private void Serve(DecodeJob job)
        {
            for (var attempt = 1; attempt <= MostTries && !job.IsEnded; attempt++)
            {
                if (!TryHaveProcess())
                {
                    job.TrySetResult(owner._isStopping ? ImageFaults.Stopping : ImageFaults.NoDecoder(_backoff));
                    return;
                }

                if (TryPrepare(job, attempt))
                {
                    return;
                }
            }

            job.TrySetResult(ImageFaults.Damaged(job.Format));
        }

        private bool TryPrepare(DecodeJob job, int attempt)
        {
            var process = _process!;
            var crop = owner._preprocessor.NewCrop();
            var isHandedOn = false;
            try
            {
                if (!job.TryEnter(process))
                {
                    return true;
                }

                process.Send(job.Photo.Span, job.Request);
                job.Sent();
                var fault = process.Receive(crop.Target);
                job.Leave();
                isHandedOn = job.TrySetResult(fault is null ? crop : (Outcome<ImageCrop>)fault) && fault is null;
                return true;
            }
            catch (IOException)
            {
                job.Leave();
                Bury(process, job, attempt);
                return false;
            }
            finally
            {
                if (!isHandedOn)
                {
                    crop.Dispose();
                }
            }
        }

        private void Bury(DecoderProcess process, DecodeJob job, int attempt)
        {
            // Whoever ended it for the photo's sake has completed the job before.
            var ended = job.IsEnded ? "killed" : "crashed";
            var how = process.Epitaph();
            Drop();
            if (!owner._isStopping)
            {
                owner._ended(ended);
                Log.Ended(owner._logger, ended == "killed" ? "ended by us" : how, job.Photo.Length, attempt);
            }
        }

        private bool TryHaveProcess()
        {
            if (_process is not null)
            {
                return true;
            }

            if (owner._isStopping || (_failedStarts > 0 && owner._time.GetElapsedTime(_lastFailure) < _backoff))
            {
                return false;
            }

            var began = owner._time.GetTimestamp();
            try
            {
                var process = DecoderProcess.Start(owner._program, owner._preprocessor.ImageSize, owner._limits);
                _process = process;
                if (owner._isStopping)
                {
                    process.Kill();
                }

                using (owner._time.CreateTimer(static p => ((DecoderProcess)p!).Kill(), process, StartTimeout, Timeout.InfiniteTimeSpan))
                {
                    process.AwaitReady();
                }

                _failedStarts = 0;
                Log.Started(owner._logger, process.Id, owner._time.GetElapsedTime(began).TotalMilliseconds, process.Confinement);
                return true;
            }
            catch (Exception fault) when (fault is IOException or Win32Exception)
            {
                var reason = _process is { } process ? $"{process.Epitaph()}. {process.LastWords()}" : fault.Message;
                Drop();
                _failedStarts++;
                _lastFailure = owner._time.GetTimestamp();
                _backoff = TimeSpan.FromTicks(Math.Min(LongestBackoff.Ticks, ShortestBackoff.Ticks << Math.Min(_failedStarts - 1, 16)));
                if (!owner._isStopping)
                {
                    owner._ended("failed_start");
                    Log.NotStarted(owner._logger, _backoff.TotalSeconds, reason);
                }

                return false;
            }
        }

        private void Drop()
        {
            _process?.Dispose();
            _process = null;
        }
    }
}
