/* What `run` and `sweep` are on one machine and on many: the same options, another executor. */
#ifndef UST_ANALYSIS_STUDY_EXECUTE_H
#define UST_ANALYSIS_STUDY_EXECUTE_H

#include <stddef.h>

#include "analysis/study/sweep.h"
#include "sim/cli/cli.h"

/* Both return an exit code. */
int ust_run_command(const void *options, char **operand, const struct ust_executor *executor);
int ust_sweep_command(const void *options, char **operand, const struct ust_executor *executor);

#endif
