// taskmesh task watch: the tree of steps on a terminal, a line per event elsewhere.
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bin/taskmesh/events.h"
#include "bin/taskmesh/graph_view.h"
#include "bin/taskmesh/screen.h"
#include "bin/taskmesh/table.h"
#include "runtime/base/memory.h"

enum {
    CLOCK_MS = 1000, // the times of running steps go on
    FRAME_MS = 100,  // a task of many events is not drawn more often
    TEXT_BYTES = 64,
};

typedef struct {
    cli_reading_t reading;
    cli_screen_t screen;
    tmesh_answer_t *task; // as it was last seen, with its steps
    bool is_stale;        // something has happened since
    bool is_silent;       // the server does not answer
} watch_t;

static int judge(const cli_reading_t *reading)
{
    if (strcmp(reading->status, "complete") == 0) return CLI_EXIT_OK;
    (void)cli_fail("the task is not complete: %s", reading->status);
    return CLI_EXIT_NOT_COMPLETE;
}

// ---- The picture --------------------------------------------------------------------------------

static void write_progress(const tmesh_answer_t *task, tmesh_buffer_t *out)
{
    tmesh_buffer_printf(out, "%" PRId64 " of %" PRId64 " steps complete",
                        tmesh_answer_integer(task, "/completed_steps", 0),
                        tmesh_answer_integer(task, "/total_steps", 0));
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    int64_t now_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
    int64_t until_ms = tmesh_answer_integer(task, "/completed_at", now_ms);
    char text[TEXT_BYTES];
    cli_duration_text(until_ms - tmesh_answer_integer(task, "/created_at", until_ms), text,
                      sizeof text);
    tmesh_buffer_printf(out, "  %s\n", text);
}

static void write_frame(const watch_t *self, tmesh_buffer_t *out)
{
    tmesh_auto(tmesh_arena) arena = tmesh_arena_new();
    tmesh_picture_t picture = cli_picture_of_task_short(self->task, arena);
    tmesh_buffer_printf(out, "%s\n", picture.title);
    write_progress(self->task, out);
    tmesh_buffer_add_text(out, "\n");
    tmesh_picture_write_text(&picture, cli_picture_glyphs(), out);
    if (self->is_silent) {
        tmesh_buffer_add_text(out, "\nthe server does not answer, trying again\n");
    }
}

static void draw(watch_t *self)
{
    if (!self->task) return;
    tmesh_auto(tmesh_buffer) frame = tmesh_buffer_new();
    write_frame(self, frame);
    cli_screen_draw(&self->screen, tmesh_buffer_text(frame));
}

static void on_silence(void *object)
{
    watch_t *self = object;
    self->is_silent = true;
    draw(self);
}

// One that can not be had stays stale: the next turn asks again.
static void refresh(watch_t *self)
{
    tmesh_answer_t *task =
        tmesh_client_get(self->reading.client, self->reading.task_uuid, TMESH_INCLUDE_STEPS);
    if (tmesh_answer_is_ok(task)) {
        tmesh_answer_t *before = self->task;
        self->task = task;
        task = before;
        self->is_stale = false;
    }
    tmesh_answer_destroy(&task);
}

static int watch_on_screen(watch_t *self)
{
    self->is_stale = true;
    bool is_over = false;
    while (!is_over) { // ends when the task is settled, or the server is gone
        tmesh_answer_t *answer = NULL;
        int code = cli_reading_next(&self->reading, CLOCK_MS, &answer);
        if (code != CLI_GO_ON) return code;
        self->is_silent = false;
        bool is_news = tmesh_answer_count(answer, "/events") > 0;
        is_over = cli_reading_is_over(&self->reading, answer);
        tmesh_answer_destroy(&answer);
        if (is_news || self->is_stale) refresh(self);
        draw(self);
        if (is_news && !is_over) (void)poll(NULL, 0, FRAME_MS);
    }
    if (self->task) {
        tmesh_auto(tmesh_buffer) frame = tmesh_buffer_new();
        write_frame(self, frame);
        cli_screen_finish(&self->screen, tmesh_buffer_text(frame));
    }
    return CLI_EXIT_OK;
}

// ---- The command --------------------------------------------------------------------------------

static int watch(const cli_t *cli, watch_t *self)
{
    if (!cli->as_json && cli_screen_is_there()) {
        self->reading.on_silence = on_silence;
        self->reading.context = self;
        return watch_on_screen(self);
    }
    int code = cli_reading_follow(&self->reading, cli->as_json);
    if (code == CLI_EXIT_OK && !cli->as_json) {
        printf("task %s %s\n", self->reading.task_uuid, self->reading.status);
    }
    return code;
}

int cli_task_watch(cli_t *cli)
{
    cli_duration_t give_up = {.ms = CLI_GIVE_UP_MS};
    const cli_option_t options[] = {
        {"give-up", CLI_OPTION_SECONDS, &give_up, "SECONDS",
         "when the server has been silent for so long; default 60"},
    };
    int code = cli_parse(cli, options, TMESH_COUNT_OF(options), 1, 1);
    if (code != CLI_GO_ON) return code;
    tmesh_client_t *client = cli_connect(cli);
    if (!client) return CLI_EXIT_FAILED;
    watch_t self = {.reading = {.client = client,
                                .task_uuid = cli->positionals[0],
                                .give_up_ms = give_up.ms}};
    code = watch(cli, &self);
    if (code == CLI_EXIT_OK) code = judge(&self.reading);
    tmesh_answer_destroy(&self.task);
    tmesh_client_close(&client);
    return code;
}
