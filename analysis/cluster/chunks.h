/* Work over many points on a few threads, with results that do not depend on how many.
 *
 * The points are cut into chunks of a fixed size; each chunk is one call, on whichever thread
 * is free. A chunk writes only to what belongs to it (or adds integers to what belongs to its
 * thread), and whoever sums doubles does so afterwards, in the order of chunks.
 */
#ifndef UST_CLUSTER_CHUNKS_H
#define UST_CLUSTER_CHUNKS_H

#include <stddef.h>

/* Long enough that handing one out costs nothing, short enough that threads end together. */
#define UST_CHUNK 4096

struct ust_chunk {
    size_t number;
    size_t first, end; /* of points */
    unsigned thread;   /* 0 .. threads - 1 */
};

typedef void ust_chunk_work(void *context, const struct ust_chunk *chunk);

static inline size_t ust_chunks_of(size_t n, size_t size)
{
    return (n + size - 1) / size;
}

/* Calls `work` once for each chunk of `size` points of n. The calling thread is thread 0; where
 * no other thread can be started, it does all. threads: 0 counts as 1; at most UST_THREADS_MAX.
 */
void ust_chunks_run(size_t n, size_t size, unsigned threads, ust_chunk_work *work,
                    void *context);

/* Adds up one double a chunk, in order. */
double ust_chunks_sum(const double *parts, size_t chunks);

#endif
