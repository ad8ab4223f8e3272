// services/store/store.h - where all state lives: one interface, two backends.
//
// Every batch that writes is two calls, tmesh_store_begin and tmesh_store_commit, between which the
// services decide without I/O (services/store/work.h). On SQLite all threads share one writer
// behind a fair mutex that is held from begin to commit or abandon; a thread has one work at a time.
// Reading for people goes through a reader of its own (services/store/reader.h).
#ifndef TMESH_SERVICES_STORE_STORE_H
#define TMESH_SERVICES_STORE_STORE_H

#include "runtime/base/clock.h"
#include "runtime/base/error.h"
#include "services/store/absence.h"
#include "services/store/backup.h"
#include "services/store/nodes.h"
#include "services/store/work.h"

// How many steps of a queue may be claimed now; asked for each queue that has claimable ones.
typedef uint32_t tmesh_claim_room_t(void *self, const char *namespace_name, const char *callable);

// What a transaction needs. Everything is optional; arrays are lent and need no order.
typedef struct {
    const tmesh_task_id_t *task_ids; // locked and loaded
    size_t task_count;
    bool with_all_steps; // of task_ids
    bool with_their_identities; // of task_ids; who has each now is put into work->identities

    const tmesh_step_id_t *step_ids; // loaded with their tasks, which are locked,
    size_t step_count;               // and with the stored result of their current run
    bool with_children;              // and the steps that depend on them; of workers of a batch also
                                     // the batchable, and who is next to run
    const tmesh_dlq_id_t *dlq_ids;
    size_t dlq_count;

    const tmesh_identity_t *identities; // those that exist are put into work->identities
    size_t identity_count;

    int64_t due_until_ms; // > 0: tasks and steps that are due, at most due_limit of each, by time
    uint32_t due_limit;

    tmesh_claim_room_t *claim_room; // not NULL: claimable steps, queue by queue, by order_key,
    void *claim_room_self;          // at most as many of each as it says
} tmesh_wants_t;

typedef struct {
    uint64_t commits; // that wrote something
    uint64_t rollbacks;
    uint64_t statements; // executed, begin and commit included
    uint64_t writer_wait_us;
    uint64_t round_trips; // to a database that is somewhere else
    uint64_t calls;       // to other nodes
} tmesh_store_stats_t;

enum { TMESH_PRUNE_STEPS_MAX = 10000 };

typedef struct tmesh_store tmesh_store_t;

// What a backend provides; the functions below call through it.
typedef struct {
    const char *name;
    void (*destroy)(tmesh_store_t **self_p);
    tmesh_err_t (*begin)(tmesh_store_t *self, const tmesh_wants_t *wants, tmesh_work_t **work_p);
    tmesh_err_t (*extend)(tmesh_store_t *self, const tmesh_wants_t *wants, tmesh_work_t *work);
    tmesh_err_t (*commit)(tmesh_store_t *self, tmesh_work_t *work);
    void (*abandon)(tmesh_store_t *self);
    tmesh_err_t (*take_over)(tmesh_store_t *self, int64_t due_ms, uint32_t *count_p);
    tmesh_err_t (*next_due)(tmesh_store_t *self, int64_t *due_ms_p);
    tmesh_err_t (*prune)(tmesh_store_t *self, int64_t until_ms, uint32_t limit, uint32_t *count_p);
    tmesh_err_t (*next_prunable)(tmesh_store_t *self, int64_t *completed_ms_p);
    tmesh_err_t (*put_definition)(tmesh_store_t *self, tmesh_definition_row_t *row,
                                  const tmesh_queue_row_t *queues, size_t queue_count,
                                  bool *created_p);
    tmesh_err_t (*load_definition)(tmesh_store_t *self, int64_t id, tmesh_arena_t *arena,
                                   tmesh_definition_row_t *row);
    tmesh_err_t (*load_versions)(tmesh_store_t *self, const char *namespace_name, const char *name,
                                 tmesh_arena_t *arena, tmesh_definition_row_t **rows_p,
                                 size_t *count_p);
    tmesh_err_t (*put_pause)(tmesh_store_t *self, const tmesh_pause_row_t *row, bool *changed_p);
    tmesh_err_t (*remove_pause)(tmesh_store_t *self, const char *namespace_name,
                                const char *callable, bool *changed_p);
    tmesh_err_t (*load_pauses)(tmesh_store_t *self, tmesh_arena_t *arena,
                               tmesh_pause_row_t **rows_p, size_t *count_p);
    tmesh_store_stats_t (*stats)(const tmesh_store_t *self);
    tmesh_err_t (*ping)(tmesh_store_t *self);
    // Of a store that is somewhere else; NULL where there is nothing to remember.
    void (*absence)(const tmesh_store_t *self, tmesh_absence_t *absence);
    tmesh_err_t (*open_backup)(tmesh_store_t *self, const char *file, bool replace,
                               tmesh_backup_t **backup_p, tmesh_fault_t **fault_p);
    // Of a store that several nodes may share; NULL where it has one owner.
    bool (*is_shared)(const tmesh_store_t *self);
    tmesh_err_t (*beat)(tmesh_store_t *self, const tmesh_beat_request_t *request,
                        tmesh_arena_t *arena, tmesh_beat_reply_t *reply);
    tmesh_err_t (*take_over_node)(tmesh_store_t *self, tmesh_node_id_t dead, int64_t due_ms,
                                  uint32_t limit, uint32_t *count_p);
    tmesh_err_t (*call_nodes)(tmesh_store_t *self);
    bool (*is_called)(tmesh_store_t *self);
} tmesh_store_backend_t;

