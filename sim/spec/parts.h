/* What the files of this folder share; nobody else includes it. */
#ifndef UST_SPEC_PARTS_H
#define UST_SPEC_PARTS_H

#include "sim/base/utf8.h"
#include "sim/spec/spec.h"

/* All files of one command together: a scenario with a persona in each of its streams stays far
 * below; a chain of files that name files does not fill memory. */
#define UST_SPEC_TOTAL_MAX (64u << 20)
/* Columns of a value that a message repeats; the quoted line below it shows more. */
#define UST_SPEC_SHOWN_MAX 60
/* Known names that a message lists before it says how many more there are. */
#define UST_SPEC_KNOWN_MAX 24
/* A key is a word; libyaml itself gives up on those beyond 1024 characters. */
#define UST_SPEC_KEY_MAX 256
/* Letters of a name: it becomes part of metric labels and of names of random streams. */
#define UST_SPEC_NAME_MAX 100

/* ---- tree ---- */

struct ust_node *ust_node_new(struct ust_spec *spec, enum ust_node_kind kind,
                              struct ust_place place);
void ust_node_append(struct ust_node *parent, struct ust_node *child);
/* A copy with its subtree; NULL with a message when the budget of nodes is spent, or when it
 * would reach below UST_SPEC_DEPTH_MAX. `depth` is that of the copy's root. */
struct ust_node *ust_node_copy(struct ust_spec *spec, const struct ust_node *node,
                               unsigned depth, struct ust_place place);
bool ust_node_is_null(const struct ust_node *node);          /* a plain ~, null or nothing */
const char *ust_node_kind_text(const struct ust_node *node); /* "a mapping" */
unsigned ust_node_depth(const struct ust_node *node);        /* a scalar has 1 */
enum ust_status ust_spec_spend(struct ust_spec *spec, struct ust_place place);

/* Keys of one map, hashed; the nodes stay where they are. Start with {0}. */
struct ust_keys {
    struct ust_node **slot;
    uint32_t capacity, n;
};
/* The node that already has this key, or NULL and `node` is now in. */
struct ust_node *ust_keys_add(struct ust_keys *keys, struct ust_node *node);
struct ust_node *ust_keys_find(const struct ust_keys *keys, const char *key);
void ust_keys_free(struct ust_keys *keys);

/* ---- reading ---- */

/* Opens a regular file of at most so many bytes; -1 with a message at `from`. */
int ust_spec_open(struct ust_spec *spec, const char *path, struct ust_place from,
                  uint64_t bytes_max);
/* Adds bytes of input to the budget. */
enum ust_status ust_spec_count(struct ust_spec *spec, struct ust_place from, size_t length);
/* A whole YAML file, counted. */
enum ust_status ust_spec_bytes(struct ust_spec *spec, const char *path, struct ust_place from,
                               struct ust_text *bytes);

/* One YAML document. `file` is the arena's or static; `column` is added to the columns of the
 * first line, for a value inside an assignment. A document that is not a map is fine here. */
struct ust_node *ust_spec_parse(struct ust_spec *spec, const char *file, uint32_t order,
                                uint32_t column, const char *text, size_t length);

/* Is the text fit to be a key? */
enum ust_status ust_spec_key(struct ust_spec *spec, const char *key, struct ust_place place);

/* Merges `over` into `base` and returns the result; both are used up. */
struct ust_node *ust_spec_merge(struct ust_spec *spec, struct ust_node *base,
                                struct ust_node *over, bool root);
void ust_spec_prune(struct ust_node *node); /* drops keys whose value is null */

/* Only characters that YAML shows as they are, on one line. */
bool ust_spec_printable(const char *text);

/* The value of a row's `fallback`, as if it stood in a file named "default". */
struct ust_node *ust_spec_fallback(struct ust_spec *spec, const struct ust_field *field);

/* ---- scalars ---- */

enum ust_unit_result {
    UST_UNIT_OK,
    UST_UNIT_NOT_A_NUMBER,
    UST_UNIT_MISSING, /* a number alone, not zero, where a unit is needed */
    UST_UNIT_UNKNOWN, /* `unit` holds what was written */
    UST_UNIT_TOO_LARGE,
};

