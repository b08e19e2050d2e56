/* Commands that simulate and judge. */
#ifndef UST_ANALYSIS_STUDY_COMMAND_H
#define UST_ANALYSIS_STUDY_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_run, ust_command_limit, ust_command_size,
    ust_command_basin;
extern const struct ust_command ust_command_reproduce, ust_command_sensitivity,
    ust_command_best;
extern const struct ust_command ust_command_plan, ust_command_sweep, ust_command_merge;

#endif
