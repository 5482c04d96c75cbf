/* What the null card counts and what it is told to do wrong: 64-bit numbers in memory that a test may share. */
#ifndef NULL_CUDA_STATE_H
#define NULL_CUDA_STATE_H

#include <stddef.h>

/* The order is that of NullCardField in NullCard.cs. */
enum field
{
    /* settings */
    DEVICE_COUNT, DRIVER_VERSION, MEMORY_BYTES, FAIL_ALLOCATION, FAIL_LAUNCH, IS_LOST, GIVES_NAN, HOLDS_STREAMS, EMBEDDING_BYTES,
    /* counters */
    DEVICE_ALLOCATIONS, DEVICE_FREES, DEVICE_BYTES, PINNED_ALLOCATIONS, PINNED_FREES, PINNED_BYTES,
    HANDLES_MADE, HANDLES_FREED, LAUNCHES, PRODUCTS, COPIES_IN, COPIES_OUT, PAGEABLE_COPIES, BYTES_IN, BYTES_OUT,
    DEVICE_WAITS, STREAM_WAITS, HELD_NOW, HELD_MOST, GRAPHS_CAPTURED, GRAPHS_LAUNCHED, CUDNN_CALLS, STRAY_FREES,
    FIELDS
};

/* Errors of the runtime, as CUDA numbers them. */
enum { OK = 0, INVALID_VALUE = 1, OUT_OF_MEMORY = 2, DRIVER_TOO_OLD = 35, NO_DEVICE = 100, INVALID_DEVICE = 101, ILLEGAL_ADDRESS = 700 };

long get(enum field field);
void set(enum field field, long value);
long add(enum field field, long amount);

/* Counts down a setting; says whether it just reached zero. */
int strikes(enum field countdown);

/* Whether the card is lost: then every call fails, for as long as the process lives. */
int is_lost(void);

/* Whether there is a card that the driver can drive: an error, or OK. */
int presence(void);

/* One launch more, of a kernel or a matrix product; ILLEGAL_ADDRESS when it is the one that loses the card. */
int launch(enum field counter);

/* A handle that nobody looks into. */
void *make_handle(void);
int free_handle(void *handle);

#endif
