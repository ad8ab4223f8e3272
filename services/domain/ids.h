// services/domain/ids.h - names of tasks, steps, nodes and runs: one type each.
//
// A task id is a UUID version 7 whose last 16 bits are zero; its steps are the same UUID with their
// number, 1 to 65,535, in those bits. So the task of a step is known without a look-up, a table of
// steps is clustered by task, and ids sort by time. 58 random bits per millisecond remain.
#ifndef TMESH_SERVICES_DOMAIN_IDS_H
#define TMESH_SERVICES_DOMAIN_IDS_H

#include <stdbool.h>
#include <stdint.h>

#include "runtime/base/random.h"

typedef struct {
    uint8_t bytes[16];
} tmesh_task_id_t;
typedef struct {
    uint8_t bytes[16];
} tmesh_step_id_t;
typedef struct {
    uint8_t bytes[16];
} tmesh_node_id_t;
// Drawn for each claim: whoever holds it may report on the run.
typedef struct {
    uint8_t bytes[16];
} tmesh_run_token_t;
// An entry of the dead letter queue.
typedef struct {
    uint8_t bytes[16];
} tmesh_dlq_id_t;
// A worker's session at one gateway.
typedef struct {
    uint8_t bytes[16];
} tmesh_session_id_t;

enum {
    TMESH_STEPS_PER_TASK_MAX = 65535,
    TMESH_UUID_TEXT_BYTES = 37, // 36 characters and the zero byte
};
typedef char tmesh_uuid_text_t[TMESH_UUID_TEXT_BYTES];

tmesh_task_id_t tmesh_task_id_new(tmesh_random_t *random, int64_t now_ms);
tmesh_node_id_t tmesh_node_id_new(tmesh_random_t *random, int64_t now_ms);
tmesh_dlq_id_t tmesh_dlq_id_new(tmesh_random_t *random, int64_t now_ms);
tmesh_session_id_t tmesh_session_id_new(tmesh_random_t *random);
tmesh_run_token_t tmesh_run_token_new(tmesh_random_t *random);

// number: 1 to TMESH_STEPS_PER_TASK_MAX.
tmesh_step_id_t tmesh_step_id_of(tmesh_task_id_t task_id, uint16_t number);
tmesh_task_id_t tmesh_task_id_of_step(tmesh_step_id_t step_id);
uint16_t tmesh_step_number(tmesh_step_id_t step_id);

int tmesh_task_id_compare(tmesh_task_id_t a, tmesh_task_id_t b);
int tmesh_step_id_compare(tmesh_step_id_t a, tmesh_step_id_t b);
bool tmesh_run_token_equal(tmesh_run_token_t a, tmesh_run_token_t b);
bool tmesh_node_id_equal(tmesh_node_id_t a, tmesh_node_id_t b);

// The text form of any id: 8-4-4-4-12 lower-case hexadecimal digits. Returns `text`.
const char *tmesh_uuid_format(const uint8_t bytes[16], tmesh_uuid_text_t text);
// False when the text is no UUID; out is then untouched. Upper case is accepted.
bool tmesh_uuid_parse(const char *text, uint8_t out[16]);
// The same, and the last 16 bits must (not) be zero.
bool tmesh_task_id_parse(const char *text, tmesh_task_id_t *id);
bool tmesh_step_id_parse(const char *text, tmesh_step_id_t *id);

#endif
