// bin/taskmesh/step_json.h - a run as the JSON that a program gets on its standard input.
#ifndef TMESH_BIN_TASKMESH_STEP_JSON_H
#define TMESH_BIN_TASKMESH_STEP_JSON_H

#include "runtime/base/bytes.h"
#include "taskmesh/worker.h"

// Appends one JSON object and a line feed. The payloads stand in it byte for byte.
void cli_step_json_write(const tmesh_worker_run_t *run, tmesh_buffer_t *out);
// The same in one line: without the white space between the tokens of the payloads.
void cli_step_json_write_line(const tmesh_worker_run_t *run, tmesh_buffer_t *out);

#endif
