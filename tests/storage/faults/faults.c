/* Preloaded: the n-th write, sync, truncation or rename of a file below FAULT_DIR fails, and, with
 * FAULT_LASTS=1, all later ones too, as on a drive that is full or was unplugged.
 * FAULT_ERRNO says with what; a failing write may write a part first (FAULT_TORN=1).
 * The count of calls is written to FAULT_COUNT (a file outside FAULT_DIR) at the end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static long calls = 0;

static long number(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

static int below(const char *path) {
    const char *folder = getenv("FAULT_DIR");
    return folder && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int watched(int fd) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size <= 0) return 0;
    path[size] = 0;
    return below(path);
}

/* 1 when this call shall fail. */
static int fails(void) {
    long at = number("FAULT_AT");
    calls++;
    if (!at || calls < at || (calls > at && !number("FAULT_LASTS"))) return 0;
    errno = (int)number("FAULT_ERRNO");
    return 1;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (file) {
        fprintf(file, "%ld\n", calls);
        fclose(file);
    }
}

#define REAL(type, name, ...) \
    static type (*real)(__VA_ARGS__); \
    if (!real) real = (type(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define WRITER(fn, offset_type) \
    ssize_t fn(int fd, const void *data, size_t size, offset_type at) { \
        REAL(ssize_t, #fn, int, const void *, size_t, offset_type); \
        if (watched(fd) && fails()) { \
            int kept = errno; \
            if (number("FAULT_TORN") && size > 1) real(fd, data, size / 2, at); \
            errno = kept; \
            return -1; \
        } \
        return real(fd, data, size, at); \
    }

WRITER(pwrite, off_t)
WRITER(pwrite64, off64_t)

ssize_t write(int fd, const void *data, size_t size) {
    REAL(ssize_t, "write", int, const void *, size_t);
    if (watched(fd) && fails()) {
        int kept = errno;
        if (number("FAULT_TORN") && size > 1) real(fd, data, size / 2);
        errno = kept;
        return -1;
    }
    return real(fd, data, size);
}

#define ON_FD(fn) \
    int fn(int fd) { \
        REAL(int, #fn, int); \
        return watched(fd) && fails() ? -1 : real(fd); \
    }

ON_FD(fsync)
ON_FD(fdatasync)

int ftruncate(int fd, off_t size) {
    REAL(int, "ftruncate", int, off_t);
    return watched(fd) && fails() ? -1 : real(fd, size);
}

int ftruncate64(int fd, off64_t size) {
    REAL(int, "ftruncate64", int, off64_t);
    return watched(fd) && fails() ? -1 : real(fd, size);
}

int rename(const char *from, const char *to) {
    REAL(int, "rename", const char *, const char *);
    return below(to) && fails() ? -1 : real(from, to);
}
