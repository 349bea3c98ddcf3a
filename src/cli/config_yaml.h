/*
 * config_yaml.h - one YAML document of a file, in which nothing can hide: no key stands twice in a
 * mapping, there is no second document, no merge key, no alias that contains itself, and it is
 * bounded in size, depth and aliases. Time grows with the size, whatever is in it; an interrupt is
 * heard. Only config.c includes this.
 */
#ifndef CLI_CONFIG_YAML_H
#define CLI_CONFIG_YAML_H

#include <dbtwin/base.h>
#include <dbtwin/err.h>

#include <sys/stat.h>
#include <yaml.h>

/* Appends the file. ERR_USAGE: it cannot be read, or is too large. */
bool config_yaml_read(const char *path, struct buf *ret, struct stat *ret_st, struct err *err);
/* On success the caller deletes the document, whose root is NULL where the file says nothing. */
bool config_yaml_load(const char *path, struct slice text, yaml_document_t *ret, struct err *err);
#endif
