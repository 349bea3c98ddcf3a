/*
 * fuzz.h - what every fuzz target has: a function that takes any bytes, and must neither crash,
 * hang, leak nor break a promise that its room makes.
 *
 * Built with -Dfuzz=true and clang a target is driven by libFuzzer
 * (https://llvm.org/docs/LibFuzzer.html); built by default it takes files and folders as arguments
 * and tries each file in them: what was found once stays found. README.md says how to run either.
 */
#ifndef DBTWIN_FUZZ_H
#define DBTWIN_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A promise of the room; says which, and ends the process by SIGABRT. */
#define FUZZ_MUST(promise) fuzz_must((promise), #promise, __FILE__, __LINE__)
void fuzz_must(int holds, const char *promise, const char *file, int line);

/* The bytes as a file: a path that is good until fuzz_file_end(fd). */
int fuzz_file(const uint8_t *data, size_t size, char *ret_path, size_t room);
void fuzz_file_end(int fd);

#endif
