/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "fds.h"
#include "ns-exec.h"
#include "sys.h"
#include "wait.h"

/* The program's first words to its supervisor: who it is. The PID travels as credentials,
 * since the kernel translates those between pid namespaces; the pidfd makes signals reach
 * no other. */
static void introduce(int socket)
{
	int self = sys_pidfd_open(getpid());
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof self)];
	} control = { 0 };
	char nothing = 0;
	struct iovec byte = { &nothing, 1 };
	struct msghdr message = { .msg_iov = &byte,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };

	if (self < 0)
		die_errno("open a pidfd of", "the program");
	control.header.cmsg_level = SOL_SOCKET;
	control.header.cmsg_type = SCM_RIGHTS;
	control.header.cmsg_len = CMSG_LEN(sizeof self);
	memcpy(CMSG_DATA(&control.header), &self, sizeof self);
	if (sendmsg(socket, &message, 0) != 1)
		die_errno("tell the supervisor", NULL);
	close(self);
}

/* -1 if the program ended before it could say anything; else its pidfd, and its PID here.
 */
static int meet(int socket, pid_t *pid)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int)) + CMSG_SPACE(sizeof(struct ucred))];
	} control = { 0 };
	char byte;
	struct iovec text = { &byte, 1 };
	struct msghdr message = { .msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct ucred credentials = { 0 };
	int pidfd = -1;
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && errno == EINTR);
	if (got != 1)
		return -1;
	for (struct cmsghdr *part = CMSG_FIRSTHDR(&message); part;
		part = CMSG_NXTHDR(&message, part)) {
		if (part->cmsg_type == SCM_RIGHTS)
			memcpy(&pidfd, CMSG_DATA(part), sizeof pidfd);
		else if (part->cmsg_type == SCM_CREDENTIALS)
			memcpy(&credentials, CMSG_DATA(part), sizeof credentials);
	}
	*pid = credentials.pid;
	return pidfd;
}

static void report_pid(int fd, pid_t pid)
{
	if (fd < 0)
		return;
	if (dprintf(fd, "%d\n", pid) < 0)
		die_errno("write the PID", NULL);
	close(fd);
}

/* Ask the kernel to end us with our parent, and see that it has not gone meanwhile. */
void die_with_parent(int parent_pidfd)
{
	struct pollfd gone = { .fd = parent_pidfd, .events = POLLIN };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		die_errno("ask to die with the parent", NULL);
	if (parent_pidfd < 0)
		return;
	switch (poll(&gone, 1, 0)) {
	case 0:
		return;
	case -1:
		die_errno("look at", "the parent");
	default:
		_exit(EXIT_TOOL);
	}
}

static _Noreturn void become_program(const struct request *request,
	const struct common *common, int socket, char *const arguments[])
{
	/* A session of its own: a terminal's signals come through the supervisor alone,
	 * once. */
	if (setsid() < 0)
		die_errno("start a session", NULL);
	arrange_inside(request);
	if (socket >= 0)
		introduce(socket);
	if (request->pid_to >= 0)
		close(request->pid_to);
	for (int i = 0; i < request->hold_count; i++)
		close(request->holds[i]);
	reset_signals();
	exec_program(common, arguments);
}

pid_t clone_process(uint64_t flags)
{
	/* vfork would do for none of these: each goes on for a while. */
	struct clone_args arguments = { .flags = flags, .exit_signal = SIGCHLD };

	return sys_clone3(&arguments);
}

/* The guard holds nothing but its life. It never returns. */
static _Noreturn void guard(const struct request *request, const struct common *common,
	int supervisor, int socket, char *const arguments[])
{
	pid_t child;
	int status;

	if (request->flags & CLONE_NEWUSER) {
		if (!receive_byte(socket))
			_exit(EXIT_TOOL);
		become_root();
		if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
			die_errno("become undumpable", NULL);
	}
	if (request->flags & CLONE_NEWTIME)
		unshare_time(request);
	child = clone_process(
		(uint64_t)(request->flags & ~(CLONE_NEWUSER | CLONE_NEWTIME)));
	if (child < 0)
		die_namespaces(request);
	if (!child) {
		/* Only as long as it changes nothing; then the guard's death takes its
		 * place. */
		die_with_parent(-1);
		become_program(request, common, socket, arguments);
	}
	/* While it can still say so if one of these fails. */
	set_caps(0, 0);
	die_with_parent(supervisor);
	close_all_but(NULL, 0);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(EXIT_TOOL);
	_exit(wait_status_code(status));
}

