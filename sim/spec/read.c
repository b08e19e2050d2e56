/* One YAML document, from libyaml's events to a tree with places.
 *
 * Events arrive one by one and every limit is checked as they do, so what is refused never
 * takes memory. libyaml accepts duplicate keys, and aliases that stand inside their own anchor
 * or multiply without end; they are refused here.
 */
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "sim/base/assert.h"
#include "sim/base/limits.h"
#include "sim/spec/parts.h"

/* Looking up an alias goes through all of them. */
#define ANCHORS_MAX 1000

struct anchor {
    const char *name;
    struct ust_node *node;
    bool open; /* its own content is still being read */
};

struct reader {
    struct ust_spec *spec;
    yaml_parser_t parser;
    yaml_event_t event; /* the current one; freed when the next is asked for */
    bool has_event;
    const char *file;
    uint32_t order, column;
    const char *text;
    size_t length;
    struct anchor *anchors;
    uint32_t anchors_n, anchors_capacity;
};

static struct ust_node *read_node(struct reader *reader, unsigned depth);

static struct ust_place place_at(const struct reader *reader, size_t line, size_t column,
                                 size_t width)
{
    return (struct ust_place){.file = reader->file,
                              .line = (uint32_t)line + 1,
                              .column = (uint32_t)column + 1 + (line == 0 ? reader->column : 0),
                              .width = width < 1 ? 1 : (uint32_t)width,
                              .order = reader->order};
}

static struct ust_place place_of(const struct reader *reader, yaml_mark_t start,
                                 yaml_mark_t end)
{
    return place_at(reader, start.line, start.column,
                    start.line == end.line ? end.column - start.column : 1);
}

static struct ust_place event_place(const struct reader *reader)
{
    return place_of(reader, reader->event.start_mark, reader->event.end_mark);
}

static struct ust_place byte_place(const struct reader *reader, size_t offset)
{
    size_t line = 0, column = 0;
    for (size_t i = 0; i < offset && i < reader->length; i++) {
        unsigned char c = (unsigned char)reader->text[i];
        if (c == '\n') {
            line++;
            column = 0;
        } else {
            column += (c & 0xc0) != 0x80;
        }
    }
    return place_at(reader, line, column, 1);
}

/* libyaml sees the end of a text on a line of its own; for people it is behind the last
 * character.
 */
static struct ust_place mark_place(const struct reader *reader, yaml_mark_t mark)
{
    size_t length = reader->length;
    while (length > 0 && (reader->text[length - 1] == '\n' || reader->text[length - 1] == '\r'))
        length--;
    struct ust_place end = byte_place(reader, length);
    struct ust_place place = place_at(reader, mark.line, mark.column, 1);
    return place.line > end.line ? end : place;
}

/* What people usually meant when libyaml says what it expected. */
static const char *syntax_hint(const struct reader *reader)
{
    const char *problem = reader->parser.problem;
    if (strstr(problem, "mapping values are not allowed") != NULL)
        return "; check the indentation, and quote a text that holds ': '";
    if (strstr(problem, "tab character") != NULL)
        return "; use spaces";
    if (strstr(problem, "cannot start any token") == NULL)
        return "";
    const struct ust_place place = place_at(reader, reader->parser.problem_mark.line,
                                            reader->parser.problem_mark.column, 1);
    const char *line = reader->text;
    for (uint32_t n = 1; n < place.line && line != NULL; n++) {
        line = memchr(line, '\n', reader->length - (size_t)(line - reader->text));
        line = line == NULL ? NULL : line + 1;
    }
    size_t at = reader->parser.problem_mark.column;
    if (line == NULL || (size_t)(line - reader->text) + at >= reader->length)
        return "";
    return line[at] == '\t' ? "; a tab cannot indent, use spaces"
                            : "; a text that begins so needs quotes";
}

static void syntax_error(struct reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    struct ust_diag *diag = reader->spec->diag;
    if (parser->error == YAML_READER_ERROR) {
        ust_diag_error(diag, byte_place(reader, parser->problem_offset),
                       "not YAML: %s (0x%02x)", parser->problem,
                       (unsigned)parser->problem_value);
        return;
    }
    if (parser->problem == NULL) /* not the input's fault */
        ust_out_of_memory(0);
    struct ust_place place = mark_place(reader, parser->problem_mark);
    struct ust_place begin = mark_place(reader, parser->context_mark);
    bool here = begin.line == place.line && begin.column == place.column;
    if (parser->context == NULL || here)
        ust_diag_error(diag, place, "not YAML: %s%s", parser->problem, syntax_hint(reader));
    else
        ust_diag_error(diag, place, "not YAML: %s %s that begins at %u:%u%s", parser->problem,
                       parser->context, begin.line, begin.column, syntax_hint(reader));
}

