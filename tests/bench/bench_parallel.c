/* How well replications share two processors: wall time of one thread over twice that of two.
 * Beside it two processes that know nothing of each other, each with a shard of the same run:
 * what the machine itself gives at that moment. On a machine that others use the first ratio
 * says little; the second, threads against processes, holds as long as the load is even. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS 3

static const char *program(void)
{
    const char *name = getenv("UNDERSTUDY");
    return name == NULL ? "build/release-gcc/understudy" : name;
}

static double wall_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double processor_seconds(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6 +
           (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6;
}

static pid_t start(const char *scenario, const char *n, const char *threads, const char *shard,
                   const char *database)
{
    pid_t child = fork();
    if (child == 0) {
        execl(program(), program(), "run", scenario, "-q", "-f", "-n", n, "-j", threads, "-o",
              database, shard == NULL ? (char *)NULL : "--shard", shard, (char *)NULL);
        _exit(127);
    }
    return child;
}

static void end(pid_t child, const char *scenario)
{
    int status;
    if (child > 0 && waitpid(child, &status, 0) == child && status == 0)
        return;
    fprintf(stderr, "bench: '%s run %s' failed; build the program first\n", program(),
            scenario);
    exit(1);
}

static double on_threads(const char *scenario, const char *n, const char *threads)
{
    double begin = wall_seconds();
    end(start(scenario, n, threads, NULL, "build/bench.db"), scenario);
    return wall_seconds() - begin;
}

static double as_shards(const char *scenario, const char *n)
{
    double begin = wall_seconds();
    pid_t first = start(scenario, n, "1", "1/2", "build/bench-1.db");
    pid_t second = start(scenario, n, "1", "2/2", "build/bench-2.db");
    end(first, scenario);
    end(second, scenario);
    return wall_seconds() - begin;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void compare(const char *name, const char *scenario, const char *n)
{
    double efficiency[ROUNDS], processes[ROUNDS], work[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        double used = processor_seconds(), one = on_threads(scenario, n, "1");
        double used_one = processor_seconds() - used;
        used = processor_seconds();
        double two = on_threads(scenario, n, "2");
        work[i] = (processor_seconds() - used) / used_one;
        efficiency[i] = one / (2 * two);
        processes[i] = as_shards(scenario, n) / two;
    }
    qsort(efficiency, ROUNDS, sizeof *efficiency, by_value);
    qsort(processes, ROUNDS, sizeof *processes, by_value);
    qsort(work, ROUNDS, sizeof *work, by_value);
    printf("  %-13s efficiency %.2f (%.2f to %.2f)   of two processes' %.2f   processor time "
           "of two threads over one's %.2f\n",
           name, efficiency[ROUNDS / 2], efficiency[0], efficiency[ROUNDS - 1],
           processes[ROUNDS / 2], work[ROUNDS / 2]);
    fflush(stdout);
}

int main(void)
{
    printf("replications on two threads (wall time, median of %d; %ld processors)\n", ROUNDS,
           sysconf(_SC_NPROCESSORS_ONLN));
    compare("M/M/64 x 8", "tests/bench/mm64.yaml", "8");
    compare("regions x 2", "tests/bench/four-regions.yaml", "2");
    return 0;
}
