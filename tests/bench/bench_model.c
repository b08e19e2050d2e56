/* The simulator against bare loops of the same model, in one run: processor time of
 * `understudy run` on a scenario file with every KPI on, one thread, over the bare loop's.
 * Medians of several pairs; the ratio is what counts, because machines differ and are noisy. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/bare.h"

#define PAIRS 3

static double processor_seconds(int who)
{
    struct rusage usage;
    getrusage(who, &usage);
    return (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6 +
           (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *list)
{
    qsort(list, PAIRS, sizeof *list, by_value);
    return list[PAIRS / 2];
}

/* Processor seconds of one run; the results go to a database that is deleted. */
static double simulate(const char *scenario)
{
    const char *program = getenv("UNDERSTUDY");
    if (program == NULL)
        program = "build/release-gcc/understudy";
    double before = processor_seconds(RUSAGE_CHILDREN);
    pid_t child = fork();
    if (child == 0) {
        execl(program, program, "run", scenario, "-q", "-f", "-j", "1", "-o", "build/bench.db",
              (char *)NULL);
        _exit(127);
    }
    int status;
    if (waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "bench: '%s run %s' failed; build the program first\n", program,
                scenario);
        exit(1);
    }
    return processor_seconds(RUSAGE_CHILDREN) - before;
}

static double bare_mm1(void)
{
    return ust_bare_mm1(0.9, 40000000);
}

static double bare_mm64(void)
{
    return ust_bare_mmc(64, 0.9, 10000000);
}

static double bare_regions(void)
{
    return ust_bare_regions(40801778);
}

static void compare(const char *name, const char *scenario, double (*bare)(void),
                    double requests)
{
    double ours[PAIRS], theirs[PAIRS], ratio[PAIRS], law = 0;
    for (int i = 0; i < PAIRS; i++) {
        double start = processor_seconds(RUSAGE_SELF);
        law = bare();
        theirs[i] = (processor_seconds(RUSAGE_SELF) - start) / requests * 1e9;
        ours[i] = simulate(scenario) / requests * 1e9;
        ratio[i] = ours[i] / theirs[i];
    }
    double low = ratio[0], high = ratio[0];
    for (int i = 1; i < PAIRS; i++) {
        low = ratio[i] < low ? ratio[i] : low;
        high = ratio[i] > high ? ratio[i] : high;
    }
    printf("  %-8s bare %6.1f ns   understudy %6.1f ns   ratio %.2f (%.2f to %.2f)   T %.4f\n",
           name, median(theirs), median(ours), median(ratio), low, high, law);
}

int main(void)
{
    printf("a customer, bare loop against `understudy run` (processor time, median of %d)\n",
           PAIRS);
    compare("M/M/1", "tests/bench/mm1.yaml", bare_mm1, 4e7);
    compare("M/M/64", "tests/bench/mm64.yaml", bare_mm64, 1e7);
    compare("regions", "tests/bench/four-regions.yaml", bare_regions, 40801778);
    return 0;
}
