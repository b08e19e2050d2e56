/* The executor of many machines: the ranks of an MPI job.
 *
 *   rank 0                                rank 1, 2, ...
 *   reads the command line, the only      waits for a study, reads its scenario
 *   writer: takes a piece ──────────────▶ runs it
 *   gives the parcel ◀─────────────────── packs its rows
 *
 * Rank 0 runs nothing; it looks whether something has come and naps in between, as the others
 * do, so that neither burns a processor with waiting. All ranks find the scenario and what it
 * names under the same paths, and its hash is compared before anything runs; so is the version.
 * Numbers travel as processors hold them, so all machines are of one kind.
 *
 * A stopped job does not wait for what is under way, for MPI gives it a second or so before it
 * is killed. A rank that dies ends the job, as MPI has it; what rank 0 has committed is in the
 * databases, and the next job goes on from there. With one rank only, threads do the work.
 */
#ifndef UST_MODELS_RANKS_RANKS_H
#define UST_MODELS_RANKS_RANKS_H

#include "models/world/batch.h"

/* First of all in main. True: this is rank 0, which goes on with the command line. */
bool ust_ranks_begin(int *argc, char ***argv);

/* All other ranks: works until rank 0 ends; returns an exit code. */
int ust_ranks_work(void);

/* Rank 0, last of all: sends the others home. Where the exit code says that it was stopped or
 * refused, they may be busy, or dead: then the job is aborted, with that code. */
void ust_ranks_end(int code);

extern const struct ust_executor ust_ranks;

#endif
