/* Preloaded into the program: the n-th allocation fails, or all from the n-th on.
 *
 *   FAIL_AT=n      which, counted from the start of the process; 0: none
 *   FAIL_ON=1      all after it fail too
 *   FAIL_COUNT=f   writes how many there were to file f at the end
 *
 * Allocations of the loader happen before the first line of the program and are not counted.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t n, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void *__libc_memalign(size_t align, size_t size);

static atomic_ulong calls;
static unsigned long fail_at;
static bool fail_on, started;

__attribute__((constructor)) static void start(void)
{
    const char *at = getenv("FAIL_AT"), *on = getenv("FAIL_ON");
    fail_at = at != NULL ? strtoul(at, NULL, 10) : 0;
    fail_on = on != NULL && *on == '1';
    started = true;
}

__attribute__((destructor)) static void end(void)
{
    const char *path = getenv("FAIL_COUNT");
    int file = path != NULL ? open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666) : -1;
    if (file < 0)
        return;
    char text[32];
    int n = snprintf(text, sizeof text, "%lu\n", (unsigned long)calls);
    if (write(file, text, (size_t)n) != n)
        _exit(99);
    close(file);
}

static bool fails(void)
{
    if (!started)
        return false;
    unsigned long call = atomic_fetch_add(&calls, 1) + 1;
    if (fail_at == 0 || call < fail_at || (call > fail_at && !fail_on))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t align, size_t size)
{
    return fails() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
    if (fails())
        return ENOMEM;
    *out = __libc_memalign(align, size);
    return *out != NULL ? 0 : ENOMEM;
}
