#include "services/store/postgres/schema_texts.h"

#include "runtime/base/memory.h"

// Hot tables keep room in their pages for new versions of a row, and are cleaned by number of dead
// rows, not by share: a queue is small however much lies behind it.
#define HOT                                                                                        \
    " WITH (fillfactor = 60, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = "   \
    "2000, autovacuum_analyze_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);"
// Rows that are appended and stay.
#define COLD " WITH (autovacuum_vacuum_insert_scale_factor = 0.2);"

#define AS_TIME(column) "to_timestamp(nullif(" column ", 0) / 1000.0)"

// Times are milliseconds since 1970. What is unsigned in our rows has 64 bits here. Payloads are `json`,
// which comes back byte for byte, and lie in tables of their own.
static const char version_1[] =
    "CREATE FUNCTION task_of(step uuid) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE AS"
    " $$ SELECT (left($1::text, 32) || '0000')::uuid $$;"
    "CREATE FUNCTION step_of(task uuid, number int) RETURNS uuid LANGUAGE sql IMMUTABLE"
    " PARALLEL SAFE AS"
    " $$ SELECT (left($1::text, 32) || lpad(to_hex($2), 4, '0'))::uuid $$;"

    "CREATE TABLE tasks ("
    " task_id uuid PRIMARY KEY, definition_id int8 NOT NULL, steps_total int8 NOT NULL,"
    " steps_done int8 NOT NULL, steps_failed int8 NOT NULL, steps_tolerated int8 NOT NULL,"
    " steps_in_flight int8 NOT NULL, steps_waiting int8 NOT NULL, steps_cancelled int8 NOT NULL,"
    " last_number int8 NOT NULL, due_ms int8, created_ms int8 NOT NULL, updated_ms int8 NOT NULL,"
    " completed_ms int8 NOT NULL, paused_ms int8 NOT NULL, deadline_ms int8 NOT NULL,"
    " priority int4 NOT NULL, state int2 NOT NULL)" HOT
    "CREATE INDEX tasks_due ON tasks (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE INDEX tasks_open ON tasks (task_id) WHERE state < 9;"
    "CREATE INDEX tasks_ended ON tasks (completed_ms) WHERE completed_ms > 0;"

    "CREATE TABLE task_requests ("
    " task_id uuid PRIMARY KEY, initiator text, source_system text, reason text,"
    " correlation_id text, parent_correlation_id text, idempotency_key text,"
    " auto_idempotency_key text, identity bytea, tags json, options json, context json)" COLD
    "CREATE TABLE identities (identity bytea PRIMARY KEY, task_id uuid NOT NULL);"

    "CREATE TABLE steps ("
    " step_id uuid PRIMARY KEY, token uuid, queue_id int8 NOT NULL, attempts int8 NOT NULL,"
    " max_attempts int8 NOT NULL, parents_open int8 NOT NULL, run int8 NOT NULL,"
    " order_key int8 NOT NULL, enqueued_ms int8 NOT NULL, sent_ms int8 NOT NULL,"
    " completed_ms int8 NOT NULL, due_ms int8, workers_lost int8 NOT NULL,"
    " batch_free int8 NOT NULL, template_index int4 NOT NULL, batch_of int4 NOT NULL,"
    " batch_first int4 NOT NULL, batch_last int4 NOT NULL, state int2 NOT NULL,"
    " due_for int2 NOT NULL, retryable bool NOT NULL, claimed bool NOT NULL, held bool NOT NULL,"
    " handed_over bool NOT NULL, awaits_slot bool NOT NULL, tolerated bool NOT NULL,"
    " worker text, name text)" HOT
    "CREATE INDEX steps_claimable ON steps (queue_id, order_key, step_id)"
    " WHERE state = 2 AND NOT claimed AND NOT held;"
    "CREATE INDEX steps_due ON steps (due_ms) WHERE due_ms IS NOT NULL;"
    "CREATE INDEX steps_awaiting_slot ON steps (step_id) WHERE awaits_slot;"
    "CREATE TABLE step_inputs (step_id uuid PRIMARY KEY, inputs json NOT NULL)" COLD

    "CREATE TABLE edges ("
    " parent uuid NOT NULL, child uuid NOT NULL, PRIMARY KEY (parent, child))" COLD
    "CREATE INDEX edges_by_child ON edges (child, parent);"

    "CREATE TABLE results ("
    " step_id uuid NOT NULL, run int8 NOT NULL, received_ms int8 NOT NULL, answer int2 NOT NULL,"
    " success bool NOT NULL, retryable bool NOT NULL, worker text, error_code text,"
    " error_message text, error json, metadata json, body json, PRIMARY KEY (step_id, run))" COLD

    "CREATE TABLE transitions ("
    " task_id uuid NOT NULL, number int8 NOT NULL, at_ms int8 NOT NULL, run int8 NOT NULL,"
    " step_number int4 NOT NULL, from_state text, to_state text NOT NULL, event text NOT NULL,"
    " worker text, metadata json, node text, PRIMARY KEY (task_id, number))" COLD

    "CREATE TABLE checkpoints ("
    " step_id uuid NOT NULL, number int8 NOT NULL, run int8 NOT NULL, at_ms int8 NOT NULL,"
    " items_processed int8 NOT NULL, cursor json NOT NULL, accumulated json,"
    " PRIMARY KEY (step_id, number));"

    "CREATE TABLE dlq ("
    " entry_id uuid PRIMARY KEY, task_id uuid NOT NULL, step_number int4 NOT NULL,"
    " reason int2 NOT NULL, status int2 NOT NULL, created_ms int8 NOT NULL,"
    " updated_ms int8 NOT NULL, resolved_ms int8 NOT NULL, resolved_by text, notes text,"
    " metadata json, snapshot json NOT NULL);"
    "CREATE UNIQUE INDEX dlq_pending ON dlq (task_id, step_number, reason) WHERE status = 1;"
    "CREATE INDEX dlq_by_task ON dlq (task_id, entry_id);"

    "CREATE TABLE pauses ("
    " namespace text NOT NULL, callable text NOT NULL, since_ms int8 NOT NULL, by text,"
    " reason text, PRIMARY KEY (namespace, callable));"

    "CREATE TABLE definitions ("
    " definition_id int8 GENERATED ALWAYS AS IDENTITY PRIMARY KEY, namespace text NOT NULL,"
    " name text NOT NULL, version text NOT NULL, hash bytea NOT NULL, step_count int8 NOT NULL,"
    " description text, created_ms int8 NOT NULL, json json NOT NULL,"
    " UNIQUE (namespace, name, version, hash));"
    "CREATE TABLE templates (" // the current definition of each version
    " namespace text NOT NULL, name text NOT NULL, version text NOT NULL,"
    " definition_id int8 NOT NULL, PRIMARY KEY (namespace, name, version));"
    "CREATE TABLE queues ("
    " queue_id int8 PRIMARY KEY, namespace text NOT NULL, callable text NOT NULL);"

    // For people with psql.
    "CREATE VIEW task_overview AS SELECT t.task_id AS task, d.namespace, d.name, d.version,"
    " (ARRAY['pending', 'initializing', 'enqueuing_steps', 'steps_in_process',"
    " 'evaluating_results', 'waiting_for_dependencies', 'waiting_for_retry',"
    " 'blocked_by_failures', 'complete', 'error', 'cancelled', 'resolved_manually'])[state]"
    " AS state, priority, steps_total, steps_done, steps_failed, steps_in_flight, steps_waiting,"
    " steps_tolerated, steps_cancelled, last_number, " AS_TIME("due_ms") " AS due,"
    " " AS_TIME("t.created_ms") " AS created, " AS_TIME("completed_ms") " AS completed,"
    " " AS_TIME("paused_ms") " AS paused"
    " FROM tasks t LEFT JOIN definitions d ON d.definition_id = t.definition_id;"
    "CREATE VIEW step_overview AS SELECT s.step_id AS step, q.namespace, q.callable,"
    " (ARRAY['pending', 'enqueued', 'in_progress', 'enqueued_for_orchestration',"
    " 'enqueued_as_error_for_orchestration', 'waiting_for_retry', 'complete', 'error',"
    " 'cancelled', 'resolved_manually'])[state] AS state,"
    " s.name, attempts, max_attempts, parents_open, run, claimed, held, tolerated, handed_over,"
    " worker, " AS_TIME("enqueued_ms") " AS enqueued, " AS_TIME("sent_ms") " AS sent,"
    " " AS_TIME("completed_ms") " AS completed, " AS_TIME("due_ms") " AS due,"
    " (ARRAY['enqueue', 'hand_off', 'timeout', 'adoption', 'unclaimed'])[due_for] AS due_for"
    " FROM steps s LEFT JOIN queues q ON q.queue_id = s.queue_id;";

