// bin/taskmeshd/notify.h - tells systemd how the daemon is, as sd_notify(3) does.
#ifndef TMESH_BIN_TASKMESHD_NOTIFY_H
#define TMESH_BIN_TASKMESHD_NOTIFY_H

// "READY=1" and the like, to whoever started us with NOTIFY_SOCKET; nobody else hears of it. What can
// not be told is lost: it is a courtesy.
void tmesh_notify(const char *state);

#endif
