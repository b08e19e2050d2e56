/* understudy-mpi: `run` and `sweep` on the ranks of an MPI job. */
#include <jansson.h>
#include <stdlib.h>

#include "analysis/study/command.h"
#include "analysis/study/execute.h"
#include "models/ranks/ranks.h"
#include "sim/base/arena.h"

static int run(const void *options, int operands, char **operand)
{
    (void)operands;
    return ust_run_command(options, operand, &ust_ranks);
}

static int sweep(const void *options, int operands, char **operand)
{
    (void)operands;
    return ust_sweep_command(options, operand, &ust_ranks);
}

int main(int argc, char **argv)
{
    json_set_alloc_funcs(ust_malloc, free);
    if (!ust_ranks_begin(&argc, &argv))
        return ust_ranks_work();
    struct ust_command run_command = ust_command_run, sweep_command = ust_command_sweep;
    run_command.run = run;
    sweep_command.run = sweep;
    const struct ust_command *const commands[] = {&run_command, &sweep_command, NULL};
    int code = ust_cli_main(argc, argv, commands);
    ust_ranks_end(code);
    return code;
}
