/* The scenario language: a YAML tree with places, and tables that say what may stand in it.
 *
 * A `struct ust_node` remembers the file, line and column that set it, so that every message
 * points at the user's own text, through `extends` and `--set` too. A table of `struct
 * ust_field` rows describes one mapping: from the rows come parsing, units, ranges, defaults,
 * messages, `show`, `list`, the JSON Schema and the reference pages. Code never repeats a key,
 * default or range.
 *
 *   file.yaml ──ust_spec_read──▶ tree ──ust_spec_decode(fields)──▶ struct of the caller
 *                 │ extends, --set          │ all messages go to one ust_diag
 *
 * Promise: bounded memory whatever the input (limits.h); duplicate keys, recursive aliases and
 * alias bombs are refused with a place; nothing is ever fetched or executed.
 */
#ifndef UST_SPEC_SPEC_H
#define UST_SPEC_SPEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sim/base/arena.h"
#include "sim/base/diag.h"
#include "sim/base/text.h"
#include "sim/base/time.h"
#include "sim/rand/dist.h"

/* ---- the tree ---- */

enum ust_node_kind { UST_NODE_SCALAR, UST_NODE_LIST, UST_NODE_MAP };

struct ust_node {
    enum ust_node_kind kind;
    struct ust_place place;        /* of the value */
    struct ust_place key_place;    /* of the key, in a map */
    const char *key;               /* in a map; else NULL */
    const char *text;              /* scalar: as written, unquoted */
    bool quoted;                   /* scalar: was in quotes, so it is never a number or null */
    const char *was;               /* scalar: what stood here before --set; else NULL */
    struct ust_node *first, *last; /* children in order */
    struct ust_node *next;         /* sibling */
    uint32_t children;
};

/* A child by key, or NULL. */
const struct ust_node *ust_node_get(const struct ust_node *map, const char *key);
struct ust_node *ust_node_find(struct ust_node *map, const char *key); /* to change it */

/* Everything that was read for one command: files, their texts (given to the diag), the tree.
 */
struct ust_spec {
    struct ust_arena *arena; /* the caller's; nodes and decoded texts live in it */
    struct ust_diag *diag;   /* the caller's */
    uint32_t files;
    const struct ust_spec_table *tables;  /* contents of the files read, for their meaning */
    uint32_t nodes;                       /* spent of UST_SPEC_NODES_MAX, all files together */
    uint64_t bytes;                       /* spent of UST_SPEC_TOTAL_MAX */
    const struct ust_spec_opener *opener; /* NULL: files are what the file system says */
};

/* Files that are elsewhere: another version, or one not written yet. */
#define UST_SPEC_OPEN_PLAIN (-2)
struct ust_spec_opener {
    /* A descriptor that reads the file; -1 with a message at `from`; or UST_SPEC_OPEN_PLAIN,
     * when the file system knows best. */
    int (*open)(void *owner, struct ust_spec *spec, const char *path, struct ust_place from);
    void *owner;
};
/* A descriptor that reads these bytes; -1 with a message at `from`. */
int ust_spec_memory(struct ust_spec *spec, const char *path, struct ust_place from,
                    const char *bytes, size_t length);

/* Reads a file, follows `extends: other.yaml` (or a list of files; deep merge: maps merge key
 * by key, lists and scalars are replaced, a map whose `kind` changes is replaced, a value of ~
 * removes a key), returns the merged tree, which is a map, or NULL with messages. There may be
 * messages with a tree too (a duplicate key, say), so that decoding can add its own: ask the
 * diag. */
struct ust_node *ust_spec_read(struct ust_spec *spec, const char *path);

/* The same for a file that another one names: "no such file" points at `from`. */
struct ust_node *ust_spec_read_at(struct ust_spec *spec, const char *path,
                                  struct ust_place from);

/* The same from memory, for tests and the fuzzer; `name` stands for the path. */
struct ust_node *ust_spec_read_text(struct ust_spec *spec, const char *name, const char *text,
                                    size_t length);

/* "path.to.key=value": the value is YAML, ~ removes the key. List elements are numbers from 0
 * (the length itself appends), or the `name`, `kind`, `persona` or `id` of an element. A key
 * that holds a dot stands in double quotes. Messages point at "--set N:column". */
enum ust_status ust_spec_set(struct ust_spec *spec, struct ust_node *root,
                             const char *assignment, unsigned number);

/* The same for a path that stands in a file at `place`, with a value that was read; messages
 * point at both. root NULL: only the path's spelling is checked. */
enum ust_status ust_spec_assign(struct ust_spec *spec, struct ust_node *root, const char *path,
                                struct ust_place place, const struct ust_node *value);

/* A path as written in a file, relative to the file that names it; absolute ones stay. */
const char *ust_spec_path(struct ust_spec *spec, struct ust_place place, const char *path);

/* The tree as YAML; `places` adds "# file:line" behind each value. */
void ust_spec_write(const struct ust_node *root, bool places, struct ust_text *out);

/* ---- the tables ---- */

