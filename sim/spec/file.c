/* Bytes of files: regular ones only, counted, bounded. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/hash.h"
#include "sim/base/limits.h"
#include "sim/spec/parts.h"

/* What is there instead of a file, or NULL. */
static const char *not_a_file(mode_t mode)
{
    if (S_ISREG(mode))
        return NULL;
    if (S_ISDIR(mode))
        return "a directory";
    if (S_ISFIFO(mode))
        return "a pipe";
    if (S_ISSOCK(mode))
        return "a socket";
    return "a device";
}

int ust_spec_memory(struct ust_spec *spec, const char *path, struct ust_place from,
                    const char *bytes, size_t length)
{
    int fd = memfd_create("understudy", MFD_CLOEXEC);
    size_t done = 0;
    while (fd >= 0 && done < length) {
        ssize_t n = write(fd, bytes + done, length - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    if (fd >= 0 && done == length && lseek(fd, 0, SEEK_SET) == 0)
        return fd;
    ust_diag_error(spec->diag, from, "'%s' cannot be read: %s", ust_spec_shown(spec, path),
                   strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

int ust_spec_open(struct ust_spec *spec, const char *path, struct ust_place from,
                  uint64_t bytes_max)
{
    /* Without O_NONBLOCK opening a pipe that nobody writes to would wait for ever. */
    int fd = spec->opener == NULL ? UST_SPEC_OPEN_PLAIN
                                  : spec->opener->open(spec->opener->owner, spec, path, from);
    if (fd == -1)
        return -1;
    if (fd == UST_SPEC_OPEN_PLAIN)
        fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat status;
    if (fd < 0 || fstat(fd, &status) != 0) {
        ust_diag_error(spec->diag, from, "'%s' cannot be read: %s", ust_spec_shown(spec, path),
                       strerror(errno));
        if (fd >= 0)
            close(fd);
        return -1;
    }
    const char *what = not_a_file(status.st_mode);
    if (what != NULL)
        ust_diag_error(spec->diag, from, "'%s' is %s, needs a regular file",
                       ust_spec_shown(spec, path), what);
    else if ((uint64_t)status.st_size > bytes_max)
        ust_diag_error(spec->diag, from, "'%s' has %lld bytes, at most %llu are read",
                       ust_spec_shown(spec, path), (long long)status.st_size,
                       (unsigned long long)bytes_max);
    else
        return fd;
    close(fd);
    return -1;
}

/* Reads to the end, but never more than the limit: /proc shows files of size 0 that go on. */
static enum ust_status drain(struct ust_spec *spec, int fd, const char *path,
                             struct ust_place from, struct ust_text *bytes)
{
    char buffer[1 << 14];
    for (;;) {
        ssize_t n = read(fd, buffer, sizeof buffer);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return ust_diag_error(spec->diag, from, "'%s' cannot be read: %s",
                                  ust_spec_shown(spec, path), strerror(errno));
        if (n == 0)
            return UST_OK;
        ust_text_add_n(bytes, buffer, (size_t)n);
        if (bytes->length > UST_SPEC_BYTES_MAX)
            return ust_diag_error(spec->diag, from, "'%s' has more than %u bytes",
                                  ust_spec_shown(spec, path), UST_SPEC_BYTES_MAX);
    }
}

enum ust_status ust_spec_count(struct ust_spec *spec, struct ust_place from, size_t length)
{
    if (length > UST_SPEC_TOTAL_MAX - spec->bytes)
        return ust_diag_error(spec->diag, from, "all files together have more than %u bytes",
                              UST_SPEC_TOTAL_MAX);
    spec->bytes += length;
    return UST_OK;
}

enum ust_status ust_spec_bytes(struct ust_spec *spec, const char *path, struct ust_place from,
                               struct ust_text *bytes)
{
    int fd = ust_spec_open(spec, path, from, UST_SPEC_BYTES_MAX);
    if (fd < 0)
        return UST_INVALID;
    enum ust_status status = drain(spec, fd, path, from, bytes);
    close(fd);
    UST_TRY(status);
    ust_spec_remember(spec, path, ust_hash_bytes(0, ust_text_string(bytes), bytes->length));
    return ust_spec_count(spec, from, bytes->length);
}

const char *ust_spec_path(struct ust_spec *spec, struct ust_place place, const char *path)
{
    const char *slash = place.file == NULL ? NULL : strrchr(place.file, '/');
    while (path[0] == '.' && path[1] == '/')
        path += 2;
    if (path[0] == '/' || slash == NULL)
        return ust_arena_text(spec->arena, path);
    return ust_arena_printf(spec->arena, "%.*s/%s", (int)(slash - place.file), place.file,
                            path);
}
