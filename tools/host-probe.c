/* SPDX-License-Identifier: MIT */
/* host-probe: say what this machine offers to containers.
 *
 * Found out by trying, never by a version: kernels are patched, modules left out, calls
 * forbidden by a filter or a setting. Each try is made in a child of its own, which ends
 * with 0 or the number of the error, and takes what it made with it. */

#include <errno.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgroup.h"
#include "die.h"
#include "fact.h"
#include "spawn.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_FORMAT = OPTION_OWN,
	OPTION_FACT,
	FACTS_MAX = 128,
};

static const struct tool_option options[] = {
	{ OPTION_FORMAT, "format", "form",
		"table, json, or a template such as {{.Name}}" },
	{ OPTION_FACT, "fact", "group:name=value", "list this first (repeatable)" },
	{ 0 },
};

static const struct tool tool = {
	.name = "host-probe",
	.kind = JOB,
	.purpose = "say what this machine offers to containers",
	.synopsis = "[--format form] [--fact group:name=value ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN) | CAP(NET_ADMIN),
};

struct facts {
	struct fact all[FACTS_MAX];
	size_t count;
};

static void add(
	struct facts *facts, const char *group, const char *name, const char *value)
{
	char *copy = strdup(value);

	if (!copy)
		die_errno("list", name);
	if (facts->count == FACTS_MAX)
		die("list", name, "more than %d facts", FACTS_MAX);
	facts->all[facts->count++] = (struct fact){ group, name, copy, "" };
}

/* What is tried: 0, or errno. NUMBER is for an answer that is one, else it stays as it
 * is. */
typedef int attempt(long argument, int *number);

static int result(long status)
{
	return status < 0 ? errno : 0;
}

static int try_namespace(long flag, int *number)
{
	(void)number;
	return result(unshare((int)flag));
}

/* Layers given one by one, as fds: from Linux 6.5, or 6.13 as fds. */
static int try_overlay(long by_fds, int *number)
{
	int fs = sys_fsopen("overlay", FSOPEN_CLOEXEC);
	int layer = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);

	(void)number;
	if (fs < 0 || layer < 0 || !by_fds)
		return result(fs < 0 ? fs : layer);
	return result(sys_fsconfig(fs, FSCONFIG_SET_FD, "lowerdir+", NULL, layer));
}

/* Without the call ENOSYS comes before any complaint. */
static int try_mount_setattr(long argument, int *number)
{
	struct mount_attr attributes = { 0 };

	(void)argument, (void)number;
	sys_mount_setattr(-1, "", 0, &attributes);
	return errno == ENOSYS || errno == EPERM ? errno : 0;
}

static int try_openat2(long argument, int *number)
{
	struct open_how how = { .flags = O_PATH, .resolve = RESOLVE_IN_ROOT };

	(void)argument, (void)number;
	return result(sys_openat2(AT_FDCWD, "/", &how));
}

static int try_landlock(long argument, int *number)
{
	(void)argument;
	*number = (int)syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	return result(*number);
}

static int try_seccomp(long action, int *number)
{
	uint32_t wanted = (uint32_t)action;

	(void)number;
	return result(syscall(SYS_seccomp, SECCOMP_GET_ACTION_AVAIL, 0, &wanted));
}

/* vm.memfd_noexec may forbid them; older kernels do not know the flag and have no such
 * setting. */
static int try_memfd(long argument, int *number)
{
	int fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	(void)argument, (void)number;
	if (fd < 0 && errno == EINVAL)
		fd = memfd_create("probe", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return result(fd);
}

static int try_pidfd(long argument, int *number)
{
	(void)argument, (void)number;
	return result(sys_pidfd_open(getpid()));
}

static const struct
try {
	const char *name;
	attempt *attempt;
	long argument;
}
tries[] = {
	{ "overlay", try_overlay, false },
	{ "overlay layers as fds", try_overlay, true },
	{ "mount_setattr", try_mount_setattr, 0 },
	{ "openat2", try_openat2, 0 },
	{ "pidfd_open", try_pidfd, 0 },
	{ "landlock", try_landlock, 0 },
	{ "seccomp filters", try_seccomp, SECCOMP_RET_KILL_PROCESS },
	{ "seccomp notifications", try_seccomp, SECCOMP_RET_USER_NOTIF },
	{ "memfd programs", try_memfd, 0 },
	{ "mount namespaces", try_namespace, CLONE_NEWNS },
	{ "pid namespaces", try_namespace, CLONE_NEWPID },
	{ "uts namespaces", try_namespace, CLONE_NEWUTS },
	{ "ipc namespaces", try_namespace, CLONE_NEWIPC },
	{ "net namespaces", try_namespace, CLONE_NEWNET },
	{ "cgroup namespaces", try_namespace, CLONE_NEWCGROUP },
	{ "time namespaces", try_namespace, CLONE_NEWTIME },
	{ "user namespaces", try_namespace, CLONE_NEWUSER },
};

static void probe(struct facts *facts, const struct try *try, int *number)
{
	char text[128];
	int status;
	pid_t child;

	*number = 0;
	child = fork();
	if (child < 0)
		die_errno("fork", NULL);
	if (!child)
		_exit(try->attempt(try->argument, number));
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for the try of", try->name);
	if (WIFSIGNALED(status))
		snprintf(text, sizeof text, "no: %s", strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status))
		snprintf(text, sizeof text, "no: %s", strerror(WEXITSTATUS(status)));
	else if (*number)
		snprintf(text, sizeof text, "version %d", *number);
	else
		snprintf(text, sizeof text, "yes");
	add(facts, "kernel", try->name, text);
}

