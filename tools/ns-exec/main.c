/* SPDX-License-Identifier: MIT */
/* ns-exec: run a program in namespaces of its own, or in given ones.
 *
 * Without --pid it unshares and becomes the program. A pid namespace begins with a child,
 * so with --pid there are three processes:
 *
 *	supervisor (this one)      waits, forwards signals, dies with its parent
 *	  `- guard                 pid 1 of an outer pid namespace; can only die
 *	       `- the program      pid 1 of its own pid namespace, inside the guard's
 *
 * The guard is there for the day when the supervisor is killed. The kernel's parent-death
 * signal would be enough for the program, were it not cleared by a change of credentials,
 * an exec that gains privilege, or prctl(2) in the program itself. The guard does none of
 * that: it dies with the supervisor, and the kernel ends every process of a pid
 * namespace, and of those below, when its pid 1 dies. So nothing inside survives,
 * whatever it does.
 */

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "die.h"
#include "ns-exec.h"
#include "parse.h"
#include "wait.h"

enum {
	OPTION_JOIN = OPTION_OWN,
	OPTION_PID_TO,
	OPTION_HOSTNAME,
	OPTION_DOMAINNAME,
	OPTION_PARENT,
	OPTION_HOLD,
	OPTION_DETACH,
	OPTION_TIMEOUT,
	OPTION_PROPAGATION,
	OPTION_UID_MAP,
	OPTION_GID_MAP,
	OPTION_MONOTONIC,
	OPTION_BOOTTIME,
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
	{ OPTION_TIMEOUT, "timeout", "seconds",
		"kill the program after so long (with --pid)" },
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

/* KILL: for whoever waits for the program, which may run as another user. SETFCAP: to map
 * the parent's root, whose file capabilities the namespace could then set. */
static const struct tool_need needs[] = {
	{ "--pid", CAP(KILL) },
	{ "--join", CAP(KILL) | CAP(SYS_CHROOT) | CAP(SYS_PTRACE) },
	{ "--user", CAP(SETUID) | CAP(SETGID) | CAP(SETFCAP) },
	{ "--time", CAP(SYS_TIME) },
	{ 0 },
};

static const struct tool tool = {
	.name = "ns-exec",
	.kind = LINK,
	.purpose = "run a program in new or given namespaces",
	.synopsis = "[--mount] [--pid] [--net] ... [--join path ...] [--] program "
		    "[argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN),
	.needs = needs,
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
		case OPTION_TIMEOUT:
			request->timeout = (unsigned)parse_uint(
				"--timeout", optarg, 0, UINT32_MAX / 2);
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
	if (request->pid_to >= 0 && fcntl(request->pid_to, F_GETFD) < 0)
		die("--pid-to", NULL, "fd %d is not open", request->pid_to);
	for (int i = 0; i < request->hold_count; i++)
		if (fcntl(request->holds[i], F_GETFD) < 0)
			die("--hold", NULL, "fd %d is not open", request->holds[i]);
}

/* No new pid namespace: no child needed. */
static _Noreturn void unshare_and_exec(const struct request *request,
	const struct common *common, char *const arguments[])
{
	if (request->parent)
		check_parent(request);
	if (request->flags & CLONE_NEWUSER)
		unshare_user(request);
	if (request->flags & CLONE_NEWTIME) {
		unshare_time(request);
		enter_time();
	}
	if (unshare(request->flags & ~(CLONE_NEWUSER | CLONE_NEWTIME)))
		die_namespaces(request);
	arrange_inside(request);
	exec_program(common, arguments);
}

/* What the request makes necessary beyond the usual. */
static caps needed_caps(const struct request *request)
{
	caps set = tool.capabilities;

	if (request->flags & CLONE_NEWPID)
		set |= with_need(&tool, "--pid");
	if (request->join_count)
		set |= with_need(&tool, "--join");
	if (request->flags & CLONE_NEWUSER)
		set |= with_need(&tool, "--user");
	if (request->flags & CLONE_NEWTIME)
		set |= with_need(&tool, "--time");
	return set;
}

int main(int argc, char *argv[])
{
	struct request request = { .pid_to = -1, .propagation = MS_REC | MS_PRIVATE };
	struct common common = { 0 };
	struct tool own = tool;

	parse_request(&request, &common, argc, argv);
	check_request(&request, argv[optind]);
	own.capabilities = needed_caps(&request);
	start_tool(&own, &common);

	join_namespaces(&request);
	if (!(request.flags & CLONE_NEWPID) && !request.join_pid &&
		(request.pid_to >= 0 || request.detach || request.hold_count ||
			request.timeout))
		die_usage(&tool,
			"--pid-to, --hold, --timeout and --detach need a pid namespace");
	if (!(request.flags & CLONE_NEWPID) && !request.join_pid)
		unshare_and_exec(&request, &common, argv + optind);
	if (request.detach)
		detach_program(&request, &common, argv + optind);
	if (request.join_pid)
		supervise_joined(&request, &common, argv + optind);
	supervise_program(&request, &common, argv + optind);
}