// The first member of every backend's own struct.
struct tmesh_store {
    const tmesh_store_backend_t *backend;
};

// NULL-safe. No work may be open.
void tmesh_store_destroy(tmesh_store_t **self_p);

// Begins a transaction, locks the tasks that are wanted in the order of their ids, loads. On
// success *work_p is yours and must go into commit or abandon; on failure nothing is held.
// Errors: CONNECTION, SERIALIZATION (the whole batch may be repeated), IO, CORRUPT.
tmesh_err_t tmesh_store_begin(tmesh_store_t *self, const tmesh_wants_t *wants,
                              tmesh_work_t **work_p);
// Loads more of tasks that this work has locked already: what the first look has shown to be needed
// (a decision needs all steps of its task). Rows that are there keep their changes. After an error
// the work can only be abandoned.
tmesh_err_t tmesh_store_extend(tmesh_store_t *self, const tmesh_wants_t *wants, tmesh_work_t *work);
// Writes all changes, loads what the claims need, commits. A work that changed nothing costs no
// commit. After success the rows in `work` are true; after an error nothing was written. Either
// way the transaction is over, and the work is still yours to destroy.
tmesh_err_t tmesh_store_commit(tmesh_store_t *self, tmesh_work_t *work);
// Ends the transaction without writing; destroys the work. NULL-safe.
void tmesh_store_abandon(tmesh_store_t *self, tmesh_work_t **work_p);

// At the start of a node: everything that an earlier life had claimed or sent gets due_ms with
// TMESH_STEP_DUE_ADOPTION. One transaction; *count_p steps. In a store that nodes share only what is
// nobody's: see tmesh_store_take_over_node.
tmesh_err_t tmesh_store_take_over(tmesh_store_t *self, int64_t due_ms, uint32_t *count_p);
// The earliest due time of any task or step; TMESH_DUE_NONE when there is none.
tmesh_err_t tmesh_store_next_due(tmesh_store_t *self, int64_t *due_ms_p);

// Removes tasks that ended at until_ms or earlier, the oldest first, with all that they have: their
// identities are free, and nobody can tell that they were there. One with a pending entry in the dead
// letter queue stays. Definitions stay. One transaction with at most `limit` tasks; fewer when they
// have very many steps: TMESH_PRUNE_STEPS_MAX, or one task. The caller has no work. *count_p tasks.
tmesh_err_t tmesh_store_prune(tmesh_store_t *self, int64_t until_ms, uint32_t limit,
                              uint32_t *count_p);
// When the oldest task ended that may be pruned; TMESH_DUE_NONE when there is none.
tmesh_err_t tmesh_store_next_prunable(tmesh_store_t *self, int64_t *completed_ms_p);

// ---- Several nodes

