/* SPDX-License-Identifier: MIT */
/* ns-exec: run a program in namespaces of its own, or in given ones.
 *
 * Without --pid it unshares and becomes the program. A pid namespace begins with a child,
 *so with
 * --pid there are three processes:
 *
 *	supervisor (this one)         waits, forwards signals, dies with its parent
 *	  `- guard                    pid 1 of an outer pid namespace; does nothing but
 *die
 *	       `- the program         pid 1 of its own pid namespace, inside the guard's
 *
 * The guard is there for the day when the supervisor is killed. The kernel's parent-death
 *signal would be enough for the program, were it not cleared by a change of credentials,
 *an exec that gains privilege, or prctl(2) in the program itself. The guard does none of
 *that: it dies with the supervisor, and the kernel ends every process of a pid namespace,
 *and of those below, when its pid 1 dies. So nothing inside survives, whatever it does.
 */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "die.h"
#include "fds.h"
#include "parse.h"
#include "sys.h"
#include "tool.h"
#include "wait.h"

enum {
	OPTION_JOIN = OPTION_OWN,
	OPTION_PID_TO,
	OPTION_HOSTNAME,
	OPTION_DOMAINNAME,
	OPTION_PARENT,
	OPTION_HOLD,
	OPTION_DETACH,
	OPTION_PROPAGATION,
	OPTION_UID_MAP,
	OPTION_GID_MAP,
	OPTION_MONOTONIC,
	OPTION_BOOTTIME,
	JOINS_MAX = 8,
	HOLDS_MAX = 8,
	MAPS_MAX = 16,
};

static const struct tool_option options[] = {
	{ 'm', "mount", NULL, "a new mount namespace" },
	{ 'p', "pid", NULL, "a new pid namespace: fork, wait, forward signals" },
	{ 'u', "uts", NULL, "a new host name" },
	{ 'i', "ipc", NULL, "new System V and POSIX message queues" },
	{ 'n', "net", NULL, "a new, empty network" },
	{ 'C', "cgroup", NULL, "the present cgroup becomes the root of the hierarchy" },
	{ 'U', "user", NULL, "new user and group ids" },
	{ 'T', "time", NULL, "new boot and monotonic clocks" },
	{ OPTION_JOIN, "join", "path",
		"join the namespace at path, such as /proc/PID/ns/net (repeatable)" },
	{ OPTION_PID_TO, "pid-to", "fd",
		"write the program's PID there, as this host sees it" },
	{ OPTION_HOSTNAME, "hostname", "name", "set the host name (with --uts)" },
	{ OPTION_DOMAINNAME, "domainname", "name",
		"set the NIS domain name (with --uts)" },
	{ OPTION_PARENT, "parent", "pid", "do not start unless that is our parent" },
	{ OPTION_HOLD, "hold", "fd",
		"keep this fd, such as a lock, in the supervisor alone (repeatable)" },
	{ OPTION_DETACH, "detach", NULL, "do not wait: end as soon as the program runs" },
	{ OPTION_PROPAGATION, "propagation", "kind",
		"of the new mount namespace: private (default), slave, shared, "
		"unchanged" },
	{ OPTION_UID_MAP, "uid-map", "inside:outside:count",
		"user ids (with --user; repeatable; default: 0 is the caller)" },
	{ OPTION_GID_MAP, "gid-map", "inside:outside:count", "the same for group ids" },
	{ OPTION_MONOTONIC, "monotonic", "seconds",
		"added to CLOCK_MONOTONIC (with --time)" },
	{ OPTION_BOOTTIME, "boottime", "seconds",
		"added to CLOCK_BOOTTIME (with --time)" },
	{ 0 },
};

static const struct tool tool = {
	.name = "ns-exec",
	.kind = LINK,
	.purpose = "run a program in new or given namespaces",
	.synopsis = "[--mount] [--pid] [--net] ... [--join path ...] [--] program "
		    "[argument ...]",
	.options = options,
	/* KILL stays with the supervisor, for a program that runs as another user. */
	.capabilities = CAP(SYS_ADMIN) | CAP(KILL),
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
	const char *hostname, *domainname;
	unsigned long propagation; /* MS_*, 0: unchanged */
	struct id_maps uids, gids;
	const char *monotonic, *boottime;
};