struct ust_quantity {
    double value;  /* in the base unit; durations in nanoseconds */
    bool bare;     /* no unit was written */
    char unit[24]; /* the unknown one */
};

/* A number with a unit of `kind` ("1m30s"), over the whole text. */
enum ust_unit_result ust_unit_parse(enum ust_field_kind kind, const char *text,
                                    struct ust_quantity *out);
/* Names of a kind's units; their number. */
#define UST_UNITS_MAX 12
uint32_t ust_unit_names(enum ust_field_kind kind, const char *names[UST_UNITS_MAX]);
/* Regular expression (ECMA 262) of what ust_unit_parse takes with a unit. */
void ust_unit_pattern(enum ust_field_kind kind, struct ust_text *out);
bool ust_unit_needed(enum ust_field_kind kind);
/* Base unit for a person: "s", "B"; "" for plain numbers. */
const char *ust_unit_base(enum ust_field_kind kind);
/* A value in base units (durations in nanoseconds), in the unit that makes it shortest; reads
 * back as the same double. */
void ust_unit_write(enum ust_field_kind kind, double value, struct ust_text *out);

/* Length of the decimal number at the beginning of a text, 0 if there is none. */
size_t ust_number_extent(const char *text);
bool ust_integer_parse(const char *text, int64_t *out);
void ust_number_write(double value, struct ust_text *out); /* shortest that reads back */

/* NULL, or why not: "needs a time zone: Z or an offset such as -05:00". */
const char *ust_instant_parse(const char *text, struct ust_instant *out);
void ust_instant_write(const struct ust_instant *instant, struct ust_text *out);
bool ust_clock_parse(const char *text, int64_t *seconds);
bool ust_name_valid(const char *text);

/* Is the kind a number, so that low, high and word apply? */
bool ust_field_numeric(enum ust_field_kind kind);
/* Bytes that a value of the kind takes in the caller's struct. */
size_t ust_field_size(enum ust_field_kind kind);
/* 1 for kinds whose table limits are in the unit of the stored value; 1e9 for durations. */
double ust_field_scale(enum ust_field_kind kind);
/* "a duration such as 250 ms" */
const char *ust_field_needs(enum ust_field_kind kind);
/* "must lie between 5 % and 95 %", for a value (base units, durations in nanoseconds) that is
 * outside; false when it is inside. */
bool ust_field_outside(const struct ust_field *field, double value, struct ust_text *why);
/* "5 % to 95 %", "above 0 s", "" when there is no limit; for references. */
void ust_field_range(const struct ust_field *field, struct ust_text *out);

/* A row for a plain value of a kind, without limits: arguments of distributions, cells. */
struct ust_field ust_field_plain(const char *key, enum ust_field_kind kind);

/* A text that is safe and short enough for a message. */
const char *ust_spec_shown(struct ust_spec *spec, const char *text);

enum ust_status ust_spec_dist(struct ust_spec *spec, const struct ust_node *node,
                              const struct ust_field *field, struct ust_dist *out);
enum ust_status ust_spec_empirical(struct ust_spec *spec, const struct ust_node *node,
                                   const struct ust_field *field, const char *path,
                                   struct ust_dist *out);
/* The path in "empirical(sizes.csv)" as it was written; NULL for all other texts. */
const char *ust_dist_path(struct ust_spec *spec, const struct ust_node *node);
void ust_dist_write(const struct ust_dist *dist, enum ust_field_kind unit,
                    struct ust_text *out);

/* ---- meaning ---- */

/* Contents of a file that was read: of a table its rows as they were handed out, without
 * comments and quotes; of all others the bytes. */
struct ust_spec_table {
    const char *path;
    uint64_t hash;
    const struct ust_spec_table *next;
};
void ust_spec_remember(struct ust_spec *spec, const char *path, uint64_t hash);

/* ---- decoding ---- */

/* A row for the elements of a list of scalars or variants. */
struct ust_field ust_field_element(const struct ust_field *list);

/* The row whose key it is, or NULL. */
const struct ust_field *ust_field_find(const struct ust_field *fields, const char *key);
const struct ust_kind *ust_kind_find(const struct ust_registry *registry, const char *name);
/* The row that a scalar fills: SHORT, or `kind`; NULL when there is none. */
const struct ust_field *ust_field_short(const struct ust_field *fields);

#endif
