/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "die.h"
#include "ns-exec.h"

static void write_map(
	pid_t pid, const char *file, const struct id_maps *maps, uint32_t self)
{
	char path[64], text[MAPS_MAX * 36 + 1];
	size_t length = 0;

	snprintf(path, sizeof path, "/proc/%d/%s", pid, file);
	if (!maps->count)
		length = (size_t)snprintf(text, sizeof text, "0 %u 1\n", self);
	for (int i = 0; i < maps->count; i++)
		length += (size_t)snprintf(text + length, sizeof text - length,
			"%u %u %u\n", maps->rows[i].inside, maps->rows[i].outside,
			maps->rows[i].count);
	write_whole(path, text);
}

/* From the parent namespace, for the process that is PID here. */
void write_maps(const struct request *request, pid_t pid)
{
	char path[64];

	/* Without CAP_SETGID in the parent namespace the kernel wants setgroups(2) shut
	 * first: else a group that is there to deny access could be dropped
	 * (user_namespaces(7)). */
	if (!(permitted_caps() & CAP(SETGID))) {
		snprintf(path, sizeof path, "/proc/%d/setgroups", pid);
		write_whole(path, "deny");
	}
	write_map(pid, "gid_map", &request->gids, getegid());
	write_map(pid, "uid_map", &request->uids, geteuid());
}

/* In the namespace, once it has its maps: become its root. */
void become_root(void)
{
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		die_errno("become root of the user namespace", NULL);
}

void send_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		die_errno("tell the other side", NULL);
}

/* False if the other side has gone: it has said why. */
bool receive_byte(int fd)
{
	char byte;
	ssize_t got;

	do
		got = read(fd, &byte, 1);
	while (got < 0 && errno == EINTR);
	return got == 1;
}

/* A process that has unshared its user namespace lacks the right to write a map of more
 * than itself: a child that stays behind does it. */
void unshare_user(const struct request *request)
{
	int pair[2], status;
	pid_t child, self = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		die_errno("make a socket pair", NULL);
	child = fork();
	if (child < 0)
		die_errno("fork", NULL);
	if (!child) {
		close(pair[0]);
		if (!receive_byte(pair[1]))
			_exit(EXIT_TOOL);
		write_maps(request, self);
		_exit(0);
	}
	close(pair[1]);
	if (unshare(CLONE_NEWUSER))
		die_namespaces(request);
	/* The new namespace made us dumpable by nobody; our files in /proc must be ours
	 * for the child to write them, until they are written. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die_errno("become dumpable", NULL);
	send_byte(pair[0]);
	close(pair[0]);
	if (waitpid(child, &status, 0) != child || status)
		exit(EXIT_TOOL);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		die_errno("become undumpable", NULL);
	become_root();
}
