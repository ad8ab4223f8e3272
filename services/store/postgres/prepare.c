#include "services/store/postgres/prepare.h"

#include <stdio.h>

#include "runtime/base/memory.h"
#include "services/store/postgres/errors.h"

void tmesh_postgres_statement_name(int statement, tmesh_statement_name_t name)
{
    snprintf(name, sizeof(tmesh_statement_name_t), "s%d", statement);
}

static void know_parameters(tmesh_postgres_sql_t *sql, const PGresult *description)
{
    sql->parameter_count = PQnparams(description);
    sql->parameters = tmesh_alloc_array((size_t)sql->parameter_count, sizeof *sql->parameters);
    for (int i = 0; i < sql->parameter_count; i++) {
        tmesh_parameter_init(&sql->parameters[i], PQparamtype(description, i));
    }
}

// Two answers for each statement: that it was prepared, and what its parameters are.
static bool prepare_one(const tmesh_postgres_line_t *line, int statement)
{
    tmesh_statement_name_t name;
    tmesh_postgres_statement_name(statement, name);
    const char *text = tmesh_postgres_statement_text(statement);
    return PQsendPrepare(line->libpq, name, text, 0, NULL) &&
           PQsendDescribePrepared(line->libpq, name);
}

static tmesh_err_t take_description(tmesh_postgres_line_t *line, tmesh_postgres_sql_t *sql,
                                    char **message_p)
{
    tmesh_err_t err = TMESH_OK;
    for (int i = 0; i < 2 && !err; i++) {
        PGresult *answer = tmesh_postgres_line_next(line, &err);
        if (!answer) break;
        if (PQresultStatus(answer) != PGRES_COMMAND_OK) {
            err = tmesh_postgres_err(PQresultErrorField(answer, PG_DIAG_SQLSTATE));
            *message_p = tmesh_strdup(PQresultErrorMessage(answer));
        } else if (i == 1) {
            know_parameters(sql, answer);
        }
        PQclear(answer);
        if (!err) PQclear(tmesh_postgres_line_next(line, &err));
    }
    return err;
}

tmesh_err_t tmesh_postgres_prepare(tmesh_postgres_line_t *line,
                                   tmesh_postgres_sql_t statements[TMESH_STATEMENT_COUNT],
                                   const tmesh_postgres_settings_t *settings,
                                   tmesh_fault_t **fault_p)
{
    bool is_sent = PQsetnonblocking(line->libpq, 1) == 0 && PQenterPipelineMode(line->libpq);
    for (int i = 0; i < TMESH_STATEMENT_COUNT && is_sent; i++) {
        tmesh_postgres_sql_t *sql = &statements[i];
        sql->base.backend = &tmesh_postgres_sql_backend;
        sql->statement = i;
        sql->row = -1;
        is_sent = prepare_one(line, i);
    }
    is_sent = is_sent && PQpipelineSync(line->libpq);
    tmesh_err_t err = is_sent ? TMESH_OK : TMESH_ERR_CONNECTION;
    tmesh_auto_free char *message = NULL;
    for (int i = 0; i < TMESH_STATEMENT_COUNT && !err; i++) {
        err = take_description(line, &statements[i], &message);
    }
    if (!err) PQclear(tmesh_postgres_line_next(line, &err));
    if (err) {
        *fault_p = tmesh_fault_new(err, "store_unreachable", settings->shown, "%s",
                                   message ? message : PQerrorMessage(line->libpq));
    }
    return err;
}
