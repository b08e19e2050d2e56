#include "sim/cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"

bool ust_output_is_standard(const char *path)
{
    return ust_text_equal(path, "-");
}

static enum ust_status refused(const struct ust_output *output)
{
    const char *name = ust_output_is_standard(output->path) ? "standard output" : output->path;
    return ust_cli_refused("cannot write '%s': %s", name, strerror(errno));
}

/* What an ordinary new file would get; asked for by setting it, as there is no other way. */
static mode_t usual_mode(void)
{
    mode_t mask = umask(077);
    umask(mask);
    return 0666 & ~mask;
}

/* A descriptor to write to, and `temporary` where it is beside the file; or -1. */
static int open_beside(struct ust_output *output, const struct stat *there, bool exists)
{
    struct ust_text name = {0};
    ust_text_printf(&name, "%s.XXXXXX", output->path);
    output->temporary = name.data;
    int fd = mkostemp(output->temporary, O_CLOEXEC);
    if (fd < 0) {
        free(output->temporary);
        output->temporary = NULL;
    } else if (fchmod(fd, exists ? there->st_mode & 0777 : usual_mode()) != 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

static int open_place(struct ust_output *output)
{
    struct stat there;
    if (ust_output_is_standard(output->path))
        return fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    bool exists = stat(output->path, &there) == 0;
    if (exists && S_ISDIR(there.st_mode)) {
        errno = EISDIR;
        return -1;
    }
    if (exists && !S_ISREG(there.st_mode))
        return open(output->path, O_WRONLY | O_CLOEXEC);
    return open_beside(output, &there, exists);
}

enum ust_status ust_output_open(const char *path, struct ust_output *output)
{
    *output = (struct ust_output){.path = path};
    if (ust_output_is_standard(path))
        fflush(stdout); /* what was printed before stands before */
    int fd = open_place(output);
    output->stream = fd >= 0 ? fdopen(fd, "w") : NULL;
    if (output->stream != NULL)
        return UST_OK;
    enum ust_status status = refused(output);
    if (fd >= 0)
        close(fd);
    ust_output_drop(output);
    return status;
}

enum ust_status ust_output_write(struct ust_output *output, const char *data, size_t length)
{
    return fwrite(data, 1, length, output->stream) == length ? UST_OK : refused(output);
}

enum ust_status ust_output_keep(struct ust_output *output)
{
    bool ok = fflush(output->stream) == 0 && !ferror(output->stream);
    ok = fclose(output->stream) == 0 && ok;
    output->stream = NULL;
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
    if (output->stream != NULL)
        fclose(output->stream);
    if (output->temporary != NULL)
        unlink(output->temporary);
    free(output->temporary);
    *output = (struct ust_output){0};
}

enum ust_status ust_output_text(const char *path, const char *text)
{
    struct ust_output output;
    UST_TRY(ust_output_open(path, &output));
    enum ust_status status = ust_output_write(&output, text, strlen(text));
    if (status == UST_OK)
        return ust_output_keep(&output);
    ust_output_drop(&output);
    return status;
}

enum ust_status ust_output_json(FILE *out, json_t *root, unsigned digits)
{
    bool written = root != NULL &&
                   json_dumpf(root, out, JSON_INDENT(2) | JSON_REAL_PRECISION(digits)) == 0 &&
                   fputc('\n', out) != EOF && fflush(out) == 0;
    json_decref(root);
    return written ? UST_OK : ust_cli_refused("cannot write the JSON");
}
