/* The commands `understudy report` and `understudy plot`. */
#ifndef UST_PLOTS_COMMAND_H
#define UST_PLOTS_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_report, ust_command_plot;

#endif
