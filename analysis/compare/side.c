#include "analysis/compare/side.h"

#include <stdio.h>
#include <string.h>

#include "analysis/study/judge.h"
#include "analysis/study/stopping.h"
#include "models/world/command.h"
#include "models/world/run.h"

bool ust_side_is_database(const char *path)
{
    static const char magic[] = "SQLite format 3";
    char head[sizeof magic] = {0};
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        size_t n = fread(head, 1, sizeof magic, file);
        fclose(file);
        return n == sizeof magic && memcmp(head, magic, sizeof magic) == 0;
    }
    size_t length = strlen(path);
    return length > 3 && strcmp(path + length - 3, ".db") == 0;
}

static void name_output(struct ust_side *side, const struct ust_scenario *scenario)
{
    if (side->output != NULL) {
        ust_text_add(&side->database, side->output);
        return;
    }
    ust_text_printf(&side->database, "%s.db", scenario->name);
    if (side->taken != NULL && strcmp(side->taken, ust_text_string(&side->database)) == 0) {
        ust_text_clear(&side->database);
        ust_text_printf(&side->database, "%s-b.db", scenario->name);
    }
}

static enum ust_status simulate(struct ust_side *side, struct ust_scenario *scenario)
{
    name_output(side, scenario);
    struct ust_stopping stopping;
    ust_stopping_begin(&stopping, scenario);
    const struct ust_run_options how = {.output = ust_text_string(&side->database),
                                        .replications = side->replications,
                                        .jobs = side->jobs,
                                        .seed_given = side->seed_given,
                                        .seed = side->seed,
                                        .replace = side->replace,
                                        .quiet = side->quiet,
                                        .overrides =
                                            ust_command_overrides(side->spec.arena, side->sets),
                                        .enough = ust_stopping_enough,
                                        .enough_context = &stopping};
    struct ust_run_result ran = {0};
    enum ust_status status = ust_run(scenario, &how, &ran);
    side->store = ran.store;
    if (status == UST_OK)
        status = ust_stopping_end(&stopping, side->store,
                                  side->replications == 0 &&
                                      scenario->replications.until_node != NULL);
    if (status == UST_OK)
        status = ust_judge_stored(side->store);
    if (status == UST_STOPPED)
        fprintf(stderr, "\nstopped; the replications that ended are in %s\n", how.output);
    return status;
}

enum ust_status ust_side_open(struct ust_side *side)
{
    if (ust_side_is_database(side->path)) {
        ust_text_add(&side->database, side->path);
        return ust_store_open(side->path, false, &side->store);
    }
    static const struct ust_texts none = {0};
    side->scenario = ust_command_read(&side->spec, side->path,
                                      side->sets != NULL ? side->sets : &none, NULL);
    return side->scenario == NULL ? UST_INVALID : simulate(side, side->scenario);
}

void ust_side_close(struct ust_side *side)
{
    ust_store_close(side->store);
    side->store = NULL;
    ust_text_free(&side->database);
    if (side->spec.arena != NULL)
        ust_command_forget(&side->spec);
    side->spec = (struct ust_spec){0};
}
