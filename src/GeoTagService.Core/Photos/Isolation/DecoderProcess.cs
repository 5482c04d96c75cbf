using System.Diagnostics;

namespace GeoTagService.Core.Photos.Isolation;

/// <summary>One child process. Used by one thread; <see cref="Kill"/> may be called from any.</summary>
internal sealed class DecoderProcess : IDisposable
{
    private readonly Process _process;
    private readonly Stream _input;
    private readonly Stream _output;
    private readonly int _cropLength;
    private readonly byte[] _head = new byte[DecoderWire.ReplyLength];

    private DecoderProcess(Process process, int imageSize)
    {
        _process = process;
        _input = process.StandardInput.BaseStream;
        _output = process.StandardOutput.BaseStream;
        _cropLength = imageSize * imageSize * 3;
        Id = process.Id;
    }

    /// <summary>The system's number for it.</summary>
    public int Id { get; }

    /// <summary>What the system keeps it from: 1 files, 2 programs, processes, the network and writing.</summary>
    public long Confinement { get; private set; }

    /// <summary>Processor time that it had used when it last answered.</summary>
    public TimeSpan ProcessorAtLastReply { get; private set; }

    /// <summary>Processor time that it has used until now; zero once it is gone.</summary>
    public TimeSpan Processor
    {
        get
        {
            try
            {
                return _process.TotalProcessorTime;
            }
            catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception)
            {
                return TimeSpan.Zero;
            }
        }
    }

    /// <summary>Starts one.</summary>
    /// <exception cref="System.ComponentModel.Win32Exception">The system did not.</exception>
    public static DecoderProcess Start(DecoderProgram program, int imageSize, DecoderLimits limits) =>
        new(program.Start(imageSize, limits), imageSize);

    /// <summary>Waits until it is warm.</summary>
    /// <exception cref="IOException">It ended, or says something else.</exception>
    public void AwaitReady()
    {
        var ready = ReadHead();
        if (ready.Kind != DecoderReplyKind.Ready)
        {
            throw new IOException("The decoder did not say that it is ready.");
        }

        Confinement = ready.Limit;
    }

    /// <summary>Hands it one photo.</summary>
    /// <param name="photo">The file.</param>
    /// <param name="request">Limits and wishes.</param>
    /// <exception cref="IOException">The process ended.</exception>
    public void Send(ReadOnlySpan<byte> photo, ImageDecodeRequest request)
    {
        Span<byte> head = stackalloc byte[DecoderWire.RequestLength];
        DecoderWire.WriteRequest(head, photo.Length, request);
        _input.Write(head);
        _input.Write(photo);
        _input.Flush();
    }

    /// <summary>Waits for what became of the photo that was sent.</summary>
    /// <param name="crop">Receives the pixels.</param>
    /// <returns>Null, or the photo's fault.</returns>
    /// <exception cref="IOException">The process ended, or says what cannot be.</exception>
    public TaggingError? Receive(Span<byte> crop)
    {
        var reply = ReadHead();
        if (reply.Kind == DecoderReplyKind.Crop && reply.Length == _cropLength)
        {
            _output.ReadExactly(crop);
            return null;
        }

        if (reply.Kind != DecoderReplyKind.Fault || reply.Length is < 0 or > DecoderWire.LongestFault)
        {
            throw new IOException("The decoder answers neither a crop nor a fault.");
        }

        Span<byte> fault = stackalloc byte[reply.Length];
        _output.ReadExactly(fault);
        return DecoderWire.ReadFault(reply, fault);
    }

    /// <summary>Ends it at once.</summary>
    public void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception gone) when (gone is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            // It was faster.
        }
    }

    /// <summary>How it ended, for operators; called after it failed, and ends it where it did not.</summary>
    public string Epitaph()
    {
        Kill();
        _process.WaitForExit();
        return _process.ExitCode > 128 ? $"signal {_process.ExitCode - 128}" : $"exit code {_process.ExitCode}";
    }

    /// <summary>The last of what it wrote to its standard error, for operators; called when it has ended.</summary>
    public string LastWords()
    {
        const int Longest = 500;
        var words = _process.StandardError.ReadToEnd().Trim();
        return words.Length <= Longest ? words : words[..Longest];
    }

    public void Dispose()
    {
        Kill();
        _process.Dispose();
    }

    private DecoderReply ReadHead()
    {
        _output.ReadExactly(_head);
        var reply = DecoderWire.ReadReply(_head);
        ProcessorAtLastReply = reply.Processor;
        return reply;
    }
}
