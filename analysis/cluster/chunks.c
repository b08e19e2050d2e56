#include "analysis/cluster/chunks.h"

#include <pthread.h>
#include <stdatomic.h>

#include "sim/base/limits.h"

struct crew {
    size_t n, size, chunks;
    ust_chunk_work *work;
    void *context;
    atomic_size_t next;
};

struct worker {
    struct crew *crew;
    unsigned thread;
};

static void *run(void *argument)
{
    const struct worker *worker = argument;
    struct crew *crew = worker->crew;
    for (;;) {
        size_t number = atomic_fetch_add_explicit(&crew->next, 1, memory_order_relaxed);
        if (number >= crew->chunks)
            return NULL;
        size_t first = number * crew->size;
        size_t end = number + 1 == crew->chunks ? crew->n : first + crew->size;
        crew->work(crew->context, &(struct ust_chunk){number, first, end, worker->thread});
    }
}

void ust_chunks_run(size_t n, size_t size, unsigned threads, ust_chunk_work *work,
                    void *context)
{
    struct crew crew = {n, size, ust_chunks_of(n, size), work, context, 0};
    struct worker workers[UST_THREADS_MAX];
    pthread_t thread[UST_THREADS_MAX];
    if (threads > UST_THREADS_MAX)
        threads = UST_THREADS_MAX;
    if (threads > crew.chunks)
        threads = (unsigned)crew.chunks;
    workers[0] = (struct worker){&crew, 0};
    unsigned started = 1;
    for (; started < threads; started++) {
        workers[started] = (struct worker){&crew, started};
        if (pthread_create(&thread[started], NULL, run, &workers[started]) != 0)
            break;
    }
    run(&workers[0]);
    for (unsigned i = 1; i < started; i++)
        pthread_join(thread[i], NULL);
}

double ust_chunks_sum(const double *parts, size_t chunks)
{
    double sum = 0.0;
    for (size_t i = 0; i < chunks; i++)
        sum += parts[i];
    return sum;
}