enum ust_field_kind {
    UST_FIELD_BOOL,      /* bool */
    UST_FIELD_INT,       /* int64_t */
    UST_FIELD_NUMBER,    /* double, no unit */
    UST_FIELD_RATIO,     /* double; "60 %" or 0.6 */
    UST_FIELD_DURATION,  /* ust_time; "250 ms", "1m30s", "4 h" */
    UST_FIELD_BYTES,     /* double, bytes; "4 GiB", "30 KiB", "1.5 MB" */
    UST_FIELD_BANDWIDTH, /* double, bits per second; "10 Gbit/s", "Gbps" */
    UST_FIELD_RATE,      /* double, per second; "900 req/s", "5 /min", "2 sessions/s" */
    UST_FIELD_IOPS,      /* double, per second; "3000 IOPS" */
    UST_FIELD_MONEY,     /* double, USD; "0.09 USD" */
    UST_FIELD_PRICE,     /* double, USD per hour; "0.17 USD/h" */
    UST_FIELD_DISTANCE,  /* double, km */
    UST_FIELD_LEVEL,     /* struct ust_level, of a metric that another key names; "60 %",
                            "50 req/s", "20" */
    UST_FIELD_CLOCK,     /* int64_t, seconds of the day; "20:00" */
    UST_FIELD_INSTANT,   /* struct ust_instant; ISO 8601 with a time zone */
    UST_FIELD_TEXT,      /* const char * */
    UST_FIELD_NAME,      /* const char *; letters, digits, - _ . and spaces */
    UST_FIELD_FILE,   /* const char *; path, relative to the file that names it, made usable */
    UST_FIELD_CHOICE, /* int; index into `choices` */
    UST_FIELD_DIST,   /* struct ust_dist; `unit` says what its samples are; a bare value is
                         constant */
    UST_FIELD_PLACE,  /* const struct ust_node *; the raw node, decoded by its owner later */
    UST_FIELD_GROUP,  /* struct described by `fields`, in place */
    UST_FIELD_MAP,    /* struct ust_items of structs that begin with struct ust_named */
    UST_FIELD_LIST, /* struct ust_items of structs described by `fields`, or of a scalar kind */
    UST_FIELD_SHARES,  /* struct ust_shares; name: ratio; must add up to 100 % within 0.01 % */
    UST_FIELD_VARIANT, /* struct ust_variant; {kind: x, ...} out of `registry` */
    UST_FIELD_KINDS
};

struct ust_instant {
    int64_t unix_ns;    /* since 1970-01-01T00:00:00Z */
    int offset_minutes; /* of the zone as written */
};

/* At least 0. What the value is of, the user's unit says; whoever knows the metric checks it.
 */
struct ust_level {
    double value;
    enum ust_field_kind unit; /* RATIO, RATE, NUMBER where there was no unit */
};

/* The beginning of every struct that a MAP holds. */
struct ust_named {
    const char *name;
    const struct ust_node *node;
};

struct ust_items {
    void *at; /* array in the arena; cast to the element type */
    uint32_t n;
    const struct ust_node *node; /* NULL when the key was absent */
};

struct ust_share {
    const char *name;
    double share;
    const struct ust_node *node;
};

struct ust_shares {
    struct ust_share *at;
    uint32_t n;
    const struct ust_node *node;
};

/* What every registered kind begins with, so that one reader, `list` and schema serve all. */
struct ust_kind {
    const char *name;
    const char *help;
    size_t params_size;
    const struct ust_field *fields; /* ends with a row whose key is NULL; may be NULL */
    /* Checks across fields ("min over max"); may be NULL. Messages go to spec->diag. */
    void (*check)(struct ust_spec *spec, const void *params, const struct ust_node *node);
};

struct ust_registry {
    const char *family; /* "scaler" */
    const char *help;
    const struct ust_kind *const *kinds; /* NULL-terminated, in the order of kinds.def */
};

struct ust_variant {
    const struct ust_kind *kind; /* NULL when absent and optional */
    void *params;
    const struct ust_node *node;
};

#define UST_FIELD_REQUIRED  1u
#define UST_FIELD_LOW_OPEN  2u /* `low` itself is not allowed */
#define UST_FIELD_HIGH_OPEN 4u
/* Of a row in the table of a MAP, LIST or GROUP: an element written as a scalar stands for
 * {this key: scalar}; so `mobile: 70 %` means `mobile: {share: 70 %}`. */
#define UST_FIELD_SHORT 8u
/* The key says nothing without another one, or is refused beside some values of one, so its
 * default is not written into the effective file. */
#define UST_FIELD_UNWRITTEN 16u

