#include "sim/cli/temporary.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"

static const char *place(const char *otherwise)
{
    const char *given = getenv("TMPDIR");
    return given != NULL && *given != '\0' ? given : otherwise;
}

char *ust_temporary_folder_in(const char *where, const char *name)
{
    struct ust_text path = {0};
    ust_text_printf(&path, "%s/%s-XXXXXX", where, name);
    if (mkdtemp(path.data) != NULL)
        return path.data;
    int why = errno;
    ust_text_free(&path);
    errno = why;
    return NULL;
}

enum ust_status ust_temporary_folder(const char *name, char **path)
{
    const char *where = place(access("/dev/shm", W_OK | X_OK) == 0 ? "/dev/shm" : "/tmp");
    *path = ust_temporary_folder_in(where, name);
    if (*path != NULL)
        return UST_OK;
    return ust_cli_refused("cannot make a folder in '%s': %s", where, strerror(errno));
}

void ust_temporary_folder_end(char *path, const char *const *files, size_t n)
{
    if (path == NULL)
        return;
    for (size_t i = 0; i < n; i++) {
        struct ust_text file = {0};
        ust_text_printf(&file, "%s/%s", path, files[i]);
        unlink(ust_text_string(&file));
        ust_text_free(&file);
    }
    rmdir(path);
    free(path);
}

enum ust_status ust_temporary_file(struct ust_arena *arena, const char **path)
{
    char *made = ust_arena_printf(arena, "%s/understudy-XXXXXX", place("/tmp"));
    int file = mkstemp(made);
    if (file < 0)
        return ust_cli_refused("cannot write '%s': %s", made, strerror(errno));
    close(file);
    *path = made;
    return UST_OK;
}
