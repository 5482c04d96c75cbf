using System.Runtime.InteropServices;

namespace GeoTagService.Onnx;

/// <summary>
/// The few functions of CUDA's runtime that lie between our memory and ONNX Runtime's: page-locked memory, copies and streams.
/// ONNX Runtime copies from wherever a tensor lies, one copy after the other; these copies run beside another batch's kernels.
/// </summary>
internal sealed unsafe class CudaRuntime
{
    private const int Success = 0;
    private const uint PortableMemory = 1;
    private const uint NonBlockingStream = 1;
    private const int HostToDevice = 1,
        DeviceToHost = 2;

    /// <summary>More than CUDA's description of a device takes; its name comes first.</summary>
    private const int DeviceDescriptionBytes = 8192;

    private readonly delegate* unmanaged<int*, int> _getDeviceCount;
    private readonly delegate* unmanaged<int*, int> _driverGetVersion;
    private readonly delegate* unmanaged<byte*, int, int> _getDeviceProperties;
    private readonly delegate* unmanaged<int, int> _setDevice;
    private readonly delegate* unmanaged<nuint*, nuint*, int> _memGetInfo;
    private readonly delegate* unmanaged<void**, nuint, uint, int> _hostAlloc;
    private readonly delegate* unmanaged<void*, int> _freeHost;
    private readonly delegate* unmanaged<nint*, uint, int> _streamCreate;
    private readonly delegate* unmanaged<nint, int> _streamDestroy;
    private readonly delegate* unmanaged<nint, int> _streamSynchronize;
    private readonly delegate* unmanaged<void*, void*, nuint, int, nint, int> _memcpyAsync;
    private readonly delegate* unmanaged<int> _getLastError;
    private readonly delegate* unmanaged<int, byte*> _getErrorString;

    /// <summary>Opens the runtime.</summary>
    /// <exception cref="DllNotFoundException">It is not there.</exception>
    /// <exception cref="EntryPointNotFoundException">It lacks a function.</exception>
    public CudaRuntime()
    {
        var library = NativeLibrary.Load(CudaLibraries.Runtime, typeof(CudaRuntime).Assembly, null);
        _getDeviceCount = (delegate* unmanaged<int*, int>)Export("cudaGetDeviceCount");
        _driverGetVersion = (delegate* unmanaged<int*, int>)Export("cudaDriverGetVersion");
        _getDeviceProperties = (delegate* unmanaged<byte*, int, int>)Export("cudaGetDeviceProperties");
        _setDevice = (delegate* unmanaged<int, int>)Export("cudaSetDevice");
        _memGetInfo = (delegate* unmanaged<nuint*, nuint*, int>)Export("cudaMemGetInfo");
        _hostAlloc = (delegate* unmanaged<void**, nuint, uint, int>)Export("cudaHostAlloc");
        _freeHost = (delegate* unmanaged<void*, int>)Export("cudaFreeHost");
        _streamCreate = (delegate* unmanaged<nint*, uint, int>)Export("cudaStreamCreateWithFlags");
        _streamDestroy = (delegate* unmanaged<nint, int>)Export("cudaStreamDestroy");
        _streamSynchronize = (delegate* unmanaged<nint, int>)Export("cudaStreamSynchronize");
        _memcpyAsync = (delegate* unmanaged<void*, void*, nuint, int, nint, int>)Export("cudaMemcpyAsync");
        _getLastError = (delegate* unmanaged<int>)Export("cudaGetLastError");
        _getErrorString = (delegate* unmanaged<int, byte*>)Export("cudaGetErrorString");

        nint Export(string name) => NativeLibrary.GetExport(library, name);
    }

    /// <summary>Why the card can do nothing more for this process; null while it can.</summary>
    public string? Lost { get; private set; }

    /// <summary>Newest CUDA that the driver knows, e.g. 13.0; 0.0 without a driver.</summary>
    public Version DriverVersion()
    {
        int version;
        return _driverGetVersion(&version) == Success ? new Version(version / 1000, version % 1000 / 10) : new Version(0, 0);
    }

    /// <summary>How many cards this process may use.</summary>
    /// <exception cref="CudaException">CUDA does not say; why is in the message.</exception>
    public int CountDevices()
    {
        int count;
        Check(_getDeviceCount(&count), "counting the cards");
        return count;
    }

    /// <summary>Name and memory of a card, for the log.</summary>
    public string Describe(int device)
    {
        UseDevice(device);
        var properties = stackalloc byte[DeviceDescriptionBytes];
        nuint free,
            total;
        Check(_getDeviceProperties(properties, device), "describing the card");
        Check(_memGetInfo(&free, &total), "asking for the card's memory");
        return $"{Marshal.PtrToStringUTF8((nint)properties)}, {total >> 20} MiB, {free >> 20} free";
    }

    /// <summary>Has the calling thread's further calls go to a card.</summary>
    public void UseDevice(int device) => Check(_setDevice(device), $"choosing card {device}");

    /// <summary>Allocates page-locked memory, which the card copies from and to by itself.</summary>
    public nint AllocatePinned(long bytes)
    {
        void* address;
        Check(_hostAlloc(&address, checked((nuint)bytes), PortableMemory), $"locking {bytes} bytes of memory");
        return (nint)address;
    }

    /// <summary>Frees page-locked memory; what a lost card says to that is nobody's concern.</summary>
    public void FreePinned(nint address) => _ = _freeHost((void*)address);

    /// <summary>Makes a stream whose work runs beside that of all others.</summary>
    public nint CreateStream()
    {
        nint stream;
        Check(_streamCreate(&stream, NonBlockingStream), "making a stream");
        return stream;
    }

    /// <summary>Frees a stream.</summary>
    public void DestroyStream(nint stream) => _ = _streamDestroy(stream);

    /// <summary>Copies to the card, and waits for it.</summary>
    public void CopyIn(nint device, nint pinned, long bytes, nint stream) =>
        Copy((void*)device, (void*)pinned, bytes, HostToDevice, stream, "copying to the card");

    /// <summary>Copies from the card, and waits for it.</summary>
    public void CopyOut(nint pinned, nint device, long bytes, nint stream) =>
        Copy((void*)pinned, (void*)device, bytes, DeviceToHost, stream, "copying from the card");

    /// <summary>Looks, after a failure, whether the card is lost: after some errors every call fails until the process ends.</summary>
    /// <param name="stream">A stream without work.</param>
    public void FindOutWhetherLost(nint stream)
    {
        // Errors that pass are forgotten by the first call; what the second one says lasts.
        _ = _getLastError();
        var error = _streamSynchronize(stream);
        if (error != Success)
        {
            Lost ??= Text(error);
        }
    }

    private void Copy(void* to, void* from, long bytes, int direction, nint stream, string what)
    {
        Check(_memcpyAsync(to, from, checked((nuint)bytes), direction, stream), what);
        Check(_streamSynchronize(stream), what);
    }

    private void Check(int error, string what)
    {
        if (error != Success)
        {
            // Or ONNX Runtime's next kernel on this thread would take it for its own.
            _ = _getLastError();
            throw new CudaException($"{what} failed: {Text(error)}");
        }
    }

    private string Text(int error) => $"{Marshal.PtrToStringUTF8((nint)_getErrorString(error))} (CUDA error {error})";
}
