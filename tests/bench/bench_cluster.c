/* Clustering at the sizes at which scikit-learn was measured, with its figures beside.
 *
 * The points are made here, of the same kind and number: uniform in a cube, where nothing has
 * an end and 50 iterations are forced; clear clusters, where seeding is most of the work; dense
 * spots in noise for DBSCAN. Seconds of processor time on one thread, median of three. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "analysis/cluster/dbscan.h"
#include "analysis/cluster/kmeans.h"
#include "analysis/cluster/measure.h"
#include "analysis/cluster/mixture.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"

#define RUNS 3

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* ---- points ---- */

static double *uniform(size_t n)
{
    double *x = ust_malloc(n * sizeof *x);
    struct ust_rng rng = ust_rng_derive(1, 0, "bench/uniform");
    for (size_t i = 0; i < n; i++)
        x[i] = ust_rng_unit(&rng);
    return x;
}

/* n points of deviation `spread` around one of k centres in [-10, 10]^d, then `noise` points
 * in [-12, 12]^d. */
static double *spots(size_t n, uint32_t d, uint32_t k, double spread, size_t noise)
{
    double *x = ust_malloc((n + noise) * d * sizeof *x), centre[40 * 8];
    struct ust_rng rng = ust_rng_derive(2, 0, "bench/spots");
    for (uint32_t i = 0; i < k * d; i++)
        centre[i] = 20 * ust_rng_unit(&rng) - 10;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = ust_rng_below(&rng, k);
        for (uint32_t j = 0; j < d; j++)
            x[i * d + j] = centre[c * d + j] + spread * ust_normal(&rng);
    }
    for (size_t i = n * d; i < (n + noise) * d; i++)
        x[i] = 24 * ust_rng_unit(&rng) - 12;
    return x;
}

/* ---- tasks: each returns something of its result, so that it has to be worked out ---- */

struct task {
    const char *name, *rival;
    double (*run)(const struct task *task, struct ust_arena *arena);
    struct ust_points points;
    int method;
};

static double forced(const struct task *task, struct ust_arena *arena)
{
    struct ust_kmeans out;
    struct ust_kmeans_options options = {.clusters = 8,
                                         .iterations = 50,
                                         .centres = task->points.x,
                                         .method = (enum ust_kmeans_method)task->method};
    ust_kmeans_fit(&task->points, &options, arena, &out);
    return out.sse;
}

static double settled(const struct task *task, struct ust_arena *arena)
{
    struct ust_kmeans out;
    struct ust_kmeans_options options = {.clusters = 8, .starts = 1};
    ust_kmeans_fit(&task->points, &options, arena, &out);
    return out.sse;
}

static double dense(const struct task *task, struct ust_arena *arena)
{
    struct ust_dbscan out;
    struct ust_dbscan_options options = {.radius = 0.05, .points_min = 10};
    ust_dbscan_fit(&task->points, &options, arena, &out);
    return (double)out.clusters;
}

static double mixed(const struct task *task, struct ust_arena *arena)
{
    struct ust_mixture_fit out;
    struct ust_mixture_options options = {
        .clusters = 8, .starts = 1, .iterations = 20, .tolerance = 1e-300};
    ust_mixture_fit(&task->points, &options, arena, &out);
    return out.log_likelihood;
}

static double outlined(const struct task *task, struct ust_arena *arena)
{
    struct ust_kmeans clusters;
    struct ust_silhouette out;
    struct ust_kmeans_options options = {.clusters = 8, .starts = 1};
    ust_kmeans_fit(&task->points, &options, arena, &clusters);
    ust_silhouette(&task->points, clusters.labels, 0, 1, 1, arena, &out);
    return out.mean;
}

static void bench(const struct task *task)
{
    double run[RUNS], result = 0.0;
    for (int i = 0; i < RUNS; i++) {
        struct ust_arena *arena = ust_arena_new();
        double start = seconds();
        result = task->run(task, arena);
        run[i] = seconds() - start;
        ust_arena_free(arena);
    }
    qsort(run, RUNS, sizeof run[0], by_value);
    printf("  %-46s %7.3f   %-19s (%.8g)\n", task->name, run[RUNS / 2], task->rival, result);
    fflush(stdout);
}

int main(void)
{
    double *cube = uniform(8000000), *clear = spots(1000000, 8, 8, 1.0, 0);
    double *spotted = spots(80000, 2, 40, 0.3, 20000);
    const struct ust_points flat = {cube, 1000000, 8}, clusters = {clear, 1000000, 8},
                            plane = {spotted, 100000, 2}, some = {cube, 100000, 8},
                            few = {clear, 5000, 8};
    const struct task tasks[] = {
        {"k-means, 50 iterations, bounds, 1e6 x 8, k 8", "2.5 (elkan)", forced, flat,
         UST_KMEANS_HAMERLY},
        {"the same, plain Lloyd", "3.2 (lloyd)", forced, flat, UST_KMEANS_LLOYD},
        {"k-means++ to the end, clear clusters, 1e6 x 8", "0.87", settled, clusters, 0},
        {"DBSCAN, 1e5 x 2", "0.35", dense, plane, 0},
        {"mixture, full, 20 iterations, uniform 1e5 x 8", "3.8", mixed, some, 0},
        {"silhouette, 5000 x 8 (with its k-means)", "0.30 (alone)", outlined, few, 0},
    };
    printf("clustering, seconds of one thread\n"
           "  %-46s %7s   %-19s (result)\n",
           "", "here", "scikit-learn 1.2.1");
    for (size_t i = 0; i < sizeof tasks / sizeof tasks[0]; i++)
        bench(&tasks[i]);
    puts(
        "  (scikit-learn: measured in November 2026 on a shared virtual machine of two cores)");
    free(cube);
    free(clear);
    free(spotted);
    return 0;
}
