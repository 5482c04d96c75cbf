/* Memory that runs short on command: aligned allocations of C++ from a size on fail while they are told to. ONNX Runtime's CPU
   allocator takes its tensors there. Preloaded; told through a shared file of four numbers: the size from which on they fail (0: none),
   how many more may fail, how many failed, how many of any size there were. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Atomic long *told;
static void *(*real)(size_t, size_t);

__attribute__((constructor)) static void open_file(void)
{
    const char *path = getenv("SCARCE_FILE");
    int file = path ? open(path, O_RDWR) : -1;
    if (file >= 0)
    {
        void *shared = mmap(NULL, 4 * sizeof(long), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        told = shared == MAP_FAILED ? NULL : shared;
        close(file);
    }
}

static int is_from_cpp(void *caller)
{
    Dl_info library;
    return dladdr(caller, &library) && strstr(library.dli_fname, "libstdc++") != NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (!real)
    {
        real = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
    }

    if (told)
    {
        long from = atomic_load(&told[0]);
        atomic_fetch_add(&told[3], 1);
        if (from > 0 && size >= (size_t)from && is_from_cpp(__builtin_return_address(0)) && atomic_fetch_sub(&told[1], 1) > 0)
        {
            atomic_fetch_add(&told[2], 1);
            return NULL;
        }
    }

    return real(alignment, size);
}
