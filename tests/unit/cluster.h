/* What tests of clustering share: reference data where they are at hand, small clouds of points
 * that every test can make, and comparison of numbers.
 *
 * The data sets are those of UNDERSTUDY_DATA/clustering; a test whose set is missing is skipped
 * and says so. */
#ifndef UST_TEST_CLUSTER_H
#define UST_TEST_CLUSTER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "analysis/cluster/points.h"
#include "sim/base/arena.h"
#include "sim/rand/rng.h"
#include "sim/rand/variate.h"

#define CHECK_NEAR(value, expected, tolerance)                                                 \
    do {                                                                                       \
        double got = (value);                                                                  \
        if (!(fabs(got - (expected)) <= (tolerance)))                                          \
            fail_msg("%s is %.15g, expected %.15g", #value, got, (double)(expected));          \
    } while (0)

struct cloud {
    struct ust_arena *arena;
    double *x;
    uint32_t *labels; /* NULL: not known */
    struct ust_points points;
};

static inline void cloud_free(struct cloud *cloud)
{
    ust_arena_free(cloud->arena);
}

/* All numbers of a file, compressed or not, whatever stands between them. */
static inline double *read_numbers(const char *name, struct ust_arena *arena, size_t *n)
{
    char path[512], line[4096];
    const char *folder = getenv("UNDERSTUDY_DATA");
    snprintf(path, sizeof path, "%s/clustering/%s", folder ? folder : "../shared/data", name);
    if (access(path, R_OK) != 0) {
        print_message("skipped: no %s\n", path);
        skip();
    }
    size_t room = 100000;
    double *x = ust_arena_alloc(arena, double, room);
    gzFile file = gzopen(path, "r");
    assert_non_null(file);
    for (*n = 0; gzgets(file, line, sizeof line) != NULL;) {
        char *at = line, *end;
        for (double value = strtod(at, &end); end != at; value = strtod(at, &end)) {
            assert_true(*n < room);
            x[(*n)++] = value;
            at = end + (*end == ',');
        }
    }
    gzclose(file);
    return x;
}

/* NAME.data.gz with d columns and NAME.labels0.gz, where 0 is noise. */
static inline struct cloud read_cloud(const char *name, uint32_t d)
{
    char path[256];
    struct cloud cloud = {.arena = ust_arena_new()};
    size_t n, labels;
    snprintf(path, sizeof path, "%s.data.gz", name);
    cloud.x = read_numbers(path, cloud.arena, &n);
    snprintf(path, sizeof path, "%s.labels0.gz", name);
    const double *label = read_numbers(path, cloud.arena, &labels);
    cloud.points = (struct ust_points){cloud.x, n / d, d};
    assert_int_equal(labels, cloud.points.n);
    cloud.labels = ust_arena_alloc(cloud.arena, uint32_t, labels);
    for (size_t i = 0; i < labels; i++)
        cloud.labels[i] = label[i] > 0.0 ? (uint32_t)label[i] : UST_NOISE;
    return cloud;
}

/* The five known personas: six features and a label a line. `logs`: of 1 + x. */
static inline struct cloud read_personas(bool logs)
{
    struct cloud cloud = {.arena = ust_arena_new()};
    size_t n;
    const double *all = read_numbers("personaA.csv", cloud.arena, &n);
    n /= 7;
    assert_int_equal(n, 2000);
    cloud.x = ust_arena_alloc(cloud.arena, double, n * 6);
    cloud.labels = ust_arena_alloc(cloud.arena, uint32_t, n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < 6; j++)
            cloud.x[i * 6 + j] = logs ? log(all[i * 7 + j]) : all[i * 7 + j];
        cloud.labels[i] = (uint32_t)all[i * 7 + 6];
    }
    cloud.points = (struct ust_points){cloud.x, n, 6};
    return cloud;
}

/* n points around each of k centres, which stand `apart` from each other along a diagonal that
 * turns; standard deviation 1 in each of d features. */
static inline struct cloud make_blobs(uint32_t k, size_t n, uint32_t d, double apart,
                                      uint64_t seed)
{
    struct cloud cloud = {.arena = ust_arena_new()};
    struct ust_rng rng = ust_rng_derive(seed, 0, "test/blobs");
    cloud.x = ust_arena_alloc(cloud.arena, double, k *n *d);
    cloud.labels = ust_arena_alloc(cloud.arena, uint32_t, k * n);
    for (size_t i = 0; i < k * n; i++) {
        cloud.labels[i] = (uint32_t)(i % k);
        for (uint32_t j = 0; j < d; j++)
            cloud.x[i * d + j] =
                ust_normal(&rng) + (j == i % k % d ? apart * (double)(1 + i % k / d) : 0.0);
    }
    cloud.points = (struct ust_points){cloud.x, k * n, d};
    return cloud;
}

static inline struct cloud make_uniform(size_t n, uint32_t d, uint64_t seed)
{
    struct cloud cloud = {.arena = ust_arena_new()};
    struct ust_rng rng = ust_rng_derive(seed, 0, "test/uniform");
    cloud.x = ust_arena_alloc(cloud.arena, double, n *d);
    for (size_t i = 0; i < n * d; i++)
        cloud.x[i] = ust_rng_unit(&rng);
    cloud.points = (struct ust_points){cloud.x, n, d};
    return cloud;
}

#endif
