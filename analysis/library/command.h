/* The command `understudy persona`. */
#ifndef UST_LIBRARY_COMMAND_H
#define UST_LIBRARY_COMMAND_H

#include "sim/cli/cli.h"

extern const struct ust_command ust_command_persona;

#endif