// Is this store opened as one of several nodes that may be there? Then it must beat: only who is alive
// may hand out steps.
bool tmesh_store_is_shared(const tmesh_store_t *self);
// Says that this node lives, and learns what the others did: one statement, one round trip. Who has
// been silent for TMESH_BEATS_UNTIL_DEAD periods, in which this node was not, is dead for ever.
// TMESH_ERR_NOT_FOUND: that is said of this node itself. It must end; nothing of it counts any more.
tmesh_err_t tmesh_store_beat(tmesh_store_t *self, const tmesh_beat_request_t *request,
                             tmesh_arena_t *arena, tmesh_beat_reply_t *reply);
// Runs of a node that is dead become this node's, at most those of `limit` steps: due at due_ms with
// TMESH_STEP_DUE_ADOPTION. Tasks that somebody else has locked are left for the next time.
tmesh_err_t tmesh_store_take_over_node(tmesh_store_t *self, tmesh_node_id_t dead, int64_t due_ms,
                                       uint32_t limit, uint32_t *count_p);

// Calls the other nodes, so that they beat sooner. A transaction of its own which makes others that call
// wait, so not for every change. A call may be lost: the beats do without.
tmesh_err_t tmesh_store_call_nodes(tmesh_store_t *self);
// Has another node called since this was last asked? Does not wait for one. One thread.
bool tmesh_store_is_called(tmesh_store_t *self);

// Registers a definition and makes it the current one of its version; a definition with the same
// hash keeps its id (*created_p false). Sets row->id. May be called while this thread has no work.
tmesh_err_t tmesh_store_put_definition(tmesh_store_t *self, tmesh_definition_row_t *row,
                                       const tmesh_queue_row_t *queues, size_t queue_count,
                                       bool *created_p);
// With or without a work of this thread. TMESH_ERR_NOT_FOUND.
tmesh_err_t tmesh_store_load_definition(tmesh_store_t *self, int64_t id, tmesh_arena_t *arena,
                                        tmesh_definition_row_t *row);
// The current definition of every version, without their json, in no order. None is no error.
tmesh_err_t tmesh_store_load_versions(tmesh_store_t *self, const char *namespace_name,
                                      const char *name, tmesh_arena_t *arena,
                                      tmesh_definition_row_t **rows_p, size_t *count_p);

// Namespaces and callables (NULL: the whole namespace) in which nothing new starts. One transaction
// each, while this thread has no work; *changed_p false: it was so before.
tmesh_err_t tmesh_store_put_pause(tmesh_store_t *self, const tmesh_pause_row_t *row,
                                  bool *changed_p);
tmesh_err_t tmesh_store_remove_pause(tmesh_store_t *self, const char *namespace_name,
                                     const char *callable, bool *changed_p);
// By namespace and callable; none is no error.
tmesh_err_t tmesh_store_load_pauses(tmesh_store_t *self, tmesh_arena_t *arena,
                                    tmesh_pause_row_t **rows_p, size_t *count_p);

// Any thread.
tmesh_store_stats_t tmesh_store_stats(const tmesh_store_t *self);
// Can it be written to? Does not wait for whoever writes just now, nor for a database that is somewhere
// else: of that it says what is remembered. Used by health, which has to answer when nothing else does.
tmesh_err_t tmesh_store_ping(tmesh_store_t *self);
// What is remembered of a store that is somewhere else: all who use it note whether it answers. Asks
// nobody and waits for nothing. False: this one is here. Any thread.
bool tmesh_store_absence(const tmesh_store_t *self, tmesh_absence_t *absence);
// Begins a copy of the store in a file that does not exist yet; with `replace` it may, and is then an
// older copy. What was committed before this call is in it. Destroy it before the store. Any thread;
// the caller holds no work. Errors, with *fault_p set (yours) and where "/file": INVALID
// "relative_path", "no_such_folder", "not_a_file", "no_permission", "cannot_write"; CONFLICT
// "file_exists", "file_in_use", "not_a_store", "no_space". Without a fault: the store can not be
// read. A backend that has tools of its own for this refuses with INVALID "backup_unsupported", and
// names them.
tmesh_err_t tmesh_store_open_backup(tmesh_store_t *self, const char *file, bool replace,
                                    tmesh_backup_t **backup_p, tmesh_fault_t **fault_p);

#endif
