/* Files and folders that are gone afterwards.
 *
 * They go where TMPDIR says. Where it says nothing, folders go to memory, if the system has
 * some as a folder: they are for databases that nobody but the program reads, with thousands of
 * small commits; files, which may be large, go to /tmp.
 *
 * Errors: UST_REFUSED with a message printed.
 */
#ifndef UST_CLI_TEMPORARY_H
#define UST_CLI_TEMPORARY_H

#include <stddef.h>

#include "sim/base/arena.h"
#include "sim/base/status.h"

/* A new folder "NAME-XXXXXX", empty. *path is malloc'ed, NULL where it failed. */
enum ust_status ust_temporary_folder(const char *name, char **path);
/* The same in another place; its caller says what it means that none could be made there. */
char *ust_temporary_folder_in(const char *place, const char *name);

/* Removes these files of the folder, those that are there, then the folder; frees the path.
 * NULL is fine. */
void ust_temporary_folder_end(char *path, const char *const *files, size_t n);

/* A new file, empty; the caller removes it. *path lives in the arena. */
enum ust_status ust_temporary_file(struct ust_arena *arena, const char **path);

#endif