// Several nodes. A step that is claimed or runs has a node, whose business its due time is.
static const char version_2[] =
    "CREATE TABLE nodes ("
    " node_id uuid PRIMARY KEY, name text, joined_ms int8 NOT NULL, beat_ms int8 NOT NULL,"
    " since_ms int8 NOT NULL, is_dead bool NOT NULL) WITH (fillfactor = 50);"
    "ALTER TABLE steps ADD COLUMN node_id uuid;"
    "DROP INDEX steps_due;"
    "CREATE INDEX steps_due ON steps (due_ms) WHERE due_ms IS NOT NULL AND node_id IS NULL;"
    "CREATE INDEX steps_of_node ON steps (node_id, due_ms) WHERE node_id IS NOT NULL;"

    // Raised by every change of what nodes remember, whoever makes it.
    "CREATE TABLE generation (number int8 NOT NULL) WITH (fillfactor = 50);"
    "INSERT INTO generation VALUES (1);"
    "CREATE FUNCTION raise_generation() RETURNS trigger LANGUAGE plpgsql AS"
    " $$ BEGIN UPDATE taskmesh.generation SET number = number + 1; RETURN NULL; END $$;"
    "CREATE TRIGGER templates_changed AFTER INSERT OR UPDATE OR DELETE ON templates"
    " FOR EACH STATEMENT EXECUTE FUNCTION raise_generation();"
    "CREATE TRIGGER pauses_changed AFTER INSERT OR UPDATE OR DELETE ON pauses"
    " FOR EACH STATEMENT EXECUTE FUNCTION raise_generation();"

    "CREATE VIEW node_overview AS SELECT n.node_id AS node, name,"
    " CASE WHEN is_dead THEN 'dead' ELSE 'alive' END AS state, " AS_TIME("joined_ms") " AS joined,"
    " " AS_TIME("beat_ms") " AS beat,"
    " (SELECT count(*) FROM steps s WHERE s.node_id = n.node_id) AS runs FROM nodes n;";

// The last work that was committed over each connection: the answer to a commit may be lost.
static const char version_3[] =
    "CREATE TABLE connections ("
    " connection_id uuid PRIMARY KEY, work int8 NOT NULL, at_ms int8 NOT NULL,"
    " is_closed bool NOT NULL) WITH (fillfactor = 50);";

// What a node that starts takes over: before, it looked at all that waited. And what is asked for by the id of
// an entry is not to be looked for in the index by tasks.
static const char version_4[] =
    "CREATE INDEX steps_of_nobody ON steps (step_id)"
    " WHERE node_id IS NULL AND (claimed OR state = 3 AND NOT handed_over);"
    "DROP INDEX dlq_by_task;"
    "CREATE INDEX dlq_by_task ON dlq (task_id);";

const char *const tmesh_postgres_schema_texts[] = {version_1, version_2, version_3, version_4};
const int tmesh_postgres_schema_text_count = TMESH_COUNT_OF(tmesh_postgres_schema_texts);
