/*
 * archive.h - the snapshot file as a place that rows come from or go to.
 *
 * dbtwin-snapshot(5) describes the members: dbtwin.json, model.xml.gz, for each table
 * data/NNNNN-name/table.json and data/NNNNN-name/NNNNNN.(copy|tsv)[.gz|.zst], manifest.json last.
 * Only src/driver/archive includes this.
 */
#ifndef DRIVER_ARCHIVE_H
#define DRIVER_ARCHIVE_H

#include <dbtwin/driver.h>
#include <dbtwin/json.h>
#include <dbtwin/pack.h>

#include <pthread.h>

/* Format 2 is 1 with rows that are compressed otherwise than by gzip. */
enum { ARCHIVE_FORMAT_GZIP = 1, ARCHIVE_FORMAT = 2, ARCHIVE_MEMBER_BYTES = 2 * 1024 * 1024 };

/* One member, as the manifest lists it and as it was found; rows and bytes are of data members. */
struct archive_member {
    const char *name;
    uint64_t rows, bytes, size; /* size: as it stands in the file, compressed */
    char sha256[65];
    bool data;
    bool read; /* its rows were taken out: rows and bytes are known */
};

/* source.c */
bool archive_open(const struct endpoint *e, enum driver_role role, const struct source_options *o,
                  struct session **ret, struct err *err);
void archive_close(struct session *s);
bool archive_facts(struct session *s, struct arena *a, struct server_facts *ret, struct err *err);
bool archive_snapshot(struct session *const *sessions, unsigned n, struct arena *a,
                      struct snapshot_info *ret, struct err *err);
bool archive_introspect(struct session *s, struct model *m, struct err *err);
int archive_next_chunk(struct session *s, struct chunk *ret, struct err *err);
bool archive_source_done(struct session *s, struct err *err);
bool archive_scan(struct session *s, const struct chunk *c, struct reader **ret, struct err *err);

/* target.c */
bool archive_target_open(const struct endpoint *e, const struct target_options *o,
                         struct target **ret, struct err *err);
bool archive_target_prepare(struct target *t, const struct model *m, struct err *err);
bool archive_target_session(struct target *t, struct session **ret, struct err *err);
bool archive_target_publish(struct target *t, const struct mark *mark, struct err *err);
void archive_target_close(struct target *t);
bool archive_load(struct session *s, const struct chunk *c, struct reader *in, uint64_t *ret_rows,
                  struct err *err);

/* archive.c: the manifest's last value is the digest of all text before it. */
extern const char archive_seal[];
void archive_seal_add(struct buf *manifest); /* to a JSON object that ends in "}" */
bool archive_seal_holds(struct slice manifest);

struct session {
    struct arena arena;    /* where the session lives too */
    struct target *target; /* TARGET */
    /* SOURCE: all below, and the arena, under the lock once chunks are taken */
    struct endpoint at;
    bool count;                       /* source_options.count */
    struct source_progress *progress; /* source_options.progress */
    pthread_mutex_t lock;
    struct pack_reader *pack;
    struct json *header;
    struct buf model_gz, manifest;
    struct model *model;     /* the caller's, from introspect on */
    struct object **objects; /* its objects then: the file means them by their places */
    uint32_t n_objects;
    struct projection *projection; /* of the table whose members are being read */
    const char *folder;            /* that table's folder, with its last slash */
    uint64_t members;              /* read so far */
    struct vec found;              /* struct archive_member * */
    char identity[65];             /* digest of the manifest, "" while it is not known */
    struct map tables;             /* folder → its projection */
    bool ended;
};
#endif