/* One row describes one key. */
struct ust_field {
    const char *key;
    enum ust_field_kind kind;
    size_t offset;
    double low, high;     /* of numbers, in base units (seconds, bytes, per second, ratio); of
                             MAP, LIST, SHARES: how many elements; of DIST: its mean; low ==
                             high == 0: no limit, but a quantity with a unit is then at least
                             0; one-sided limits use HUGE_VAL (not
                             INFINITY, a float) */
    const char *fallback; /* as the user would write it; NULL: none (zero, or required) */
    const char *help;
    unsigned flags;
    /* by kind: */
    const char *const *choices;          /* CHOICE, NULL-terminated */
    const struct ust_field *fields;      /* GROUP, MAP, LIST of structs */
    size_t size;                         /* MAP, LIST: bytes of one element */
    const struct ust_registry *registry; /* VARIANT */
    const struct ust_field *document;    /* PLACE, LIST of PLACE: what may stand in the place of
                                            a file's path, by this table */
    enum ust_field_kind unit; /* DIST: kind of its samples (DURATION gives nanoseconds);
                                 LIST without `fields`: kind of its elements */
    size_t given; /* offset + 1 of a `const struct ust_node *` that is set to the node, or to
                     NULL where the default was used; 0: nobody asks */
    const char *unless; /* a key beside which this one is refused, so that its default is not
                           written into the effective file there; NULL: none */
    const char *word;   /* numbers: a word that is allowed too ("unlimited", "auto"); DIST: one
                          that leaves its type NULL */
    double word_value;  /* what it stands for, in base units; HUGE_VAL is UST_NEVER */
};

/* Decodes `map` into `out` (zeroed by the caller) by `fields`. Every problem is one message;
 * the status is UST_INVALID if this call added any. A VARIANT that is a scalar ("balancer:
 * random") stands for {kind: random}. A LIST with unit VARIANT holds struct ust_variant, and a
 * single one may stand for the list. An absent GROUP gets the defaults of its rows, and misses
 * none that is required. */
enum ust_status ust_spec_decode(struct ust_spec *spec, const struct ust_node *map,
                                const struct ust_field *fields, void *out);

/* A hash of what `fields` decoded into `at` means: values in base units, defaults filled in,
 * the contents of tables. How it was written plays no part: comments, units, order of keys,
 * paths, what `extends` or `--set` brought. Decode first, and close the tables that it names.
 * `place` says what a row of kind PLACE means; NULL where there is none. */
typedef uint64_t ust_spec_place_meaning(const void *owner, const struct ust_node *node);
uint64_t ust_spec_meaning(const struct ust_spec *spec, const struct ust_field *fields,
                          const void *at, ust_spec_place_meaning *place, const void *owner);

/* One scalar by the rules of one row; used for values that live outside tables. */
enum ust_status ust_spec_scalar(struct ust_spec *spec, const struct ust_node *node,
                                const struct ust_field *field, void *out);

/* The node of a list's first item, whose siblings are those of the others: a list of one may be
 * written without brackets, and is then that item. NULL: the key was absent. */
const struct ust_node *ust_items_first(const struct ust_items *items);

/* Has a mistake been told of this node, or of anything inside? Then what follows from it is no
 * news, and what it was decoded to is not to be relied on. A warning is none. NULL: no. */
bool ust_spec_blamed(const struct ust_spec *spec, const struct ust_node *node);

/* "unknown region 'us-est-1'; did you mean 'us-east-1'?" and the known names. No message where
 * the word is NULL: one that could not be read. */
enum ust_status ust_spec_unknown(struct ust_spec *spec, struct ust_place place,
                                 const char *what, const char *word, const char *const *known,
                                 size_t n);

/* A value of a field, written as the user would ("2m30s", "60 %"). */
void ust_field_write(const struct ust_field *field, const void *at, struct ust_text *out);
const char *ust_field_kind_name(enum ust_field_kind kind); /* "duration" */
const char *ust_field_example(enum ust_field_kind kind);   /* "250 ms" */

/* Paths that another file set, through `extends`, or the command line, become relative to the
 * file of `map`. Not twice: the nodes do not know of it. */
void ust_spec_rehome(struct ust_spec *spec, struct ust_node *map,
                     const struct ust_field *fields);

/* The same, and fills what was absent with the table's defaults, so that `show --resolved`
 * prints the effective file; a default's place says "default". The result decodes to the same
 * values. */
void ust_spec_resolve(struct ust_spec *spec, struct ust_node *map,
                      const struct ust_field *fields);

/* Writes another path for every file that `map` names by `fields`: what `move` returns for the
 * usable path, a text that lives as long as the tree. */
typedef const char *ust_spec_move(void *owner, const char *path);
void ust_spec_relocate(struct ust_spec *spec, struct ust_node *map,
                       const struct ust_field *fields, ust_spec_move *move, void *owner);

/* Before an assignment: values in a short form of `fields` become the maps that they stand for,
 * so that a path can go on into them. */
void ust_spec_expand(struct ust_spec *spec, struct ust_node *map,
                     const struct ust_field *fields);

/* After the assignments, before decoding: where --set put another kind, takes away the keys of
 * the old kind that the new one does not have, but for those that came by --set too. */
void ust_spec_settle(struct ust_node *map, const struct ust_field *fields);

/* JSON Schema (draft 2020-12) of a document whose top level is `fields`. */
void ust_spec_schema(const struct ust_field *fields, const char *title, const char *id,
                     struct ust_text *out);

/* Markdown reference of a table and, below it, of the tables and kinds that it uses. */
void ust_spec_reference(const struct ust_field *fields, const char *title,
                        struct ust_text *out);

#endif
