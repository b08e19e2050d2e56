/* A check in a process of its own. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/swarm/swarm.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* Of processor time: a case is some minutes of a few dozen requests a second, run some times
 * over. What takes longer hangs. */
#define HANGS_CPU_S (SANITIZED ? 400 : 60)
/* Of the wall clock, on a machine that has other things to do: it waits for something. */
#define HANGS_S (20 * HANGS_CPU_S)
/* More than any case may need; sanitizers reserve as much as there is. */
#define MEMORY_MAX (4ull << 30)

#define FINDING_MAX 20000
#define IT_HANGS    "it hangs"

static void limit(int resource, rlim_t most)
{
    const struct rlimit limits = {most, most + 5};
    (void)setrlimit(resource, &limits);
}

static void child(const char *name, const char *yaml, bool drains, int to)
{
    struct ust_text finding = {0};
    limit(RLIMIT_CPU, HANGS_CPU_S);
    if (!SANITIZED)
        limit(RLIMIT_AS, MEMORY_MAX);
    alarm(HANGS_S);
    dup2(to, STDERR_FILENO); /* sanitizers and failed assertions speak there */
    swarm_check(name, yaml, drains, &finding);
    if (finding.length > 0)
        dprintf(to, "%s", finding.data);
    bool fails = finding.length > 0;
    ust_text_free(&finding);
    _exit(fails ? 1 : 0);
}

static void read_all(int from, struct ust_text *finding)
{
    char part[4096];
    ssize_t n;
    while ((n = read(from, part, sizeof part)) > 0)
        if (finding->length < FINDING_MAX)
            ust_text_add_n(finding, part, (size_t)n);
}

bool swarm_fails(const char *name, const char *yaml, bool drains, struct ust_text *finding)
{
    int ends[2], state = 0;
    ust_text_clear(finding);
    if (pipe(ends) != 0) {
        ust_text_add(finding, "there is no pipe\n");
        return true;
    }
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0) {
        close(ends[0]);
        child(name, yaml, drains, ends[1]);
    }
    close(ends[1]);
    if (pid < 0)
        ust_text_add(finding, "there is no process\n");
    else
        read_all(ends[0], finding);
    close(ends[0]);
    if (pid < 0)
        return true;
    waitpid(pid, &state, 0);
    int by = WIFSIGNALED(state) ? WTERMSIG(state) : 0;
    if (by != 0)
        ust_text_printf(finding, "ended by signal %d%s\n", by,
                        by == SIGALRM || by == SIGXCPU || by == SIGKILL ? ": " IT_HANGS : "");
    return !WIFEXITED(state) || WEXITSTATUS(state) != 0;
}

bool swarm_hung(const struct ust_text *finding)
{
    return finding->length > 0 && strstr(finding->data, IT_HANGS) != NULL;
}