static bool next(struct reader *reader)
{
    if (reader->has_event)
        yaml_event_delete(&reader->event);
    reader->has_event = yaml_parser_parse(&reader->parser, &reader->event) != 0;
    if (!reader->has_event)
        syntax_error(reader);
    return reader->has_event;
}

/* ---- anchors ---- */

static bool anchor_add(struct reader *reader, const yaml_char_t *name, struct ust_node *node,
                       bool open)
{
    if (name == NULL)
        return true;
    if (reader->anchors_n == ANCHORS_MAX) {
        ust_diag_error(reader->spec->diag, node->place, "more than %d anchors", ANCHORS_MAX);
        return false;
    }
    if (reader->anchors_n == reader->anchors_capacity) {
        reader->anchors_capacity = reader->anchors_capacity * 2 + 8;
        reader->anchors =
            ust_realloc(reader->anchors, reader->anchors_capacity * sizeof(struct anchor));
    }
    reader->anchors[reader->anchors_n++] =
        (struct anchor){ust_arena_text(reader->spec->arena, (const char *)name), node, open};
    return true;
}

static void anchor_close(struct reader *reader, const struct ust_node *node)
{
    for (uint32_t i = reader->anchors_n; i-- > 0;)
        if (reader->anchors[i].node == node)
            reader->anchors[i].open = false;
}

static struct ust_node *read_alias(struct reader *reader, unsigned depth)
{
    const char *name = (const char *)reader->event.data.alias.anchor;
    struct ust_place place = event_place(reader);
    for (uint32_t i = reader->anchors_n; i-- > 0;) {
        const struct anchor *anchor = &reader->anchors[i];
        if (strcmp(anchor->name, name) != 0)
            continue;
        if (!anchor->open)
            return ust_node_copy(reader->spec, anchor->node, depth, place);
        ust_diag_error(reader->spec->diag, place, "alias '*%s' stands inside its own anchor",
                       ust_spec_shown(reader->spec, name));
        return NULL;
    }
    const char *known[ANCHORS_MAX];
    for (uint32_t i = 0; i < reader->anchors_n; i++)
        known[i] = reader->anchors[i].name;
    ust_spec_unknown(reader->spec, place, "anchor", name, known, reader->anchors_n);
    return NULL;
}

/* ---- nodes ---- */

static void refuse_tag(struct reader *reader, const yaml_char_t *tag)
{
    if (tag != NULL)
        ust_diag_error(reader->spec->diag, event_place(reader),
                       "tag '%s' is not allowed; the key says what kind a value is",
                       ust_spec_shown(reader->spec, (const char *)tag));
}

static struct ust_node *read_scalar(struct reader *reader)
{
    struct ust_spec *spec = reader->spec;
    struct ust_node *node = ust_node_new(spec, UST_NODE_SCALAR, event_place(reader));
    if (node == NULL)
        return NULL;
    const char *value = (const char *)reader->event.data.scalar.value;
    size_t length = reader->event.data.scalar.length;
    node->text = ust_arena_text_n(spec->arena, value, length);
    node->quoted = reader->event.data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    refuse_tag(reader, reader->event.data.scalar.tag);
    if (memchr(value, 0, length) != NULL)
        ust_diag_error(spec->diag, node->place, "a text cannot hold a NUL character");
    if (!anchor_add(reader, reader->event.data.scalar.anchor, node, false))
        return NULL;
    return node;
}

/* Parentheses that a text leaves open, if it looks like the beginning of "lognormal(...". */
static int open_call(const struct ust_node *node)
{
    if (node->kind != UST_NODE_SCALAR || node->quoted)
        return 0;
    size_t word = strspn(node->text, "abcdefghijklmnopqrstuvwxyz_");
    if (word == 0 || node->text[word] != '(')
        return 0;
    int open = 0;
    for (const char *c = node->text + word; *c != '\0'; c++)
        open += *c == '(' ? 1 : *c == ')' ? -1 : 0;
    return open;
}

/* Inside { } and [ ] YAML takes the comma of "lognormal(mean 40 ms, cv 1.5)" for its own, and
 * hands us "lognormal(mean 40 ms" and "cv 1.5)". People write it that way, so the pieces are
 * put together again until the parenthesis is closed. */
