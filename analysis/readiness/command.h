/* The command `understudy readiness`. */
#ifndef UST_ANALYSIS_READINESS_COMMAND_H
#define UST_ANALYSIS_READINESS_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_readiness;

#endif
