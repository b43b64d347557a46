/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The state of containers: plain files, nothing resident.
 *
 *	ROOT/containers/ID/  values, one a file, and what the container is made of
 *	ROOT/names/NAME      the ID of the container that has this name
 *	ROOT/trash/          what is being deleted
 *	RUN/locks/ID         locked with flock(2) by whoever runs the container
 *
 * A container lives exactly as long as its lock is held, and the kernel gives the lock
 * up when its last holder ends, however it ends. So a lock that is free, of a container
 * without the value "finished", belongs to one whose supervisor was killed: the next
 * command ends it properly.
 *
 * A name is a second link of the container's value "id". link(2) never replaces, so
 * making it takes the name, from one of two who want it at once too; and it has its
 * content from the beginning. (A symbolic link would do, but one that is longer than 59
 * bytes takes a block of its own, and removing that takes milliseconds on ext4 without
 * a journal.)
 *
 * Whoever changes an existing container holds its lock, and has made sure after locking
 * that the file is still the one at that path. Whoever takes an existing name away
 * holds a lock on the directory of names meanwhile; whoever takes a free name needs
 * none. */

enum {
	ID_LENGTH = 64,
	NAME_LENGTH = 128,
	VALUE_SIZE = 4096, /* a value with its newline is at most so long */
	KILLED = 137, /* how a container ended that was ended for its supervisor */
};

struct state {
	int root;
	int run;
};

/* Open the state below these directories, made (0700) where they are missing. Dies, also
 * if others may write to one. */
struct state open_state(const char *root, const char *run);

bool is_id(const char *text); /* 64 digits, 0 to 9 and a to f */
bool is_name(const char *text); /* [a-zA-Z0-9][a-zA-Z0-9_.-]*, at most NAME_LENGTH */

/* As parse.h's functions do: die if WHAT is not such. */
const char *parse_container_id(const char *what, const char *text);
const char *parse_container_name(const char *what, const char *text);

/* The directory of container ID; -1 and errno. */
int open_container(const struct state *state, const char *id);

/* Read the value NAME of the container open as DIRECTORY, without its last newline. Never
 * follows a link. False and errno: ENOENT, EFBIG for what does not fit. */
bool read_value(int directory, const char *name, char *text, size_t size);
bool has_value(int directory, const char *name);

/* Write it, newline added, under a temporary name, then rename. -1 and errno. */
int write_value(int directory, const char *name, const char *text);

/* Now, as RFC 3339 in UTC with nanoseconds. */
void format_now(char *text, size_t size);

/* Which container TEXT means: a whole ID, else a name, else the beginning of one ID only.
 * ID (of ID_LENGTH + 1 bytes) gets it. Otherwise ENOENT, or EEXIST where several begin
 * so. */
int find_container(const struct state *state, const char *text, char *id);

/* Whether somebody holds the lock of container ID. */
bool is_alive(const struct state *state, const char *id);

/* Lock container ID, waiting at most PATIENCE milliseconds: the fd of the lock, or -1 and
 * errno, EWOULDBLOCK if it is held. The lock file is made where it is missing. */
int claim_container(const struct state *state, const char *id, int patience);

/* Lock the file that is already open as FD, and see that it is the lock file of container
 * ID. -1 and errno, EWOULDBLOCK if another process holds it, ESTALE if it is another
 * file. */
int claim_with(const struct state *state, const char *id, int fd);

/* The same, dying with what is wrong: for an fd that the shell has opened. */
void claim_inherited(const struct state *state, const char *id, int fd);

/* Remove the lock file of a container that the caller has claimed. */
void drop_lock(const struct state *state, const char *id);

/* The rest need the claim. */

/* Kill what is left in the container's cgroup (a program without a pid namespace of its
 * own may have left something), and remove that. False with a message if it cannot be:
 * then the lock file must stay, so that the next command tries again. */
bool end_group(int directory);

/* The same, then write down how the container ended, unless that is written already. */
bool end_container(int directory, int exit_code);

/* Remove container ID, open as DIRECTORY, with its name. False with a message if
 * something of it is left, in the trash. */
bool remove_container(const struct state *state, const char *id, int directory);

/* Take NAME from container ID, if it (still) has it; with NULL, if it is nobody's: not an
 * ID. */
void release_name(const struct state *state, const char *name, const char *id);

/* The ID of the container that has NAME, which need not exist; -1 and errno, EUCLEAN if
 * it is damaged. */
int read_name(const struct state *state, const char *name, char *id);

/* A container is built as a directory of another name, which becomes it when it is
 * complete. The first returns it, open, -1 and errno. */
int make_unfinished(const struct state *state, const char *id);
/* Give it NAME; its value "id" must be there. EEXIST if another container has that name.
 */
int take_name(const struct state *state, const char *name, const char *id);

int finish_container(const struct state *state, const char *id);
bool discard_unfinished(const struct state *state, const char *id);

/* Whether such a half-made directory of ID is there. */
bool has_unfinished(const struct state *state, const char *id);