static const struct {
	const char *name;
	unsigned long flags;
} propagations[] = {
	{ "private", MS_REC | MS_PRIVATE },
	{ "slave", MS_REC | MS_SLAVE },
	{ "shared", MS_REC | MS_SHARED },
	{ "unchanged", 0 },
};

static unsigned long parse_propagation(const char *text)
{
	for (size_t i = 0; i < sizeof propagations / sizeof *propagations; i++)
		if (!strcmp(text, propagations[i].name))
			return propagations[i].flags;
	die("--propagation", text, "not one of private, slave, shared, unchanged");
}

static void parse_map(const char *what, char *text, struct id_maps *maps)
{
	char *outside = strchr(text, ':'),
	     *count = outside ? strchr(outside + 1, ':') : NULL;

	if (!count)
		die(what, text, "not of the form inside:outside:count");
	if (maps->count == MAPS_MAX)
		die(what, text, "at most %d of them", MAPS_MAX);
	*outside++ = *count++ = '\0';
	maps->rows[maps->count++] =
		(struct id_map){ parse_id(what, text), parse_id(what, outside),
			(uint32_t)parse_uint(what, count, 1, UINT32_MAX) };
}

static void check_seconds(const char *what, const char *text)
{
	parse_uint(what, *text == '-' ? text + 1 : text, 0, INT64_MAX / 1000000000);
}

static void parse_request(
	struct request *request, struct common *common, int argc, char *const argv[])
{
	int option;

	while ((option = next_option(&tool, common, argc, argv)) != -1) {
		switch (option) {
		case 'm':
			request->flags |= CLONE_NEWNS;
			break;
		case 'p':
			request->flags |= CLONE_NEWPID;
			break;
		case 'u':
			request->flags |= CLONE_NEWUTS;
			break;
		case 'i':
			request->flags |= CLONE_NEWIPC;
			break;
		case 'n':
			request->flags |= CLONE_NEWNET;
			break;
		case 'C':
			request->flags |= CLONE_NEWCGROUP;
			break;
		case 'U':
			request->flags |= CLONE_NEWUSER;
			break;
		case 'T':
			request->flags |= CLONE_NEWTIME;
			break;
		case OPTION_JOIN:
			if (request->join_count == JOINS_MAX)
				die("--join", optarg, "at most %d of them", JOINS_MAX);
			request->joins[request->join_count++] = optarg;
			break;
		case OPTION_PID_TO:
			request->pid_to = parse_fd("--pid-to", optarg);
			break;
		case OPTION_HOSTNAME:
			request->hostname = optarg;
			break;
		case OPTION_DOMAINNAME:
			request->domainname = optarg;
			break;
		case OPTION_PARENT:
			request->parent =
				(pid_t)parse_uint("--parent", optarg, 1, 1 << 22);
			break;
		case OPTION_HOLD:
			if (request->hold_count == HOLDS_MAX)
				die("--hold", optarg, "at most %d of them", HOLDS_MAX);
			request->holds[request->hold_count++] =
				parse_fd("--hold", optarg);
			break;
		case OPTION_DETACH:
			request->detach = true;
			break;
		case OPTION_PROPAGATION:
			request->propagation = parse_propagation(optarg);
			break;
		case OPTION_UID_MAP:
			parse_map("--uid-map", optarg, &request->uids);
			break;
		case OPTION_GID_MAP:
			parse_map("--gid-map", optarg, &request->gids);
			break;
		case OPTION_MONOTONIC:
			check_seconds("--monotonic", request->monotonic = optarg);
			break;
		case OPTION_BOOTTIME:
			check_seconds("--boottime", request->boottime = optarg);
			break;
		}
	}
}