static bool join_call(struct reader *reader, struct ust_node *node, bool in_map)
{
    struct ust_spec *spec = reader->spec;
    while (open_call(node) > 0) {
        struct ust_place place = node->place;
        if (!next(reader))
            return false;
        if (reader->event.type != YAML_SCALAR_EVENT) {
            ust_diag_error(spec->diag, place, "'%s' has a parenthesis that is never closed",
                           ust_spec_shown(spec, node->text));
            return false;
        }
        struct ust_node *piece = read_scalar(reader);
        if (piece == NULL)
            return false;
        node->text = ust_arena_printf(spec->arena, "%s, %s", node->text, piece->text);
        if (piece->place.line == place.line)
            node->place.width = piece->place.column + piece->place.width - place.column;
        if (in_map) {
            if (!next(reader))
                return false;
            struct ust_node *rest = read_node(reader, UST_SPEC_DEPTH_MAX);
            if (rest == NULL)
                return false;
            if (rest->kind == UST_NODE_SCALAR && *rest->text != '\0')
                node->text = ust_arena_printf(spec->arena, "%s: %s", node->text, rest->text);
        }
        /* Each round copies what was joined so far: a call of thousands of pieces is no call.
         */
        if (strlen(node->text) > 4096) {
            ust_diag_error(spec->diag, place, "'%s' is too long",
                           ust_spec_shown(spec, node->text));
            return false;
        }
    }
    return true;
}

static void set_end(struct reader *reader, struct ust_node *node)
{
    if (reader->event.end_mark.line + 1 == node->place.line &&
        reader->event.end_mark.column > reader->event.start_mark.column) {
        uint32_t end = (uint32_t)reader->event.end_mark.column + 1 +
                       (node->place.line == 1 ? reader->column : 0);
        if (end > node->place.column)
            node->place.width = end - node->place.column;
    }
}

static struct ust_node *read_list(struct reader *reader, unsigned depth)
{
    struct ust_node *node = ust_node_new(reader->spec, UST_NODE_LIST, event_place(reader));
    if (node == NULL)
        return NULL;
    node->place.width = 1;
    bool flow = reader->event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE;
    refuse_tag(reader, reader->event.data.sequence_start.tag);
    if (!anchor_add(reader, reader->event.data.sequence_start.anchor, node, true))
        return NULL;
    for (;;) {
        if (!next(reader))
            return NULL;
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        struct ust_node *child = read_node(reader, depth + 1);
        if (child == NULL || (flow && !join_call(reader, child, false)))
            return NULL;
        ust_node_append(node, child);
    }
    anchor_close(reader, node);
    set_end(reader, node);
    return node;
}

/* "<<: *base" or "<<: [*a, *b]": keys that the map has not itself, the earlier source first. */
static void merge_source(struct reader *reader, struct ust_node *map, struct ust_keys *keys,
                         struct ust_node *source)
{
    if (source->kind == UST_NODE_LIST) {
        for (struct ust_node *child = source->first, *after; child != NULL; child = after) {
            after = child->next;
            merge_source(reader, map, keys, child);
        }
        return;
    }
    if (source->kind != UST_NODE_MAP) {
        ust_diag_error(reader->spec->diag, source->place,
                       "'<<' merges mappings, got %s; to build on another file use 'extends'",
                       ust_node_kind_text(source));
        return;
    }
    for (struct ust_node *child = source->first, *after; child != NULL; child = after) {
        after = child->next;
        if (ust_keys_add(keys, child) == NULL)
            ust_node_append(map, child);
    }
}

static struct ust_node *read_key(struct reader *reader)
{
    struct ust_diag *diag = reader->spec->diag;
    if (reader->event.type != YAML_SCALAR_EVENT) {
        ust_diag_error(diag, event_place(reader), "a key must be a text");
        return NULL;
    }
    struct ust_node *key = read_scalar(reader);
    if (key == NULL)
        return NULL;
    if (*key->text == '\0') {
        ust_diag_error(diag, key->place, "a key is missing before ':'");
        return NULL;
    }
    return ust_spec_key(reader->spec, key->text, key->place) == UST_OK ? key : NULL;
}

