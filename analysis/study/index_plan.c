/* The plan of a study as rows. */
#include <inttypes.h>
#include <string.h>

#include "analysis/study/index_own.h"
#include "sim/spec/values.h"

static enum ust_status write_study(struct ust_index *index, const struct ust_study *study)
{
    sqlite3_stmt *row;
    char hash[UST_HASH_TEXT_MAX], seed[24];
    struct ust_text sets = {0}, scenario = {0};
    for (size_t i = 0; i < study->sets_n; i++)
        ust_text_printf(&sets, "%s%s", i == 0 ? "" : "\n", study->sets[i]);
    ust_scenario_effective(study->base, &scenario);
    snprintf(seed, sizeof seed, "%" PRIu64, study->seed);
    enum ust_status status = ust_index_prepare(
        index, "INSERT INTO study VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?, NULL)", &row);
    if (status == UST_OK) {
        sqlite3_bind_text(row, 1, study->base->name, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 2, study->path, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, ust_text_string(&scenario), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 4, ust_hash_hex(study->hash, hash), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 5, ust_text_string(&sets), -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 6, seed, -1, SQLITE_STATIC);
        sqlite3_bind_int64(row, 7, study->n);
        sqlite3_bind_int(row, 8, study->base->units.random);
        status = ust_index_run(index, row);
    }
    ust_text_free(&sets);
    ust_text_free(&scenario);
    return status;
}

static enum ust_status write_levels(struct ust_index *index, const struct ust_study *study,
                                    const struct ust_unit *unit)
{
    const struct ust_design *design = &study->base->units;
    for (uint32_t i = 0; i < unit->values_n; i++) {
        const struct ust_node *value = unit->value[i].value;
        uint32_t factor = 0;
        while (strcmp(design->factor[factor].path, unit->value[i].path) != 0)
            factor++;
        struct ust_text text = {0};
        ust_value_write(value, &text);
        sqlite3_stmt *row;
        UST_TRY(
            ust_index_prepare(index, "INSERT OR REPLACE INTO level VALUES (?, ?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, unit->number);
        sqlite3_bind_int64(row, 2, factor + 1);
        sqlite3_bind_text(row, 3, ust_text_string(&text), -1, SQLITE_TRANSIENT);
        if (value->kind == UST_NODE_SCALAR) /* NAN becomes NULL */
            sqlite3_bind_double(row, 4, ust_value_number(value->text));
        ust_text_free(&text);
        UST_TRY(ust_index_run(index, row));
    }
    return UST_OK;
}

static enum ust_status write_unit(struct ust_index *index, const struct ust_study *study,
                                  uint32_t i)
{
    const struct ust_study_unit *unit = &study->unit[i];
    char hash[UST_HASH_TEXT_MAX], file[32];
    snprintf(file, sizeof file, "%04u.db", unit->is->number);
    sqlite3_stmt *row;
    UST_TRY(ust_index_prepare(index, "INSERT INTO unit VALUES (?, ?, ?, ?, ?, ?)", &row));
    sqlite3_bind_int64(row, 1, unit->is->number);
    sqlite3_bind_text(row, 2, unit->is->name, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 3, file, -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 4, ust_hash_hex(unit->hash, hash), -1, SQLITE_STATIC);
    sqlite3_bind_text(row, 5, unit->is->overrides, -1, SQLITE_STATIC);
    sqlite3_bind_int64(row, 6, unit->replications);
    return ust_index_run(index, row);
}

static enum ust_status write_shard(struct ust_index *index)
{
    char sql[96];
    if (index->shard.parts == 0)
        return UST_OK;
    snprintf(sql, sizeof sql, "INSERT INTO shard VALUES (1, %u, %u, 0)", index->shard.part,
             index->shard.parts);
    return ust_index_execute(index, sql);
}

enum ust_status ust_index_write_plan(struct ust_index *index, const struct ust_study *study)
{
    UST_TRY(write_study(index, study));
    UST_TRY(write_shard(index));
    for (uint32_t f = 0; f < study->base->units.factors_n; f++) {
        sqlite3_stmt *row;
        UST_TRY(ust_index_prepare(index, "INSERT INTO factor VALUES (?, ?, ?)", &row));
        sqlite3_bind_int64(row, 1, f + 1);
        sqlite3_bind_text(row, 2, study->base->units.factor[f].path, -1, SQLITE_STATIC);
        sqlite3_bind_text(row, 3, study->base->units.factor[f].label, -1, SQLITE_STATIC);
        UST_TRY(ust_index_run(index, row));
    }
    for (uint32_t i = 0; i < study->n; i++) {
        UST_TRY(write_unit(index, study, i));
        UST_TRY(write_levels(index, study, study->unit[i].is));
    }
    return UST_OK;
}
