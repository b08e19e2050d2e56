/* The commands, and little else. */
#include <jansson.h>
#include <stdlib.h>

#include "analysis/bundle/command.h"
#include "analysis/classify/command.h"
#include "analysis/compare/command.h"
#include "analysis/export/command.h"
#include "analysis/library/command.h"
#include "analysis/profile/command.h"
#include "analysis/readiness/command.h"
#include "analysis/stats/command.h"
#include "analysis/study/command.h"
#include "analysis/verify/command.h"
#include "models/world/command.h"
#include "plots/command.h"
#include "sim/base/arena.h"
#include "sim/cli/cli.h"

int main(int argc, char **argv)
{
    /* clang-format off */
    static const struct ust_command *const commands[] = {
        &ust_command_run,
        &ust_command_plan,
        &ust_command_sweep,
        &ust_command_merge,
        &ust_command_sensitivity,
        &ust_command_best,
        &ust_command_reproduce,
        &ust_command_readiness,
        &ust_command_compare,
        &ust_command_check,
        &ust_command_export,
        &ust_command_bundle,
        &ust_command_warmup,
        &ust_command_limit,
        &ust_command_size,
        &ust_command_basin,
        &ust_command_report,
        &ust_command_plot,
        &ust_command_new,
        &ust_command_validate,
        &ust_command_show,
        &ust_command_list,
        &ust_command_schema,
        &ust_command_persona,
        &ust_command_profile,
        &ust_command_classify,
        &ust_command_verify,
        NULL};
    /* clang-format on */
    /* Short of memory, jansson leaves parts of a document out; better none than that. */
    json_set_alloc_funcs(ust_malloc, free);
    return ust_cli_main(argc, argv, commands);
}