static void probe_kernel(struct facts *facts)
{
	int *number = mmap(NULL, sizeof *number, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct utsname names;

	if (number == MAP_FAILED || uname(&names))
		die_errno("probe the kernel", NULL);
	add(facts, "kernel", "release", names.release);
	add(facts, "kernel", "machine", names.machine);
	for (size_t i = 0; i < sizeof tries / sizeof *tries; i++)
		probe(facts, &tries[i], number);
}

static void probe_cgroups(struct facts *facts)
{
	static const char *const known[] = { "cpu", "cpuset", "memory", "pids", "io",
		"blkio", "devices", "freezer", "hugetlb" };
	struct hierarchies all;
	bool first = false, second = false;

	if (open_hierarchies(&all)) {
		add(facts, "cgroups", "version", strerror(errno));
		return;
	}
	for (size_t i = 0; i < all.count; i++) {
		first |= !all.list[i].unified;
		second |= all.list[i].unified;
	}
	add(facts, "cgroups", "version",
		first && second	 ? "1 and 2"
			: first	 ? "1"
			: second ? "2"
				 : "none is mounted");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		for (size_t j = 0; j < all.count; j++)
			if (has_controller(&all.list[j], known[i]))
				add(facts, "cgroups", known[i],
					all.list[j].unified ? "version 2" : "version 1");
	close_hierarchies(&all);
}

static void probe_program(struct facts *facts, const char *name,
	const char *const *arguments, caps capabilities)
{
	char said[128];
	struct spawn spawn = { .arguments = arguments,
		.capabilities = capabilities,
		.enter = -1,
		.pass = -1 };
	/* It dies where the program cannot be run. */
	int status;
	pid_t child = fork();

	if (child < 0)
		die_errno("fork", NULL);
	if (!child) {
		/* Its message is in the list instead. */
		int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);

		if (nothing < 0 || dup2(nothing, STDERR_FILENO) < 0)
			_exit(EXIT_TOOL);
		_exit(run_program(&spawn, said, sizeof said) ? 0 : 1);
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for the try of", name);
	add(facts, "network", name,
		!status ? "yes"
			: WIFEXITED(status) && WEXITSTATUS(status) == 1
			? "no"
			: "no: it cannot be run");
}

static void probe_network(struct facts *facts)
{
	static const char *const ip[] = { "ip", "-V", NULL };
	static const char *const nft[] = { "nft", "-v", NULL };
	static const char *const table[] = { "nft", "list", "table", "inet",
		"container_tools", NULL };
	static const char bridged[] = "/proc/sys/net/bridge/bridge-nf-call-iptables";
	char value[8] = "";
	int fd = open(bridged, O_RDONLY | O_CLOEXEC);

	if (fd >= 0 && read(fd, value, sizeof value - 1) < 0)
		die_errno("read", bridged);
	if (fd >= 0)
		close(fd);
	value[strcspn(value, "\n")] = '\0';
	add(facts, "network", "bridged packets meet iptables",
		!strcmp(value, "1") ? "yes" : "no");
	probe_program(facts, "ip", ip, 0);
	probe_program(facts, "nft", nft, 0);
	probe_program(facts, "table inet container_tools", table, CAP(NET_ADMIN));
}

/* GROUP:NAME=VALUE, which is cut into its parts. */
static void add_given(struct facts *facts, char *text)
{
	char *colon = strchr(text, ':'), *equals = colon ? strchr(colon, '=') : NULL;

	if (!equals)
		die("--fact", text, "not of the form group:name=value");
	*colon = *equals = '\0';
	add(facts, text, colon + 1, equals + 1);
}

int main(int argc, char *argv[])
{
	static struct facts facts;
	struct common common = { 0 };
	const char *format = "table";
	struct form form;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_FORMAT:
			format = optarg;
			break;
		case OPTION_FACT:
			add_given(&facts, optarg);
			break;
		}
	}
	if (argv[optind])
		die_usage(&tool, "it takes no operands");
	form = parse_form(&fact_columns, format);
	start_tool(&tool, &common);

	probe_kernel(&facts);
	probe_cgroups(&facts);
	probe_network(&facts);
	put_rows(&form, facts.all, facts.count, sizeof *facts.all, NULL);
	return 0;
}
