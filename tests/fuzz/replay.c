/* Tries files, each once; folders stand for the files in them. TAP on stdout. */
#include "fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { MAX_FILE = 8 << 20 };

static int tried;

static void try_file(const char *path)
{
    FILE *f = fopen(path, "re");
    uint8_t *bytes = malloc(MAX_FILE);
    size_t n = f && bytes ? fread(bytes, 1, MAX_FILE, f) : 0;
    uint8_t *exact = malloc(n ? n : 1); /* so that one byte too far is seen by ASan */

    if (!f || !bytes || !exact)
        exit(2);
    memcpy(exact, bytes, n);
    free(bytes);
    fclose(f);
    printf("# %s\n", path);
    fflush(stdout);
    LLVMFuzzerTestOneInput(exact, n);
    free(exact);
    printf("ok %d - %s\n", ++tried, strrchr(path, '/') ? strrchr(path, '/') + 1 : path);
}

static void try_path(const char *path)
{
    struct stat st;
    DIR *d;

    if (stat(path, &st) != 0) {
        printf("Bail out! no %s\n", path);
        exit(2);
    }
    if (!S_ISDIR(st.st_mode)) {
        try_file(path);
        return;
    }
    d = opendir(path);
    for (struct dirent *e; d && (e = readdir(d));) {
        char inner[4096];

        if (e->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, e->d_name);
        try_path(inner);
    }
    if (d)
        closedir(d);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        try_path(argv[i]);
    printf("1..%d\n", tried);
    return tried == 0;
}
