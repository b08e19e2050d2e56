/* What the two files about git share. */
#ifndef UST_LIBRARY_REPOSITORY_PARTS_H
#define UST_LIBRARY_REPOSITORY_PARTS_H

#include <git2.h>

#include "analysis/library/repository.h"

struct ust_repository {
    git_repository *git;
    char *top; /* real path of the working tree, without a slash at its end */
    git_signature *author;
};

/* "understudy: cannot ...: what git says"; UST_REFUSED. */
enum ust_status ust_repository_failed(const char *what);
/* A path inside the repository, with git's slashes. */
enum ust_status ust_repository_inside(const struct ust_repository *repository, const char *path,
                                      struct ust_text *out);
/* NULL with git's error. */
git_commit *ust_repository_revision(const struct ust_repository *repository,
                                    const char *revision);

#endif
