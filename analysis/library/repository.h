/* The git repository around a library of personas, as far as a library needs one.
 *
 * A change is a commit of its own files alone: what else is staged or changed stays as it is.
 * All messages go to stderr and begin with "understudy:".
 */
#ifndef UST_LIBRARY_REPOSITORY_H
#define UST_LIBRARY_REPOSITORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/status.h"
#include "sim/base/text.h"

#define UST_REVISION_TEXT_MAX 41

struct ust_repository; /* opaque */

/* Of an existing folder. *out is NULL, and the status fine, where there is no repository, or
 * one that ignores the folder. Close what was opened. */
enum ust_status ust_repository_open(const char *folder, struct ust_repository **out);
void ust_repository_close(struct ust_repository *repository); /* NULL is fine */

/* May a commit be added: a branch to add it to, nothing half done, nobody else writing. */
enum ust_status ust_repository_ready(struct ust_repository *repository);
/* A file (a path, there or not) must be as its last commit left it. */
enum ust_status ust_repository_clean(struct ust_repository *repository, const char *path);
/* "Name <mail>", or NULL for git's user. */
enum ust_status ust_repository_author(struct ust_repository *repository, const char *author);

/* Commits the paths, as they now are in the folder or are not; by the author chosen before. */
enum ust_status ust_repository_commit(struct ust_repository *repository,
                                      const char *const *paths, size_t n, const char *message,
                                      char id[UST_REVISION_TEXT_MAX]);

/* After a commit that failed: git's index again says what the folder has. */
void ust_repository_restage(struct ust_repository *repository, const char *const *paths,
                            size_t n);

/* A file at a revision. */
enum ust_status ust_repository_read(struct ust_repository *repository, const char *path,
                                    const char *revision, struct ust_text *out);

/* Commits that changed a file, the newest first, through renames. */
struct ust_repository_change {
    char id[UST_REVISION_TEXT_MAX], blob[UST_REVISION_TEXT_MAX]; /* blob "": deleted */
    int64_t unix_s;
    int offset_min; /* of the author's zone */
    const char *author, *mail, *summary;
    const char *path; /* in the repository, then */
};
typedef void ust_repository_tell(void *owner, const struct ust_repository_change *change);
enum ust_status ust_repository_history(struct ust_repository *repository, const char *path,
                                       ust_repository_tell *tell, void *owner);

/* Has any commit this file? */
bool ust_repository_ever(struct ust_repository *repository, const char *path);

/* A unified diff; nothing where both are the same. */
enum ust_status ust_repository_diff(const char *old_name, const struct ust_text *old,
                                    const char *new_name, const struct ust_text *new,
                                    struct ust_text *out);

#endif