/* One key and its value; the value of a plain "<<" goes to `merges`. */
static bool read_pair(struct reader *reader, unsigned depth, bool flow, struct ust_node *map,
                      struct ust_keys *keys, struct ust_node *merges)
{
    struct ust_node *key = read_key(reader);
    if (key == NULL || !next(reader))
        return false;
    struct ust_node *child = read_node(reader, depth + 1);
    if (child == NULL || (flow && !join_call(reader, child, true)))
        return false;
    child->key = key->text;
    child->key_place = key->place;
    if (!key->quoted && strcmp(key->text, "<<") == 0) {
        ust_node_append(merges, child);
        return true;
    }
    const struct ust_node *earlier = ust_keys_add(keys, child);
    if (earlier == NULL)
        ust_node_append(map, child);
    else
        ust_diag_error(reader->spec->diag, key->place,
                       "duplicate key '%s'; it stands at %u:%u already",
                       ust_spec_shown(reader->spec, key->text), earlier->key_place.line,
                       earlier->key_place.column);
    return true;
}

static bool read_pairs(struct reader *reader, unsigned depth, bool flow, struct ust_node *map,
                       struct ust_keys *keys)
{
    struct ust_node merges = {.kind = UST_NODE_LIST};
    for (;;) {
        if (!next(reader))
            return false;
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            break;
        if (!read_pair(reader, depth, flow, map, keys, &merges))
            return false;
    }
    if (merges.children > 1)
        ust_diag_error(reader->spec->diag, merges.last->key_place,
                       "duplicate key '<<'; write '<<: [*a, *b]'");
    merge_source(reader, map, keys, &merges);
    return true;
}

static struct ust_node *read_map(struct reader *reader, unsigned depth)
{
    struct ust_node *node = ust_node_new(reader->spec, UST_NODE_MAP, event_place(reader));
    if (node == NULL)
        return NULL;
    node->place.width = 1;
    bool flow = reader->event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE;
    refuse_tag(reader, reader->event.data.mapping_start.tag);
    if (!anchor_add(reader, reader->event.data.mapping_start.anchor, node, true))
        return NULL;
    struct ust_keys keys = {0};
    bool fine = read_pairs(reader, depth, flow, node, &keys);
    ust_keys_free(&keys);
    if (!fine)
        return NULL;
    anchor_close(reader, node);
    set_end(reader, node);
    return node;
}

/* The node whose first event is the current one; its last event is then the current one. */
static struct ust_node *read_node(struct reader *reader, unsigned depth)
{
    if (depth > UST_SPEC_DEPTH_MAX) {
        ust_diag_error(reader->spec->diag, event_place(reader), "nested deeper than %d levels",
                       UST_SPEC_DEPTH_MAX);
        return NULL;
    }
    switch (reader->event.type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(reader);
    case YAML_SEQUENCE_START_EVENT:
        return read_list(reader, depth);
    case YAML_MAPPING_START_EVENT:
        return read_map(reader, depth);
    case YAML_ALIAS_EVENT:
        return read_alias(reader, depth);
    default:
        ust_diag_error(reader->spec->diag, event_place(reader), "a value was expected");
        return NULL;
    }
}

static struct ust_node *read_document(struct reader *reader)
{
    if (!next(reader) || !next(reader)) /* the stream begins, a document begins */
        return NULL;
    if (reader->event.type == YAML_STREAM_END_EVENT) {
        ust_diag_error(reader->spec->diag, place_at(reader, 0, 0, 1),
                       "nothing is written here");
        return NULL;
    }
    if (!next(reader))
        return NULL;
    struct ust_node *root = read_node(reader, 1);
    if (root == NULL || !next(reader) || !next(reader))
        return NULL;
    if (reader->event.type != YAML_STREAM_END_EVENT) {
        ust_diag_error(reader->spec->diag, event_place(reader),
                       "a second document begins here; a file holds one");
        return NULL;
    }
    return root;
}

struct ust_node *ust_spec_parse(struct ust_spec *spec, const char *file, uint32_t order,
                                uint32_t column, const char *text, size_t length)
{
    if (length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0) {
        text += 3; /* a byte order mark says nothing about UTF-8 */
        length -= 3;
    }
    struct reader reader = {.spec = spec,
                            .file = file,
                            .order = order,
                            .column = column,
                            .text = text,
                            .length = length};
    size_t good = ust_utf8_extent(text, length);
    if (good < length) {
        ust_diag_error(spec->diag, byte_place(&reader, good), "byte 0x%02x is not UTF-8",
                       (unsigned char)text[good]);
        return NULL;
    }
    unsigned errors = ust_diag_errors(spec->diag);
    if (!yaml_parser_initialize(&reader.parser))
        ust_out_of_memory(0);
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, length);
    struct ust_node *root = read_document(&reader);
    if (reader.has_event)
        yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    free(reader.anchors);
    UST_ASSERT(root != NULL || ust_diag_errors(spec->diag) > errors ||
               spec->nodes > UST_SPEC_NODES_MAX);
    return root;
}
