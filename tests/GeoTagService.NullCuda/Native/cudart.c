/* The runtime: memory is the machine's own, copies copy, kernels do nothing. */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "state.h"

enum { HOST_TO_DEVICE = 1, DEVICE_TO_HOST = 2 };

static __thread int last;
static __thread int device;

static int fail(int error)
{
    /* That the card is lost is known to all threads; anything else only to this one, until it asks. */
    last = error != OK && error != ILLEGAL_ADDRESS ? error : last;
    return error;
}

/* ---- memory: each block remembers its size, so that what is freed is what was allocated ---- */

struct block
{
    void *address;
    size_t size;
    int is_pinned;
    struct block *next;
};

static struct block *blocks;
static pthread_mutex_t blocks_lock = PTHREAD_MUTEX_INITIALIZER;

static int allocate(void **address, size_t size, int is_pinned)
{
    int error = presence();
    if (error == OK && !is_pinned && (strikes(FAIL_ALLOCATION) || (long)size > get(MEMORY_BYTES) - get(DEVICE_BYTES)))
    {
        error = OUT_OF_MEMORY;
    }

    *address = NULL;
    if (error != OK)
    {
        return fail(error);
    }

    struct block *block = malloc(sizeof *block);
    if (block == NULL || posix_memalign(address, 512, size ? size : 1) != 0)
    {
        free(block);
        return fail(OUT_OF_MEMORY);
    }

    /* What nobody has written is no number otherwise, now and then. */
    memset(*address, 0, size);
    block->address = *address;
    block->size = size;
    block->is_pinned = is_pinned;
    pthread_mutex_lock(&blocks_lock);
    block->next = blocks;
    blocks = block;
    pthread_mutex_unlock(&blocks_lock);
    add(is_pinned ? PINNED_ALLOCATIONS : DEVICE_ALLOCATIONS, 1);
    add(is_pinned ? PINNED_BYTES : DEVICE_BYTES, (long)size);
    return OK;
}

static int release(void *address, int is_pinned)
{
    if (address == NULL)
    {
        return OK;
    }

    pthread_mutex_lock(&blocks_lock);
    struct block **link = &blocks;
    while (*link != NULL && !((*link)->address == address && (*link)->is_pinned == is_pinned))
    {
        link = &(*link)->next;
    }

    struct block *block = *link;
    if (block != NULL)
    {
        *link = block->next;
    }

    pthread_mutex_unlock(&blocks_lock);
    if (block == NULL)
    {
        add(STRAY_FREES, 1);
        return fail(INVALID_VALUE);
    }

    add(is_pinned ? PINNED_FREES : DEVICE_FREES, 1);
    add(is_pinned ? PINNED_BYTES : DEVICE_BYTES, -(long)block->size);
    free(block->address);
    free(block);
    return is_lost() ? fail(ILLEGAL_ADDRESS) : OK;
}

static int is_pinned(const void *address)
{
    int found = 0;
    pthread_mutex_lock(&blocks_lock);
    for (struct block *block = blocks; block != NULL && !found; block = block->next)
    {
        const char *start = block->address;
        found = block->is_pinned && (const char *)address >= start && (const char *)address < start + block->size;
    }

    pthread_mutex_unlock(&blocks_lock);
    return found;
}

int cudaMalloc(void **address, size_t size) { return allocate(address, size, 0); }
int cudaFree(void *address) { return release(address, 0); }
int cudaMallocHost(void **address, size_t size) { return allocate(address, size, 1); }
int cudaHostAlloc(void **address, size_t size, unsigned flags) { (void)flags; return allocate(address, size, 1); }
int cudaFreeHost(void *address) { return release(address, 1); }
int cudaMallocFromPoolAsync(void **address, size_t size, void *pool, void *stream) { (void)pool; (void)stream; return allocate(address, size, 0); }
int cudaFreeAsync(void *address, void *stream) { (void)stream; return release(address, 0); }

int cudaMemGetInfo(size_t *free_bytes, size_t *total)
{
    *total = (size_t)get(MEMORY_BYTES);
    *free_bytes = *total - (size_t)get(DEVICE_BYTES);
    return fail(presence());
}

