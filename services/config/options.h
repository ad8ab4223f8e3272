// services/config/options.h - the one list of everything that can be set.
// It becomes the struct, the parser's table and conf/taskmesh.conf; nothing else names an option.
#ifndef TMESH_SERVICES_CONFIG_OPTIONS_H
#define TMESH_SERVICES_CONFIG_OPTIONS_H

// SECTION(title)
// TEXT(name, default, why)
// NUMBER(name, default, smallest, largest, why)
// WORD(name, default, allowed words between bars, why)
// SWITCH(name, default, why)
#define TMESH_CONFIG_OPTIONS(SECTION, TEXT, NUMBER, WORD, SWITCH)                                  \
    SECTION("Where it lives")                                                                      \
    TEXT(store, "sqlite:taskmesh.db",                                                              \
         "The truth: sqlite:FILE, postgresql://HOST/DATABASE, or sqlite::memory: to forget it all.") \
    TEXT(bind, "tcp://127.0.0.1:7717",                                                             \
         "Where clients and workers connect; several, separated by commas.")                       \
    TEXT(publish, "tcp://127.0.0.1:7718",                                                          \
         "Where events are published; several, separated by commas; empty: nowhere.")              \
    SWITCH(allow_insecure_bind, false,                                                             \
           "Nothing is encrypted yet, so addresses outside loopback and ipc are refused.")         \
    TEXT(templates, "",                                                                            \
         "A folder of templates (.yaml, .yml, .json) registered at start; empty: none.")           \
    TEXT(environment, "",                                                                          \
         "Which of a template's environments applies at registration; empty: none.")               \
    TEXT(node_name, "",                                                                            \
         "Nodes at one database have one each, or the newer ends the elder; empty: the host name.") \
    SECTION("What it says")                                                                        \
    WORD(log_level, "info", "debug|info|warning|error|off",                                        \
         "Less is quicker to read, debug shows every message.")                                    \
    WORD(log_format, "text", "text|json",                                                          \
         "text for people, json (one object per line) for programs.")                              \
    SECTION("Workers")                                                                             \
    NUMBER(heartbeat_ms, 1000, 100, 60000,                                                         \
           "How often a worker reports when it has nothing else to say; HELLO may ask otherwise.") \
    NUMBER(lost_after_ms, 3000, 200, 600000,                                                       \
           "Silence after which a worker is lost; at least two heartbeats, or hiccups cost work.") \
    NUMBER(hand_off_ms, 5000, 100, 600000,                                                         \
           "A claim that is not recorded as sent by then is handed out again.")                    \
    NUMBER(note_sent_after_ms, 100, 0, 10000,                                                      \
           "Sends without a quick result are recorded after this; longer saves commits.")          \
    NUMBER(unclaimed_warning_ms, 600000, 1000, 86400000,                                           \
           "A step that no worker has taken for this long is reported.")                           \
    SECTION("Tasks")                                                                               \
    NUMBER(stale_waiting_for_dependencies_ms, 3600000, 0, 31536000000,                             \
           "A task to which nothing happens for this long is stale; its template may say otherwise.") \
    NUMBER(stale_waiting_for_retry_ms, 1800000, 0, 31536000000,                                    \
           "The same while it waits for a retry; 0: never.")                                       \
    NUMBER(stale_steps_in_process_ms, 1800000, 0, 31536000000,                                     \
           "The same while steps are enqueued that nobody runs; 0: never.")                        \
    SWITCH(staleness_dry_run, false,                                                               \
           "Only logs which tasks are stale: to find thresholds before they have effect.")         \
    NUMBER(retention_ms, 0, 0, 315360000000,                                                       \
           "Tasks that ended so long ago are removed, unless the DLQ still has them; 0: never.")   \
    NUMBER(retention_batch, 100, 1, 10000,                                                         \
           "How many of them in one transaction; others wait for its end.")                        \
    SECTION("Steps")                                                                               \
    NUMBER(step_timeout_default_ms, 3600000, 0, 31536000000,                                       \
           "For one attempt, where the template sets no timeout_seconds; 0: none.")                \
    SWITCH(retry_jitter, true,                                                                     \
           "15 % either way, so that what failed together does not come back together.") \
    SECTION("Limits")                                                                              \
    NUMBER(message_bytes_max, 16777216, 65536, 1073741824,                                         \
           "A larger message ends its sender's connection, before it costs memory.")               \
    NUMBER(result_bytes_max, 1048576, 1024, 1073741824,                                            \
           "A larger result fails its step with result_too_large: it would be read again often.")  \
    NUMBER(ancestor_bytes_max, 262144, 0, 16777216,                                                \
           "Results of far ancestors that go with a run; a worker asks for the rest by name.")     \
    NUMBER(mailbox_limit, 10000, 100, 1000000,                                                     \
           "Messages that may wait for one actor; beyond it clients are told 503.")                \
    NUMBER(mailbox_bytes_max, 268435456, 1048576, 1099511627776,                                   \
           "What all commands under way may take together; beyond it clients are told 503.")       \
    NUMBER(peer_unread_messages_max, 1000, 1, 1000000,                                             \
           "Messages of a connection that nobody has looked at yet; beyond it its peer waits.")   \
    NUMBER(peer_queue_messages_max, 1000, 1, 1000000,                                              \
           "Answers kept for a peer that does not read; beyond it they are dropped.")              \
    NUMBER(peer_queue_bytes_max, 67108864, 65536, 4294967296,                                      \
           "The same in bytes, since messages differ in size.")                                    \
    SECTION("The node")                                                                            \
    NUMBER(stop_timeout_ms, 10000, 0, 600000,                                                      \
           "At the end, how long results of running steps are still awaited.")                     \
    NUMBER(restarts_max, 3, 0, 16,                                                                 \
           "An actor that breaks more often within restart_window_ms stops the node.")             \
    NUMBER(restart_window_ms, 60000, 1000, 3600000,                                                \
           "See restarts_max.")                                                                    \
    NUMBER(stuck_after_ms, 5000, 100, 600000,                                                      \
           "An actor that is busy with one batch for this long is named by health.")               \
    NUMBER(sqlite_checkpoint_pages, 8192, 100, 1000000,                                            \
           "Pages of write-ahead log between checkpoints: larger is faster, and longer to recover.") \
    SECTION("For tests only")                                                                      \
    NUMBER(lose_tells_percent, 0, 0, 100,                                                          \
           "Drops this share of messages between actors; due times must make up for each.")

#endif