static void check_request(const struct request *request, char *program)
{
	const int flags = request->flags;

	if (!program)
		die_usage(&tool, "which program?");
	if ((request->hostname || request->domainname) && !(flags & CLONE_NEWUTS))
		die_usage(&tool, "--hostname and --domainname need --uts");
	if ((request->uids.count || request->gids.count) && !(flags & CLONE_NEWUSER))
		die_usage(&tool, "--uid-map and --gid-map need --user");
	if ((request->monotonic || request->boottime) && !(flags & CLONE_NEWTIME))
		die_usage(&tool, "--monotonic and --boottime need --time");
	if (!(flags & CLONE_NEWPID) &&
		(request->pid_to >= 0 || request->detach || request->hold_count))
		die_usage(&tool, "--pid-to, --hold and --detach need --pid");
	for (int i = 0; i < request->hold_count; i++)
		if (fcntl(request->holds[i], F_GETFD) < 0)
			die("--hold", NULL, "fd %d is not open", request->holds[i]);
}

/* ---------------------------------------------------------------- namespaces */

static const struct cause no_user_namespaces = {
	"no-user-namespaces",
	"the host forbids user namespaces: see user.max_user_namespaces, "
	"kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns"
};
static const struct cause not_root = { "not-root",
	"start as root, or add --user to make the namespaces in a user namespace" };
static const struct cause no_namespaces = { "namespace-limit",
	"a limit in /proc/sys/user/max_*_namespaces is reached, or namespaces nest too "
	"deep" };

static _Noreturn void die_namespaces(const struct request *request)
{
	const struct cause *cause = NULL;

	if (errno == EPERM)
		cause = request->flags & CLONE_NEWUSER ? &no_user_namespaces : &not_root;
	else if (errno == ENOSPC || errno == EUSERS)
		cause = &no_namespaces;
	die_errno_cause("make namespaces", NULL, cause);
}

/* Open all of them first: joining a mount or user namespace changes what a path means, or
 * what may be opened. The user namespace is joined first, for the rights in it, the mount
 * namespace last. */
static void join_namespaces(struct request *request)
{
	static const int order[] = { CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWIPC,
		CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUTS, CLONE_NEWNS };
	int fds[JOINS_MAX], types[JOINS_MAX];

	for (int i = 0; i < request->join_count; i++) {
		fds[i] = open(request->joins[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fds[i] < 0)
			die_errno("open the namespace", request->joins[i]);
		types[i] = ioctl(fds[i], NS_GET_NSTYPE);
		if (types[i] < 0)
			die("join", request->joins[i], "not a namespace");
		if (types[i] & request->flags)
			die("join", request->joins[i],
				"a new one of that kind is asked for too");
	}
	for (size_t type = 0; type < sizeof order / sizeof *order; type++) {
		for (int i = 0; i < request->join_count; i++) {
			if (types[i] != order[type])
				continue;
			if (setns(fds[i], types[i]))
				die_errno("join", request->joins[i]);
			request->join_pid |= types[i] == CLONE_NEWPID;
		}
	}
	for (int i = 0; i < request->join_count; i++)
		close(fds[i]);
}

/* What can only be said from inside, before the next program starts. */
static void arrange_inside(const struct request *request)
{
	if (request->flags & CLONE_NEWNS && request->propagation &&
		mount(NULL, "/", NULL, request->propagation, NULL))
		die_errno("set the propagation of", "/");
	if (request->hostname &&
		sethostname(request->hostname, strlen(request->hostname)))
		die_errno("set the host name", request->hostname);
	if (request->domainname &&
		setdomainname(request->domainname, strlen(request->domainname)))
		die_errno("set the domain name", request->domainname);
}

static void write_whole(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* The files of procfs take their value in one write or not at all. */
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die_errno("write", path);
	close(fd);
}

static void write_clock(const char *clock, const char *seconds)
{
	char text[64];

	if (!seconds)
		return;
	snprintf(text, sizeof text, "%s %s 0\n", clock, seconds);
	write_whole("/proc/self/timens_offsets", text);
}

/* Offsets can be set only between unsharing, which concerns later children, and the first
 * of them (time_namespaces(7)); a clone that makes the namespace itself comes too late.
 */
static void unshare_time(const struct request *request)
{
	if (unshare(CLONE_NEWTIME))
		die_errno("make a time namespace", NULL);
	write_clock("monotonic", request->monotonic);
	write_clock("boottime", request->boottime);
}

/* ---------------------------------------------------------------- user namespace */

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
static void write_maps(const struct request *request, pid_t pid)
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
static void become_root(void)
{
	if (setresgid(0, 0, 0) || setresuid(0, 0, 0))
		die_errno("become root of the user namespace", NULL);
}

static void send_byte(int fd)
{
	if (write(fd, "", 1) != 1)
		die_errno("tell the other side", NULL);
}

/* False if the other side has gone: it has said why. */
static bool receive_byte(int fd)
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
static void unshare_user(const struct request *request)
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

/* ---------------------------------------------------------------- three processes */

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
static void die_with_parent(int parent_pidfd)
{
	struct pollfd gone = { .fd = parent_pidfd, .events = POLLIN };

	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		die_errno("ask to die with the parent", NULL);
	if (parent_pidfd >= 0 && poll(&gone, 1, 0) != 0)
		_exit(EXIT_TOOL);
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

static pid_t clone_process(uint64_t flags)
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
	close_all_but((const int[]){ supervisor }, 1);
	set_caps(0, 0);
	die_with_parent(supervisor);
	close(supervisor);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			_exit(EXIT_TOOL);
	_exit(wait_status_code(status));
}

static void check_parent(const struct request *request)
{
	die_with_parent(-1);
	if (request->parent && getppid() != request->parent)
		die("start", NULL, "process %d is not our parent, or has gone",
			request->parent);
}

static _Noreturn void supervise_in_pid_namespace(const struct request *request,
	const struct common *common, char *const arguments[])
{
	int pair[2], self, program, kept[HOLDS_MAX + 3], count = 0;
	sigset_t ignored;
	pid_t child, pid = 0;

	block_signals(&ignored);
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
	exit(wait_status_code(supervise(child, program, &ignored)));
}

/* For an engine that is a subreaper and waits itself: no supervisor, no guard, no death
 * with the parent. */
static _Noreturn void detach(const struct request *request, const struct common *common,
	char *const arguments[])
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
	if (!child)
		become_program(request, common, -1, arguments);
	report_pid(request->pid_to, child);
	exit(0);
}