int cudaMemset(void *to, int value, size_t size) { memset(to, value, size); return fail(presence()); }
int cudaMemsetAsync(void *to, int value, size_t size, void *stream) { (void)stream; return cudaMemset(to, value, size); }

int cudaPointerGetAttributes(void *attributes, const void *address)
{
    (void)address;
    memset(attributes, 0, 24);
    return fail(presence());
}

/* ---- streams: a stream remembers the last copy to the card, for the answer that is copied back on it ---- */

struct stream
{
    const void *input;
    size_t input_bytes;
    int is_capturing;
};

int cudaStreamCreateWithFlags(void **stream, unsigned flags)
{
    (void)flags;
    int error = presence();
    *stream = error == OK ? make_handle() : NULL;
    return fail(error);
}

int cudaStreamCreate(void **stream) { return cudaStreamCreateWithFlags(stream, 0); }

int cudaStreamDestroy(void *stream)
{
    free_handle(stream);
    return fail(presence());
}

/* While streams are held, whoever waits for one waits on: a test sees how many runs are under way at once. */
static void hold(void)
{
    if (get(HOLDS_STREAMS) == 0)
    {
        return;
    }

    long now = add(HELD_NOW, 1);
    if (now > get(HELD_MOST))
    {
        set(HELD_MOST, now);
    }

    while (get(HOLDS_STREAMS) != 0)
    {
        struct timespec pause = { 0, 200000 };
        nanosleep(&pause, NULL);
    }

    add(HELD_NOW, -1);
}

int cudaStreamSynchronize(void *stream)
{
    (void)stream;
    add(STREAM_WAITS, 1);
    hold();
    return fail(presence());
}

int cudaDeviceSynchronize(void)
{
    add(DEVICE_WAITS, 1);
    return fail(presence());
}

int cudaStreamIsCapturing(struct stream *stream, int *status)
{
    *status = stream != NULL && stream->is_capturing;
    return fail(presence());
}

int cudaStreamBeginCapture(struct stream *stream, int mode)
{
    (void)mode;
    stream->is_capturing = 1;
    return fail(presence());
}

int cudaStreamEndCapture(struct stream *stream, void **graph)
{
    stream->is_capturing = 0;
    *graph = make_handle();
    add(GRAPHS_CAPTURED, 1);
    return fail(presence());
}

int cudaGraphInstantiate(void **executable, void *graph, unsigned long long flags)
{
    (void)graph;
    (void)flags;
    *executable = make_handle();
    return fail(presence());
}

int cudaGraphLaunch(void *executable, void *stream)
{
    (void)executable;
    (void)stream;
    return fail(launch(GRAPHS_LAUNCHED));
}

int cudaGraphDestroy(void *graph) { return free_handle(graph); }
int cudaGraphExecDestroy(void *executable) { return free_handle(executable); }

int cudaStreamWaitEvent(void *stream, void *event, unsigned flags)
{
    (void)stream;
    (void)event;
    (void)flags;
    return fail(presence());
}

int cudaLaunchHostFunc(void *stream, void (*function)(void *), void *data)
{
    (void)stream;
    function(data);
    return fail(presence());
}

int cudaEventCreateWithFlags(void **event, unsigned flags)
{
    (void)flags;
    *event = make_handle();
    return fail(presence());
}

int cudaEventCreate(void **event) { return cudaEventCreateWithFlags(event, 0); }
int cudaEventDestroy(void *event) { return free_handle(event); }
int cudaEventRecord(void *event, void *stream) { (void)event; (void)stream; return fail(presence()); }
int cudaEventRecordWithFlags(void *event, void *stream, unsigned flags) { (void)flags; return cudaEventRecord(event, stream); }
int cudaEventSynchronize(void *event) { (void)event; return fail(presence()); }
int cudaEventQuery(void *event) { (void)event; return fail(presence()); }

int cudaEventElapsedTime(float *milliseconds, void *from, void *to)
{
    (void)from;
    (void)to;
    *milliseconds = 0;
    return fail(presence());
}

