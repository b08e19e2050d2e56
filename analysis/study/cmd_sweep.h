/* What the command `sweep` is on one machine and on many: the same options, another runner. */
#ifndef UST_ANALYSIS_STUDY_CMD_SWEEP_H
#define UST_ANALYSIS_STUDY_CMD_SWEEP_H

#include <stddef.h>

#include "analysis/study/sweep.h"
#include "sim/cli/cli.h"

extern const struct ust_option ust_sweep_option_table[];
extern const size_t ust_sweep_options_size;

/* Returns an exit code. */
int ust_sweep_command(const void *options, char **operand, ust_sweep_runner *runner);

#endif
