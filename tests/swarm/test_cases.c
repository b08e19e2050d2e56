/* Every scenario in which something was once wrong keeps what all must keep.
 *
 * With arguments, these files instead: what a case that was found says after the language has
 * grown, and its seed makes another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "models/world/scenario.h"
#include "tests/swarm/swarm.h"

static char *read_whole(const char *path)
{
    FILE *file = fopen(path, "r");
    char *text = NULL;
    size_t n = 0;
    assert_non_null(file);
    assert_true(getdelim(&text, &n, '\0', file) > 0);
    fclose(file);
    return text;
}

static void is_a_valid_scenario(const char *path)
{
    struct ust_spec spec = {.arena = ust_arena_new(), .diag = ust_diag_new()};
    const struct ust_scenario *scenario = ust_scenario_read(&spec, path, NULL, 0);
    if (scenario == NULL) {
        ust_diag_print(spec.diag, stderr, NULL);
        fail_msg("%s can no longer be read", path);
    }
    ust_diag_free(spec.diag);
    ust_arena_free(spec.arena);
}

static void keeps_what_every_simulation_must_keep(void **state)
{
    const char *path = *state, *slash = strrchr(path, '/');
    const char *name = slash != NULL ? slash + 1 : path;
    struct ust_text finding = {0};
    char base[100];
    snprintf(base, sizeof base, "%.*s", (int)strcspn(name, "."), name);
    char *yaml = read_whole(path);
    is_a_valid_scenario(path);
    if (swarm_fails(base, yaml, false, &finding))
        fail_msg("%s:\n%s", path, ust_text_string(&finding));
    ust_text_free(&finding);
    free(yaml);
}

static int run_all(char **paths, size_t n)
{
    struct CMUnitTest *tests = calloc(n + 1, sizeof *tests);
    for (size_t i = 0; i < n; i++)
        tests[i] = (struct CMUnitTest){paths[i], keeps_what_every_simulation_must_keep, NULL,
                                       NULL, paths[i]};
    int failed = _cmocka_run_group_tests("cases", tests, n, NULL, NULL);
    free(tests);
    return failed;
}

int main(int argc, char **argv)
{
    glob_t found;
    if (argc > 1)
        return run_all(argv + 1, (size_t)argc - 1);
    if (glob(SWARM_FOLDER "/*.yaml", 0, NULL, &found) != 0) {
        fprintf(stderr, SWARM_FOLDER ": no cases; run from the root of the project\n");
        return 1;
    }
    int failed = run_all(found.gl_pathv, found.gl_pathc);
    globfree(&found);
    return failed;
}