/* ---- copies; an answer that leaves the card is made of what came in on the same stream ---- */

/* Numbers that depend on one item of the input alone, as an encoder's do. Zero bytes count for nothing, so that a title's
   answer does not depend on how far it was filled up. */
static void encode(const unsigned char *item, size_t bytes, float *embedding, size_t length)
{
    uint64_t hash = 1469598103934665603ull;
    for (size_t i = 0; i < bytes; i++)
    {
        if (item[i] != 0)
        {
            hash = (hash ^ item[i] ^ (i << 8)) * 1099511628211ull;
        }
    }

    for (size_t i = 0; i < length; i++)
    {
        hash = hash * 6364136223846793005ull + 1442695040888963407ull;
        embedding[i] = (float)(hash >> 40) / (float)(1 << 24) - 0.5f;
    }
}

static int copy(void *to, const void *from, size_t size, int kind, struct stream *stream)
{
    int error = presence();
    if (error != OK)
    {
        return fail(error);
    }

    memmove(to, from, size);
    if (kind == HOST_TO_DEVICE)
    {
        add(COPIES_IN, 1);
        add(BYTES_IN, (long)size);
        add(PAGEABLE_COPIES, !is_pinned(from));
        if (stream != NULL)
        {
            stream->input = to;
            stream->input_bytes = size;
        }
    }
    else if (kind == DEVICE_TO_HOST)
    {
        add(COPIES_OUT, 1);
        add(BYTES_OUT, (long)size);
        add(PAGEABLE_COPIES, !is_pinned(to));
        size_t width = (size_t)get(EMBEDDING_BYTES);
        size_t rows = width == 0 ? 0 : size / width;
        float *answer = to;
        for (size_t row = 0; row < rows; row++)
        {
            size_t item = stream == NULL || stream->input == NULL ? 0 : stream->input_bytes / rows;
            encode(item == 0 ? (const unsigned char *)"" : (const unsigned char *)stream->input + row * item, item, answer + row * width / sizeof(float), width / sizeof(float));
        }

        if (get(GIVES_NAN))
        {
            memset(to, 0xff, size);
        }
    }

    return OK;
}

int cudaMemcpy(void *to, const void *from, size_t size, int kind) { return copy(to, from, size, kind, NULL); }
int cudaMemcpyAsync(void *to, const void *from, size_t size, int kind, void *stream) { return copy(to, from, size, kind, stream); }
int cudaMemcpyFromSymbol(void *to, const void *symbol, size_t size, size_t offset, int kind)
{
    (void)symbol;
    (void)offset;
    (void)kind;
    memset(to, 0, size);
    return fail(presence());
}

/* ---- the device ---- */

int cudaGetDeviceCount(int *count)
{
    int error = presence();
    *count = error == OK ? (int)get(DEVICE_COUNT) : 0;
    return fail(error);
}

int cudaGetDevice(int *index) { *index = device; return fail(presence()); }

int cudaSetDevice(int index)
{
    int error = presence();
    if (error == OK && (index < 0 || index >= get(DEVICE_COUNT)))
    {
        error = INVALID_DEVICE;
    }

    device = error == OK ? index : device;
    return fail(error);
}

int cudaDriverGetVersion(int *version) { *version = (int)get(DRIVER_VERSION); return OK; }
int cudaRuntimeGetVersion(int *version) { *version = 13000; return OK; }

/* The beginning of cudaDeviceProp as CUDA 13 lays it out; the rest stays zero. */
struct properties
{
    char name[256];
    char identity[32];
    size_t global_memory, shared_memory;
    int registers, warp;
    size_t pitch;
    int threads, threads_dim[3], grid[3];
    size_t constant_memory;
    int major, minor;
    size_t alignment, pitch_alignment;
    int processors;
};

int cudaGetDeviceProperties(struct properties *properties, int index)
{
    (void)index;
    memset(properties, 0, sizeof *properties);
    strcpy(properties->name, "null card");
    properties->global_memory = (size_t)get(MEMORY_BYTES);
    properties->shared_memory = 48 << 10;
    properties->registers = 64 << 10;
    properties->warp = 32;
    properties->threads = 1024;
    for (int i = 0; i < 3; i++)
    {
        properties->threads_dim[i] = 1024;
        properties->grid[i] = 65535;
    }

    properties->major = 9;
    properties->processors = 132;
    return fail(presence());
}

