// services/config/redact.h - a store's URL as it may be shown: without its password.
#ifndef TMESH_SERVICES_CONFIG_REDACT_H
#define TMESH_SERVICES_CONFIG_REDACT_H

// A copy, yours: "postgresql://user:***@host/db", and *** behind every "password=". Any other text
// stays as it is.
char *tmesh_config_redact(const char *url);

#endif
