// tests/support/postgres_cluster.h - a PostgreSQL of the test's own: a new cluster in a temporary folder,
// reached by a Unix socket in it. It ends, and its files go, when the test program ends, however that is.
#ifndef TMESH_TESTS_SUPPORT_POSTGRES_CLUSTER_H
#define TMESH_TESTS_SUPPORT_POSTGRES_CLUSTER_H

// The URL of a new, empty database; yours. The first call starts the cluster.
char *tmesh_postgres_cluster_new_database(void);

// Ends the server at once, as if its machine had failed, and starts it again on the same files.
void tmesh_postgres_cluster_crash(void);

#endif