int cudaDeviceGetAttribute(int *value, int attribute, int index)
{
    (void)index;
    switch (attribute)
    {
        case 1: *value = 1024; break;             /* threads of a block */
        case 8: *value = 48 << 10; break;         /* shared memory of a block */
        case 10: *value = 32; break;              /* warp */
        case 12: case 82: *value = 64 << 10; break; /* registers */
        case 16: *value = 132; break;             /* multiprocessors */
        case 39: *value = 2048; break;            /* threads of a multiprocessor */
        case 41: case 95: case 115: *value = 1; break; /* unified addresses, cooperative launch, memory pools */
        case 75: *value = 9; break;               /* compute capability */
        case 81: *value = 228 << 10; break;       /* shared memory of a multiprocessor */
        case 97: *value = 227 << 10; break;       /* shared memory of a block, on request */
        default: *value = 0; break;
    }

    return fail(presence());
}

int cudaGetDriverEntryPointByVersion(const char *symbol, void **function, unsigned version, unsigned long long flags, int *status)
{
    (void)symbol;
    (void)version;
    (void)flags;
    *function = NULL;
    if (status != NULL)
    {
        *status = 1;
    }

    return fail(presence());
}

int cudaOccupancyMaxActiveBlocksPerMultiprocessorWithFlags(int *blocks_at_once, const void *function, int threads, size_t memory, unsigned flags)
{
    (void)function;
    (void)threads;
    (void)memory;
    (void)flags;
    *blocks_at_once = 1;
    return fail(presence());
}

int cudaFuncGetAttributes(void *attributes, const void *function)
{
    (void)function;
    memset(attributes, 0, 64);
    return fail(presence());
}

/* ---- kernels ---- */

int cudaLaunchKernel(void) { return fail(launch(LAUNCHES)); }
int __cudaLaunchKernel(void) { return fail(launch(LAUNCHES)); }
int cudaLaunchKernelExC(void) { return fail(launch(LAUNCHES)); }
int cudaLaunchCooperativeKernel(void) { return fail(launch(LAUNCHES)); }

int cudaLibraryLoadData(void **library) { *library = make_handle(); return fail(presence()); }
int cudaLibraryUnload(void *library) { return free_handle(library); }

/* Kernels live as long as the process; nobody frees them. */
static char kernel[512];
int cudaLibraryGetKernel(void **found) { *found = kernel; return fail(presence()); }
int __cudaGetKernel(void **found) { *found = kernel; return fail(presence()); }
void **__cudaRegisterFatBinary(void *binary) { static void *handle; (void)binary; return &handle; }

/* ---- errors ---- */

int cudaGetLastError(void)
{
    int error = is_lost() ? ILLEGAL_ADDRESS : last;
    last = OK;
    return error;
}

int cudaPeekAtLastError(void) { return is_lost() ? ILLEGAL_ADDRESS : last; }

const char *cudaGetErrorString(int error)
{
    switch (error)
    {
        case OK: return "no error";
        case INVALID_VALUE: return "invalid argument";
        case OUT_OF_MEMORY: return "out of memory";
        case DRIVER_TOO_OLD: return "CUDA driver version is insufficient for CUDA runtime version";
        case NO_DEVICE: return "no CUDA-capable device is detected";
        case INVALID_DEVICE: return "invalid device ordinal";
        case ILLEGAL_ADDRESS: return "an illegal memory access was encountered";
        default: return "unrecognized error code";
    }
}

const char *cudaGetErrorName(int error)
{
    switch (error)
    {
        case OUT_OF_MEMORY: return "cudaErrorMemoryAllocation";
        case DRIVER_TOO_OLD: return "cudaErrorInsufficientDriver";
        case NO_DEVICE: return "cudaErrorNoDevice";
        case ILLEGAL_ADDRESS: return "cudaErrorIllegalAddress";
        default: return "cudaError";
    }
}
