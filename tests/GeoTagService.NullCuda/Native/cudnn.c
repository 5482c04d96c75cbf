/* cuDNN, which the provider opens by name when it needs it. */
#include "state.h"

int cudnnCreate(void **handle)
{
    add(CUDNN_CALLS, 1);
    *handle = make_handle();
    return presence() == OK ? OK : 1001;
}

int cudnnDestroy(void *handle) { return free_handle(handle); }
size_t cudnnGetVersion(void) { return 90000; }
const char *cudnnGetErrorString(int status) { return status == OK ? "CUDNN_STATUS_SUCCESS" : "CUDNN_STATUS_EXECUTION_FAILED"; }
void cudnnGetLastErrorString(char *text, size_t size) { if (size > 0) { text[0] = '\0'; } }

#define DESCRIPTOR(name) \
    int cudnnCreate##name##Descriptor(void **descriptor) { *descriptor = make_handle(); return OK; } \
    int cudnnDestroy##name##Descriptor(void *descriptor) { return free_handle(descriptor); }

DESCRIPTOR(Activation)
DESCRIPTOR(Convolution)
DESCRIPTOR(Dropout)
DESCRIPTOR(Filter)
DESCRIPTOR(LRN)
DESCRIPTOR(Pooling)
DESCRIPTOR(ReduceTensor)
DESCRIPTOR(RNN)
DESCRIPTOR(RNNData)
DESCRIPTOR(Tensor)

int cudnnGetReductionWorkspaceSize(void *handle, void *reduction, void *from, void *to, size_t *size)
{
    (void)handle;
    (void)reduction;
    (void)from;
    (void)to;
    *size = 0;
    return OK;
}

int cudnnGetReductionIndicesSize(void *handle, void *reduction, void *from, void *to, size_t *size)
{
    return cudnnGetReductionWorkspaceSize(handle, reduction, from, to, size);
}

int cudnnReduceTensor(void)
{
    add(CUDNN_CALLS, 1);
    return launch(LAUNCHES) == OK ? OK : 8;
}
