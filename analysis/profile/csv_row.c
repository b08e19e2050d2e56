/* Rows of a CSV file, by a map of columns. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "analysis/profile/parse.h"
#include "sim/base/hash.h"
#include "sim/base/text.h"

char ust_csv_separator(const char *line)
{
    static const char known[] = ",;\t";
    size_t count[] = {0, 0, 0}, most = 0;
    bool quoted = false;
    for (; *line != '\0'; line++) {
        quoted ^= *line == '"';
        const char *which = quoted ? NULL : strchr(known, *line);
        if (which != NULL)
            count[which - known]++;
    }
    for (size_t i = 1; known[i] != '\0'; i++)
        most = count[i] > count[most] ? i : most;
    return known[most];
}

/* A quoted cell: "" inside is one quote. Returns what follows the closing one, NULL without. */
static char *unquote(char *at)
{
    char *to = at;
    for (;; at++, to++) {
        if (*at == '\0')
            return NULL;
        if (*at == '"' && *++at != '"')
            break;
        *to = *at;
    }
    *to = '\0';
    return at;
}

static char *trim(char *text, char *end)
{
    while (*text == ' ')
        text++;
    while (end > text && end[-1] == ' ')
        end--;
    *end = '\0';
    return text;
}

int ust_csv_cut(char *line, char separator, char **cell, int max)
{
    for (int n = 0;; n++) {
        if (n == max)
            return max + 1;
        while (*line == ' ')
            line++;
        bool quoted = *line == '"';
        cell[n] = quoted ? line + 1 : line;
        char *end = quoted ? unquote(line + 1) : line;
        if (end == NULL)
            return -1;
        end = strchrnul(end, separator);
        bool last = *end == '\0';
        if (quoted)
            *end = '\0'; /* what follows a closing quote is not part of the cell */
        else
            cell[n] = trim(line, end);
        if (last)
            return n + 1;
        line = end + 1;
    }
}

/* ---- the map ---- */

/* n: columns that there are, as far as one knows. */
static int column_of(const char *name, char *const *header, int n)
{
    char *end;
    long number = strtol(name, &end, 10);
    for (int i = 0; header != NULL && i < n; i++)
        if (strcasecmp(header[i], name) == 0)
            return i;
    return *end == '\0' && number >= 1 && number <= n ? (int)number - 1 : -1;
}

static const char *unknown_field(const char *name, struct ust_arena *arena)
{
    const char *known[UST_EVENT_FIELDS];
    for (int i = 0; i < UST_EVENT_FIELDS; i++)
        known[i] = ust_event_field_names[i][0];
    const char *near = ust_text_nearest(name, known, UST_EVENT_FIELDS);
    return near != NULL
               ? ust_arena_printf(arena, "'%s' is no field of an event; did you mean '%s'?",
                                  name, near)
               : ust_arena_printf(arena, "'%s' is no field of an event", name);
}

static bool is_mapped(const struct ust_columns *columns, enum ust_event_field field)
{
    for (uint32_t i = 0; i < columns->n; i++)
        if (columns->field[i] == field)
            return true;
    return false;
}

static const char *map_one(struct ust_columns *columns, char *pair, char *const *header, int n,
                           struct ust_arena *arena)
{
    char *sign = strchr(pair, '=');
    if (sign == NULL)
        return ust_arena_printf(arena, "'%s' is not FIELD=COLUMN", pair);
    const char *name = trim(pair, sign), *where = trim(sign + 1, strchr(sign + 1, '\0'));
    const char *wrong;
    enum ust_event_field field = ust_event_field_find(name);
    int column = column_of(where, header, header != NULL ? n : UST_PARSE_COLUMNS_MAX);
    if (column >= 0 && (uint32_t)column >= columns->n)
        columns->n = (uint32_t)column + 1;
    if (column >= 0 && ust_session_table_map(&columns->table, name, column, arena, &wrong))
        return wrong;
    if (field == UST_EVENT_FIELDS)
        return unknown_field(name, arena);
    if (column < 0)
        return ust_arena_printf(arena, "there is no column '%s'", where);
    if (is_mapped(columns, field))
        return ust_arena_printf(arena, "'%s' stands in two columns", name);
    if (columns->field[column] != UST_EVENT_FIELDS)
        return ust_arena_printf(arena, "column '%s' is two fields", where);
    columns->field[column] = field;
    columns->mapped = true;
    return NULL;
}

