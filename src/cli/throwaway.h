/*
 * throwaway.h - a database server that dbtwin starts for itself from the installed programs, and
 * stops and deletes at its end. It lives in a folder of its own below TMPDIR, listens at a socket
 * there and nowhere else, and syncs nothing to disk. Only src/cli includes this.
 *
 * What is loaded into it may be a stranger's: it is reached as a role that is no superuser, has no
 * right on files of the server's machine and may run no program there. Started by root it runs as
 * the user nobody. If dbtwin is killed the server ends with it, and the next run deletes the
 * folder: what lies in a folder whose lock nobody holds is nobody's.
 */
#ifndef CLI_THROWAWAY_H
#define CLI_THROWAWAY_H

#include <dbtwin/driver.h>

#include <sys/types.h>

struct throwaway {
    struct arena *arena; /* of the texts; not owned */
    const char *folder;  /* NULL: there is none */
    int lock;            /* while folder is not NULL */
    pid_t pid;           /* 0: it does not run */
    unsigned flavor, version;
    const char *url;   /* where scratch databases are made, as the role that has no rights else */
    const char *admin; /* PostgreSQL: as the superuser */
};

/* What is to be loaded: of these flavors (an ENGINE_… mask, the better one first), and, where
 * release is not 0, of a server of that release (engine.h). */
struct throwaway_wish {
    unsigned flavor, others;
    unsigned release;
};
/* Closed by throwaway_close in any case. ERR_USAGE where no such server is installed. Cost: about a
 * second. */
bool throwaway_open(struct throwaway *t, const struct throwaway_wish *wish, struct arena *a,
                    struct err *err);
void throwaway_close(struct throwaway *t);
/* Makes a role that SQL names, without any right; the loading role becomes a member. */
bool throwaway_role(const struct throwaway *t, const char *name, struct err *err);

/* throwaway_programs.c: the installed servers. */
struct throwaway_program {
    unsigned flavor, version; /* 150020, 101119, 90704 */
    const char *path;         /* of postgres, mariadbd or mysqld */
};
/* The one that suits best; looks in DBTWIN_SCRATCH_PATH, or else where packages put servers and in
 * PATH. */
bool throwaway_find(const struct throwaway_wish *wish, struct arena *a,
                    struct throwaway_program *ret, struct err *err);
/* The flavors of which a server is installed, a mask. */
unsigned throwaway_installed(struct arena *a);
/* "PostgreSQL 15.20 (Debian …)" or "mysqld  Ver 10.11.19-MariaDB…": flavor and version; for tests,
 * too. */
bool throwaway_version(const char *text, struct throwaway_program *ret);

/* throwaway_folder.c: makes t->folder and its lock. Within it server/ is the server's, who may be
 * another user. */
struct throwaway_user {
    bool other; /* than ourselves */
    uid_t uid;
    gid_t gid;
};
bool throwaway_folder_make(struct throwaway *t, const struct throwaway_user *u, struct err *err);
/* A file of that name in it with the server's pid, for the run that finds it. */
bool throwaway_folder_note(const struct throwaway *t, struct err *err);
void throwaway_folder_remove(struct throwaway *t);
/* Ends and deletes what killed runs left. */
void throwaway_folder_sweep(struct arena *a);

#endif