void check_parent(const struct request *request)
{
	die_with_parent(-1);
	if (request->parent && getppid() != request->parent)
		die("start", NULL, "process %d is not our parent, or has gone",
			request->parent);
}

_Noreturn void supervise_program(const struct request *request,
	const struct common *common, char *const arguments[])
{
	int pair[2], self, program, kept[HOLDS_MAX + 3], count = 0;
	sigset_t ignored;
	pid_t child, pid = 0;

	block_signals(&ignored);
	/* A shell that started us in the background handles the terminal's keys itself,
	 * and hands them on: they are not to come twice, nor to be taken for one. */
	if (sigismember(&ignored, SIGINT))
		setpgid(0, 0);
	check_parent(request);
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) ||
		setsockopt(pair[0], SOL_SOCKET, SO_PASSCRED, &(int){ 1 }, sizeof(int)))
		die_errno("make a socket pair", NULL);
	self = sys_pidfd_open(getpid());
	if (self < 0)
		die_errno("open a pidfd of", "the supervisor");

	child = clone_process(CLONE_NEWPID | (uint64_t)(request->flags & CLONE_NEWUSER));
	if (child < 0)
		die_namespaces(request);
	if (!child) {
		close(pair[0]);
		/* Its maps can be written only while its files in /proc are its own. */
		if (request->flags & CLONE_NEWUSER && prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
			die_errno("become dumpable", NULL);
		if (request->flags & CLONE_NEWUSER)
			send_byte(pair[1]);
		guard(request, common, self, pair[1], arguments);
	}
	close(pair[1]);
	if (request->flags & CLONE_NEWUSER && receive_byte(pair[0])) {
		write_maps(request, child);
		send_byte(pair[0]);
	}
	program = meet(pair[0], &pid);
	if (program >= 0)
		report_pid(request->pid_to, pid);
	/* Whoever reads what the program writes must see its end when the program closes
	 * it; and only the holder of a lock may keep it. */
	for (int i = 0; i < request->hold_count; i++)
		kept[count++] = request->holds[i];
	kept[count++] = STDERR_FILENO;
	if (program >= 0)
		kept[count++] = program;
	close_all_but(kept, count);
	set_caps(CAP(KILL), CAP(KILL));
	/* set_caps only lowers, which keeps the parent-death signal (prctl(2)). */
	alarm(request->timeout);
	exit(wait_status_code(supervise(child, program, &ignored)));
}

/* The program's process, in its namespaces: 0 in it. */
static pid_t clone_child(const struct request *request)
{
	pid_t child;

	if (request->flags & CLONE_NEWUSER)
		unshare_user(request);
	if (request->flags & CLONE_NEWTIME)
		unshare_time(request);
	child = clone_process(
		(uint64_t)(request->flags & ~(CLONE_NEWUSER | CLONE_NEWTIME)));
	if (child < 0)
		die_namespaces(request);
	return child;
}

/* There is no guard: it would have to be pid 1 of a namespace around the one that is
 * joined. */
_Noreturn void supervise_joined(const struct request *request,
	const struct common *common, char *const arguments[])
{
	int kept[HOLDS_MAX + 1], count = 0, self;
	sigset_t ignored;
	pid_t child;

	block_signals(&ignored);
	check_parent(request);
	self = sys_pidfd_open(getpid());
	if (self < 0)
		die_errno("open a pidfd of", "the supervisor");
	child = clone_child(request);
	if (!child) {
		die_with_parent(self);
		become_program(request, common, -1, arguments);
	}
	report_pid(request->pid_to, child);
	for (int i = 0; i < request->hold_count; i++)
		kept[count++] = request->holds[i];
	kept[count++] = STDERR_FILENO;
	close_all_but(kept, count);
	set_caps(CAP(KILL), CAP(KILL));
	alarm(request->timeout);
	exit(wait_status_code(supervise(child, -1, &ignored)));
}

_Noreturn void detach_program(const struct request *request, const struct common *common,
	char *const arguments[])
{
	pid_t child = clone_child(request);

	if (!child)
		become_program(request, common, -1, arguments);
	report_pid(request->pid_to, child);
	exit(0);
}
