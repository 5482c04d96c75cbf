/* The one memory that all of the null card's libraries share. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "state.h"

static long own[FIELDS];
static long *volatile fields = own;

/* Moves the card's memory into a file that a test reads and writes; 0 when that is done. */
int null_cuda_attach(const char *path)
{
    int file = open(path, O_RDWR);
    if (file < 0)
    {
        return -1;
    }

    void *mapped = mmap(NULL, sizeof own, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED)
    {
        return -1;
    }

    fields = mapped;
    return 0;
}

__attribute__((constructor)) static void begin(void)
{
    own[DEVICE_COUNT] = 1;
    own[DRIVER_VERSION] = 13000;
    own[MEMORY_BYTES] = 16L << 30;
    const char *bytes = getenv("NULL_CUDA_EMBEDDING_BYTES");
    own[EMBEDDING_BYTES] = bytes == NULL ? 0 : atol(bytes);
    const char *path = getenv("NULL_CUDA_STATE");
    if (path != NULL && null_cuda_attach(path) != 0)
    {
        static const char fault[] = "null card: NULL_CUDA_STATE names a file that cannot be mapped\n";
        if (write(2, fault, sizeof fault - 1) < 0 || 1)
        {
            abort();
        }
    }
}

long get(enum field field) { return __atomic_load_n(&fields[field], __ATOMIC_SEQ_CST); }

void set(enum field field, long value) { __atomic_store_n(&fields[field], value, __ATOMIC_SEQ_CST); }

long add(enum field field, long amount) { return __atomic_add_fetch(&fields[field], amount, __ATOMIC_SEQ_CST); }

int strikes(enum field countdown)
{
    long left = get(countdown);
    while (left > 0)
    {
        if (__atomic_compare_exchange_n(&fields[countdown], &left, left - 1, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
        {
            return left == 1;
        }
    }

    return 0;
}

int is_lost(void) { return get(IS_LOST) != 0; }

int presence(void)
{
    /* Built against CUDA 13: a driver of an older generation is refused, as the real runtime refuses it. */
    return get(DRIVER_VERSION) < 13000 ? DRIVER_TOO_OLD : get(DEVICE_COUNT) == 0 ? NO_DEVICE : is_lost() ? ILLEGAL_ADDRESS : OK;
}

int launch(enum field counter)
{
    add(counter, 1);
    if (strikes(FAIL_LAUNCH))
    {
        set(IS_LOST, 1);
    }

    return presence();
}

void *make_handle(void)
{
    add(HANDLES_MADE, 1);
    return calloc(1, 512);
}

int free_handle(void *handle)
{
    if (handle != NULL)
    {
        add(HANDLES_FREED, 1);
        free(handle);
    }

    return OK;
}