/* No new pid namespace: no child needed, but where one is joined, which holds children
 * only. */
static _Noreturn void unshare_and_exec(const struct request *request,
	const struct common *common, char *const arguments[])
{
	sigset_t ignored;
	pid_t child;

	if (request->parent)
		check_parent(request);
	if (request->flags & CLONE_NEWUSER)
		unshare_user(request);
	if (request->flags & CLONE_NEWTIME)
		unshare_time(request);
	if (unshare(request->flags & ~(CLONE_NEWUSER | CLONE_NEWTIME)))
		die_namespaces(request);
	arrange_inside(request);
	if (!request->join_pid)
		exec_program(common, arguments);
	block_signals(&ignored);
	child = fork();
	if (child < 0)
		die_errno("fork", NULL);
	if (!child) {
		die_with_parent(-1);
		reset_signals();
		exec_program(common, arguments);
	}
	set_caps(CAP(KILL), CAP(KILL));
	exit(wait_status_code(supervise(child, -1, &ignored)));
}

/* What the request makes necessary beyond the usual. */
static caps needed_caps(const struct request *request)
{
	caps set = tool.capabilities;

	if (request->join_count)
		set |= CAP(SYS_CHROOT) | CAP(SYS_PTRACE);
	/* SETFCAP: to map the parent's root, whose file capabilities the namespace could
	 * then set. */
	if (request->flags & CLONE_NEWUSER)
		set |= CAP(SETUID) | CAP(SETGID) | CAP(SETFCAP);
	if (request->flags & CLONE_NEWTIME)
		set |= CAP(SYS_TIME);
	return set;
}

int main(int argc, char *argv[])
{
	struct request request = { .pid_to = -1, .propagation = MS_REC | MS_PRIVATE };
	struct common common = { 0 };
	struct tool needs = tool;

	parse_request(&request, &common, argc, argv);
	check_request(&request, argv[optind]);
	needs.capabilities = needed_caps(&request);
	start_tool(&needs, &common);

	join_namespaces(&request);
	if (!(request.flags & CLONE_NEWPID))
		unshare_and_exec(&request, &common, argv + optind);
	if (request.detach)
		detach(&request, &common, argv + optind);
	supervise_in_pid_namespace(&request, &common, argv + optind);
}