#define HINT                                                                                   \
    "; map columns with --columns user_id=NAME,timestamp=NAME, or by their numbers from 1"

/* NULL where an event can come of it. */
static const char *needed(const struct ust_columns *columns)
{
    if (columns->table.parts > 0)
        return ust_session_table_needs(&columns->table);
    return !is_mapped(columns, UST_EVENT_USER)   ? "no column is 'user_id'" HINT
           : !is_mapped(columns, UST_EVENT_TIME) ? "no column is 'timestamp'" HINT
                                                 : NULL;
}

const char *ust_columns_map(struct ust_columns *columns, const char *map, char *header,
                            struct ust_arena *arena)
{
    char *cell[UST_PARSE_COLUMNS_MAX], *pair, *rest;
    int n = 0;
    if (header != NULL) {
        n = ust_csv_cut(header, columns->separator, cell, UST_PARSE_COLUMNS_MAX);
        if (n < 0 || n > UST_PARSE_COLUMNS_MAX)
            return "the header cannot be read";
        columns->n = (uint32_t)n;
    }
    for (int i = 0; i < UST_PARSE_COLUMNS_MAX; i++)
        columns->field[i] =
            map == NULL && i < n ? ust_event_field_find(cell[i]) : UST_EVENT_FIELDS;
    for (int i = 0; i < n; i++)
        columns->mapped |= columns->field[i] != UST_EVENT_FIELDS;
    if (map == NULL)
        return columns->mapped ? needed(columns) : "no column has the name of a field" HINT;
    char *pairs = ust_arena_text(arena, map);
    for (pair = strtok_r(pairs, ",", &rest); pair != NULL; pair = strtok_r(NULL, ",", &rest)) {
        const char *wrong = map_one(columns, pair, header != NULL ? cell : NULL, n, arena);
        if (wrong != NULL)
            return wrong;
    }
    return needed(columns);
}

/* 12,5 among semicolons is a number. */
static void take_decimal_comma(enum ust_event_field field, char *cell)
{
    bool number = field == UST_EVENT_CPU || field == UST_EVENT_MEMORY ||
                  field == UST_EVENT_BYTES || field == UST_EVENT_ATTEMPTS ||
                  field == UST_EVENT_REQUEST || field == UST_EVENT_IO ||
                  field == UST_EVENT_LATENCY || field == UST_EVENT_LATENCY_S ||
                  field == UST_EVENT_LATITUDE || field == UST_EVENT_LONGITUDE;
    char *comma = number ? strchr(cell, ',') : NULL;
    if (comma != NULL)
        *comma = '.';
}

bool ust_parse_csv(struct ust_parse *parse, const struct ust_columns *columns, char *line)
{
    char *cell[UST_PARSE_COLUMNS_MAX];
    ust_parse_begin(parse);
    uint64_t hash = ust_hash_text(5, line);
    int n = ust_csv_cut(line, columns->separator, cell, UST_PARSE_COLUMNS_MAX);
    if (n < 0) {
        parse->reason = "a quote does not end";
        return false;
    }
    if ((uint32_t)n < columns->n) {
        parse->reason = "too few cells";
        return false;
    }
    for (uint32_t i = 0; i < columns->n; i++) {
        if (columns->field[i] == UST_EVENT_FIELDS)
            continue;
        if (columns->separator == ';')
            take_decimal_comma(columns->field[i], cell[i]);
        if (!ust_parse_text(parse, columns->field[i], cell[i]))
            return false;
    }
    if (columns->table.parts == 0)
        return ust_parse_end(parse, hash);
    parse->event.id = parse->event.identified ? parse->event.id : hash;
    parse->event.fine = false; /* two sessions may well be alike */
    return ust_session_table_begin(&columns->table, cell, &parse->event, parse->pause_max,
                                   &parse->actions, &parse->row, &parse->reason);
}
