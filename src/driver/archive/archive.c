#include "archive.h"

#include <string.h>

const char archive_seal[] = ",\n \"sha256\": \"";

void archive_seal_add(struct buf *manifest)
{
    char hex[65];
    while (manifest->len && strchr("}\n", manifest->data[manifest->len - 1]))
        buf_setlen(manifest, manifest->len - 1);
    hash_sha256_hex(manifest->data, manifest->len, hex);
    buf_addf(manifest, "%s%s\"\n}", archive_seal, hex);
}

bool archive_seal_holds(struct slice manifest)
{
    enum { HEX = 64 };
    char hex[HEX + 1];
    size_t seal = strlen(archive_seal), tail = seal + HEX + strlen("\"\n}\n");
    if (manifest.len < tail)
        return false;
    const char *at = manifest.data + manifest.len - tail;
    hash_sha256_hex(manifest.data, manifest.len - tail, hex);
    return memcmp(at, archive_seal, seal) == 0 && memcmp(at + seal, hex, HEX) == 0 &&
           memcmp(at + seal + HEX, "\"\n}\n", tail - seal - HEX) == 0;
}

static const struct source_ops source_ops = {
    .open = archive_open,
    .close = archive_close,
    .facts = archive_facts,
    .snapshot = archive_snapshot,
    .introspect = archive_introspect,
    .scan = archive_scan,
    .next_chunk = archive_next_chunk,
    .done = archive_source_done,
};

static const struct target_ops target_ops = {
    .open = archive_target_open,
    .close = archive_target_close,
    .prepare = archive_target_prepare,
    .session = archive_target_session,
    .load = archive_load,
    .publish = archive_target_publish,
};

const struct driver driver_archive = {
    .name = "archive",
    .url_schemes = (const char *const[]){NULL},
    .flavors = 0,
    .load_bytes = 128 * 1024 * 1024,
    .source = &source_ops,
    .target = &target_ops,
};
