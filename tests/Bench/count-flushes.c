/* Preloaded into a broker (any, in any language), counts its fsyncs and fdatasyncs in the first eight bytes of the file that COUNT_FILE
   names: gcc -O2 -shared -fPIC -o count-flushes.so count-flushes.c -ldl; LD_PRELOAD=… COUNT_FILE=… */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static long uncounted, *count = &uncounted;
static int (*real_fsync)(int), (*real_fdatasync)(int);

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("COUNT_FILE");
    int file;
    void *page;

    real_fsync = dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = dlsym(RTLD_NEXT, "fdatasync");
    if (!path || (file = open(path, O_RDWR | O_CREAT, 0600)) < 0)
        return;
    if (ftruncate(file, sizeof *count) == 0
        && (page = mmap(0, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0)) != MAP_FAILED)
        count = page;
    close(file);
}

int fsync(int file)
{
    __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
    return real_fsync(file);
}

int fdatasync(int file)
{
    __atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
    return real_fdatasync(file);
}
