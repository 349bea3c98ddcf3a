/*
 * pack.h - the container of a snapshot: a POSIX tar (ustar, by libarchive) of small gzip
 * members, written and read as a stream, so that `-` works as well as a file. dbtwin-snapshot(5)
 * describes the members; this header knows only names and bytes.
 *
 * Writer: members in order, each whole in memory (a chunk: bounded by the caller). A file is
 * written as <path>.partial, fsynced and renamed by pack_finish; pack_abort
 * removes it. An error of write, fsync or close is an error of the call. The file is readable by
 * its owner only. A second writer of the same file is refused; the .partial of a killed run
 * is taken over. The process must ignore SIGPIPE, so that a reader that closes the pipe is an
 * error. Whether "-" is a terminal is for the caller to check.
 * Reader: members in file order. A file that ends early gives ERR_CORRUPT, never a silent end.
 * A name's last part has at most 100 bytes, its folder 155 (POSIX ustar).
 * The prefix is pack_ because libarchive owns archive_.
 * May include: stream, and whoever implements a driver over it.
 */
#ifndef DBTWIN_PACK_H
#define DBTWIN_PACK_H

#include <dbtwin/err.h>
#include <dbtwin/reader.h>

struct pack_writer;
struct pack_reader;

/* path "-" is fd 1. Refuses to overwrite an existing file unless `overwrite`. An existing pipe or
 * device is written to directly. */
bool pack_create(struct pack_writer **ret, const char *path, bool overwrite, struct err *err);
bool pack_write(struct pack_writer *w, const char *name, struct slice bytes,
                struct err *err); /* thread-safe: whole members, serialised inside */
uint64_t pack_written(const struct pack_writer *w);       /* written so far */
bool pack_finish(struct pack_writer *w, struct err *err); /* frees w in any case */
void pack_abort(struct pack_writer *w);                   /* frees w, removes the file */

/*
 * Largest size of a member, packed and unpacked, so that a small file cannot use up all memory.
 * A member with rows holds at least one row (1 GB on PostgreSQL; max_allowed_packet's 1 GB on
 * MySQL and MariaDB, where each byte may be escaped).
 */
#define PACK_ROWS_MAX  (UINT64_C(2304) << 20)
#define PACK_OTHER_MAX (UINT64_C(256) << 20)
#define PACK_MODEL_MAX (UINT64_C(1) << 30) /* the model, unpacked */

/* path "-" is fd 0. */
bool pack_open(struct pack_reader **ret, const char *path, struct err *err);
/* After 0 or -1 only pack_close. Members that are not plain files, and bytes behind the archive's
 * end records other than zeros, are ERR_CORRUPT.
 * 1: *ret_name (valid until the next call) and the whole member appended to *ret_bytes; 0: end. */
int pack_next(struct pack_reader *r, const char **ret_name, struct buf *ret_bytes, struct err *err);
/* How far it is: bytes that were read, of so many (0: not known, as of a pipe). */
void pack_position(const struct pack_reader *r, uint64_t *ret_read, uint64_t *ret_size);
bool pack_is_seekable(const struct pack_reader *r);
bool pack_is_empty(const struct pack_reader *r); /* no byte was read so far */
void pack_close(struct pack_reader *r);

/* gzip of whole buffers: libdeflate where the build found it, else zlib; level 1-9. Both append.
 * pack_gunzip takes one or more members; the result must be exactly expected_len bytes,
 * otherwise ERR_CORRUPT. */
bool pack_gzip(struct slice in, int level, struct buf *ret_out, struct err *err);
bool pack_gunzip(struct slice in, size_t expected_len, struct buf *ret_out, struct err *err);
uint32_t pack_crc32(struct slice in);

/*
 * The compression methods. Both functions append, and take and return one whole member;
 * compress is NULL if the build lacks the library. Levels go from least to most; 0, 0: there are
 * none. The table ends with a row without a name. A damaged member is ERR_CORRUPT; a caller that
 * reads an untrusted file checks its digests first.
 */
struct pack_method {
    const char *name, *suffix; /* suffix: of a member's name; "" is the last row's */
    int least, most, usual;
    bool (*compress)(struct slice in, int level, struct buf *ret_out, struct err *err);
    bool (*expand)(struct slice in, struct buf *ret_out, struct err *err);
    /* What the member says it expands to, which expand believes after a look at its size; false: it
     * does not say. */
    bool (*size)(struct slice in, uint64_t *ret);
    /* The same bytes as expand's, block by block, in bounded memory whatever the member says. */
    struct reader *(*unfold)(struct reader *in);
};
extern const struct pack_method pack_methods[];
/* "gzip", "zstd:5", "none"; ERR_USAGE with the choices. */
bool pack_method_parse(const char *text, const struct pack_method **ret, int *ret_level,
                       struct err *err);
const struct pack_method *pack_method_of(const char *name); /* by its ending; never NULL */
#endif
