/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "tool.h"

/* What the command line of ns-exec asks for, and the acts that its files share. All of
 * them die on failure. */

enum {
	JOINS_MAX = 8,
	HOLDS_MAX = 8,
	MAPS_MAX = 16,
};

struct id_map {
	uint32_t inside, outside, count;
};

struct id_maps {
	struct id_map rows[MAPS_MAX];
	int count;
};

struct request {
	int flags; /* CLONE_NEW* */
	const char *joins[JOINS_MAX];
	int join_count;
	bool join_pid;
	int holds[HOLDS_MAX];
	int hold_count;
	int pid_to; /* -1: nobody wants to know */
	pid_t parent;
	bool detach;
	unsigned timeout; /* seconds; 0: any time */
	const char *hostname, *domainname;
	unsigned long propagation; /* MS_*, 0: unchanged */
	struct id_maps uids, gids;
	const char *monotonic, *boottime;
};

/* spaces.c: making namespaces, and what can only be said from inside. */

/* Making the namespaces failed: errno says how, and the request tells the likely cause.
 */
_Noreturn void die_namespaces(const struct request *request);

/* Join what the request gives by path; notes whether that was a pid namespace. */
void join_namespaces(struct request *request);

/* Propagation of mounts, host and domain name. */
void arrange_inside(const struct request *request);

/* A time namespace, with its offsets, for later children. */
void unshare_time(const struct request *request);

/* Enter the one that was unshared. */
void enter_time(void);

/* Write TEXT to a file of procfs. */
void write_whole(const char *path, const char *text);

/* users.c: user namespaces and their maps. */

/* Write the maps of process PID; called in the parent of its user namespace. */
void write_maps(const struct request *request, pid_t pid);

/* Become root of the user namespace, once it has its maps. */
void become_root(void);

/* Move this process into a new user namespace, as its root. */
void unshare_user(const struct request *request);

/* One byte through a socket, to say "go on"; false if the other side has gone. */
void send_byte(int fd);
bool receive_byte(int fd);

/* supervise.c: a pid namespace and its three processes. */

/* Die with the parent, which is the one that the request names, if it names one. */
void check_parent(const struct request *request);

/* Ask the kernel to end this process with its parent. If the pidfd of it (-1: none) says
 * that it has gone meanwhile, end at once. */
void die_with_parent(int parent_pidfd);

/* fork, into new namespaces (CLONE_NEW*). -1 and errno on failure. */
pid_t clone_process(uint64_t flags);

/* Start the program in a new pid namespace, wait, and end as it did. */
_Noreturn void supervise_program(const struct request *request,
	const struct common *common, char *const arguments[]);

/* Start it in the pid namespace that was joined, and end with its status. No guard. */
_Noreturn void supervise_joined(const struct request *request,
	const struct common *common, char *const arguments[]);

/* Start it and end at once: for an engine that is a subreaper and waits itself. No
 * supervisor, no guard, no death with the parent. */
_Noreturn void detach_program(const struct request *request, const struct common *common,
	char *const arguments[]);
