#include "analysis/study/folder.h"

#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/base/text.h"
#include "sim/cli/cli.h"
#include "sim/store/lease.h"

/* "study.db", "0001.db", and what SQLite puts beside them. */
static bool of_study(const char *name)
{
    static const char *const ends[] = {".db", ".db-journal", ".db-wal", ".db-shm"};
    size_t digits = strspn(name, "0123456789");
    const char *rest = strncmp(name, "study", 5) == 0 ? name + 5 : name + digits;
    if (rest == name || (digits > 0 && digits < 4))
        return false;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        if (strcmp(rest, ends[i]) == 0)
            return true;
    return false;
}

static bool is_dot(const char *name)
{
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

bool ust_folder_empty(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return errno == ENOENT;
    bool empty = true;
    for (const struct dirent *entry = readdir(directory); entry != NULL && empty;
         entry = readdir(directory))
        empty = is_dot(entry->d_name);
    closedir(directory);
    return empty;
}

static bool exists(const char *folder, const char *file, struct ust_text *path)
{
    struct stat facts;
    ust_text_clear(path);
    ust_text_printf(path, "%s/%s", folder, file);
    return stat(ust_text_string(path), &facts) == 0;
}

enum ust_status ust_folder_of_study(const char *folder)
{
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return ust_cli_refused("cannot open '%s': %s", folder, strerror(errno));
    enum ust_status status = UST_OK;
    for (const struct dirent *entry = readdir(directory); entry != NULL && status == UST_OK;
         entry = readdir(directory))
        if (!is_dot(entry->d_name) && !of_study(entry->d_name))
            status =
                ust_cli_refused("%s: holds '%s', which is of no study; the folder was left "
                                "untouched",
                                folder, entry->d_name);
    closedir(directory);
    UST_TRY(status);
    struct ust_text path = {0};
    if (exists(folder, "study.db", &path))
        status = ust_lease_look(ust_text_string(&path), &ust_lease_usual);
    ust_text_free(&path);
    return status;
}

enum ust_status ust_folder_remove(const char *folder)
{
    struct stat facts;
    if (lstat(folder, &facts) != 0)
        return UST_OK;
    UST_TRY(ust_folder_of_study(folder));
    DIR *directory = opendir(folder);
    if (directory == NULL)
        return ust_cli_refused("cannot open '%s': %s", folder, strerror(errno));
    for (const struct dirent *entry = readdir(directory); entry != NULL;
         entry = readdir(directory))
        if (of_study(entry->d_name))
            (void)unlinkat(dirfd(directory), entry->d_name, 0);
    closedir(directory);
    if (rmdir(folder) == 0)
        return UST_OK;
    return ust_cli_refused("cannot remove '%s': %s", folder, strerror(errno));
}
