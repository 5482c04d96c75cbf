/* Matrix products that multiply nothing. */
#include <string.h>

#include "state.h"

int cublasCreate_v2(void **handle) { *handle = make_handle(); return presence() == OK ? OK : 1; }
int cublasDestroy_v2(void *handle) { return free_handle(handle); }
int cublasGetMathMode(void *handle, int *mode) { (void)handle; *mode = 0; return OK; }
const char *cublasGetStatusName(int status) { return status == OK ? "CUBLAS_STATUS_SUCCESS" : "CUBLAS_STATUS_EXECUTION_FAILED"; }
const char *cublasGetStatusString(int status) { return cublasGetStatusName(status); }

/* CUBLAS_STATUS_EXECUTION_FAILED is 13. */
static int product(void) { return launch(PRODUCTS) == OK ? OK : 13; }

int cublasSgemm_v2(void) { return product(); }
int cublasGemmEx(void) { return product(); }
int cublasGemmBatchedEx(void) { return product(); }
int cublasGemmStridedBatchedEx(void) { return product(); }
int cublasSgemmBatched(void) { return product(); }
int cublasSgemmStridedBatched(void) { return product(); }
