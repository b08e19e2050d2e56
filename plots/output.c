#include "plots/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"

static enum ust_status refused(const struct ust_output *output)
{
    return ust_cli_refused("cannot write '%s': %s", output->path, strerror(errno));
}

/* What an ordinary new file would get; asked for by setting it, as there is no other way. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(077);
    umask(mask);
    return 0666 & ~mask;
}

enum ust_status ust_output_open(const char *path, struct ust_output *output)
{
    struct stat there;
    struct ust_text name = {0};
    *output = (struct ust_output){.path = path, .fd = -1};
    bool exists = stat(path, &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return refused(output);
    }
    if (exists && !S_ISREG(there.st_mode)) {
        output->fd = open(path, O_WRONLY | O_CLOEXEC);
        return output->fd < 0 ? refused(output) : UST_OK;
    }
    ust_text_printf(&name, "%s.XXXXXX", path);
    output->temporary = name.data;
    output->fd = mkostemp(output->temporary, O_CLOEXEC);
    if (output->fd < 0) {
        enum ust_status status = refused(output);
        free(output->temporary);
        return status;
    }
    if (fchmod(output->fd, exists ? there.st_mode & 0777 : usual_mode()) != 0) {
        enum ust_status status = refused(output);
        ust_output_drop(output);
        return status;
    }
    return UST_OK;
}

enum ust_status ust_output_write(struct ust_output *output, const char *data, size_t length)
{
    while (length > 0) {
        ssize_t n = write(output->fd, data, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return refused(output);
        data += n;
        length -= (size_t)n;
    }
    return UST_OK;
}

enum ust_status ust_output_keep(struct ust_output *output)
{
    bool ok = close(output->fd) == 0;
    output->fd = -1;
    if (ok && output->temporary != NULL)
        ok = rename(output->temporary, output->path) == 0;
    enum ust_status status = ok ? UST_OK : refused(output);
    if (ok) {
        free(output->temporary);
        output->temporary = NULL;
    }
    ust_output_drop(output);
    return status;
}

void ust_output_drop(struct ust_output *output)
{
    if (output->fd >= 0)
        close(output->fd);
    if (output->temporary != NULL)
        unlink(output->temporary);
    free(output->temporary);
    *output = (struct ust_output){.fd = -1};
}
