/* SPDX-License-Identifier: MIT */
/* cg-exec: limit a control group, join it, then run a program.
 *
 * The group has the same path in every hierarchy that is mounted: under version 1 of
 * cgroups each controller has its own, under version 2 there is one. Order: make the
 * group, write its limits, join; so the program never runs outside of them. To join is to
 * write "0", which stands for the writer: in a new pid namespace its own number would be
 * another process's in the host's. All is done through fds below the hierarchies' roots
 * (lib/cgroup.h), and nothing is taken back: who started the chain removes the group. */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cgroup.h"
#include "devices.h"
#include "die.h"
#include "limits.h"
#include "tool.h"

enum {
	OPTION_MEMORY_SWAP = OPTION_OWN,
	OPTION_MEMORY_RESERVATION,
	OPTION_MEMORY_SWAPPINESS,
	OPTION_CPUS,
	OPTION_CPU_PERIOD,
	OPTION_CPU_QUOTA,
	OPTION_CPUSET_CPUS,
	OPTION_CPUSET_MEMS,
	OPTION_PIDS,
	OPTION_BLKIO_WEIGHT,
	OPTION_DEVICE_DEFAULT,
	OPTION_THROTTLE, /* and THROTTLES - 1 more */
};

static const struct tool_option options[] = {
	{ 'g', "group", "path", "the group, such as /container-tools/web" },
	{ 'm', "memory", "bytes", "memory, at least 6291456" },
	{ OPTION_MEMORY_SWAP, "memory-swap", "bytes",
		"memory and swap together; -1: any; default: twice the memory" },
	{ OPTION_MEMORY_RESERVATION, "memory-reservation", "bytes",
		"what it keeps when the host runs short" },
	{ OPTION_MEMORY_SWAPPINESS, "memory-swappiness", "number",
		"from 0 to 100 (version 1 only)" },
	{ OPTION_CPUS, "cpus", "decimal", "processor time: 0.5 is half a processor" },
	{ OPTION_CPU_PERIOD, "cpu-period", "microseconds", "in each such period ..." },
	{ OPTION_CPU_QUOTA, "cpu-quota", "microseconds", "... it gets so much; -1: any" },
	{ 'c', "cpu-shares", "number", "weight against other groups; 1024 is usual" },
	{ OPTION_CPUSET_CPUS, "cpuset-cpus", "list", "processors, such as 0-3,5" },
	{ OPTION_CPUSET_MEMS, "cpuset-mems", "list", "memory nodes" },
	{ OPTION_PIDS, "pids", "number", "processes and threads; -1: any" },
	{ OPTION_BLKIO_WEIGHT, "blkio-weight", "number",
		"weight of its disk access, from 10 to 1000" },
	{ OPTION_THROTTLE, "device-read-bps", "path:bytes",
		"bytes a second read from a disk (repeatable)" },
	{ OPTION_THROTTLE + 1, "device-write-bps", "path:bytes",
		"bytes a second written to it (repeatable)" },
	{ OPTION_THROTTLE + 2, "device-read-iops", "path:number",
		"reads a second (repeatable)" },
	{ OPTION_THROTTLE + 3, "device-write-iops", "path:number",
		"writes a second (repeatable)" },
	{ 'd', "device", "rule",
		"allow devices, such as \"c 1:3 rwm\" or /dev/fuse:rw; all others are "
		"denied "
		"(repeatable)" },
	{ OPTION_DEVICE_DEFAULT, "device-default", NULL,
		"allow what every container may use, such as null and zero" },
	{ 0 },
};

static const struct tool tool = {
	.name = "cg-exec",
	.kind = LINK,
	.purpose = "limit a control group, join it, then run a program",
	.synopsis = "--group path [--memory bytes] [--cpus decimal] [--pids number] "
		    "[--device rule ...] [option ...] [--] program [argument ...]",
	.options = options,
	/* A hierarchy's root is 0555, to root too; the devices controller and bpf(2) ask
	 * for CAP_SYS_ADMIN. */
	.capabilities = CAP(DAC_OVERRIDE) | CAP(SYS_ADMIN),
};

struct request {
	const char *group;
	struct limits limits;
	const char *devices[RULES_MAX]; /* NULL: the default rules */
	int device_count;
};

static void take_throttle(struct limits *limits, int kind, const char *value)
{
	if (limits->throttle_count == THROTTLES_MAX)
		die(throttle_options[kind], value, "at most %d devices", THROTTLES_MAX);
	limits->throttles[limits->throttle_count++] = (struct throttle){ kind, value };
}

static void take_device(struct request *request, const char *rule)
{
	if (request->device_count == RULES_MAX)
		die("--device", rule, "at most %d rules", RULES_MAX);
	request->devices[request->device_count++] = rule;
}

static void limit_to_devices(const struct request *request, const struct hierarchies *all)
{
	struct device_rules rules = { .count = 0 };

	for (int i = 0; i < request->device_count; i++) {
		if (request->devices[i])
			add_device_rule(&rules, request->devices[i]);
		else
			add_default_rules(&rules);
	}
	if (rules.count)
		limit_devices(&rules, all, request->group);
}

static void take_option(struct request *request, int option)
{
	struct limits *limits = &request->limits;

	switch (option) {
	case 'g':
		request->group = optarg;
		break;
	case 'm':
		limits->memory = optarg;
		break;
	case OPTION_MEMORY_SWAP:
		limits->memory_swap = optarg;
		break;
	case OPTION_MEMORY_RESERVATION:
		limits->memory_reservation = optarg;
		break;
	case OPTION_MEMORY_SWAPPINESS:
		limits->memory_swappiness = optarg;
		break;
	case OPTION_CPUS:
		limits->cpus = optarg;
		break;
	case OPTION_CPU_PERIOD:
		limits->cpu_period = optarg;
		break;
	case OPTION_CPU_QUOTA:
		limits->cpu_quota = optarg;
		break;
	case 'c':
		limits->cpu_shares = optarg;
		break;
	case OPTION_CPUSET_CPUS:
		limits->cpuset_cpus = optarg;
		break;
	case OPTION_CPUSET_MEMS:
		limits->cpuset_mems = optarg;
		break;
	case OPTION_PIDS:
		limits->pids = optarg;
		break;
	case OPTION_BLKIO_WEIGHT:
		limits->blkio_weight = optarg;
		break;
	case 'd':
		take_device(request, optarg);
		break;
	case OPTION_DEVICE_DEFAULT:
		take_device(request, NULL);
		break;
	default:
		take_throttle(limits, option - OPTION_THROTTLE, optarg);
	}
}

/* No permission, or a read-only mount: the host does not let us, which matters only to
 * what was asked for. */
static bool is_refusal(int reason)
{
	return reason == EACCES || reason == EPERM || reason == EROFS;
}

/* A hybrid host's hierarchy of version 2 has, as a rule, no controller, and joining it is
 * dear (see join_groups): it is left alone unless a limit needs it, or a device filter
 * that version 1 does not offer. */
static bool is_idle(const struct hierarchies *all, const struct hierarchy *hierarchy,
	const char *const wanted[], bool filter)
{
	bool hybrid = false;

	if (!hierarchy->unified)
		return false;
	for (size_t i = 0; i < all->count; i++) {
		hybrid |= !all->list[i].unified;
		filter &= !has_controller(&all->list[i], "devices");
	}
	for (; *wanted; wanted++)
		if (has_controller(hierarchy, *wanted))
			return false;
	return hybrid && !filter;
}

static void make_groups(struct hierarchies *all, const struct request *request,
	const struct settings *settings)
{
	/* The first two also count, for whoever asks later what the group uses. */
	const char *wanted[SETTINGS_MAX + 3] = { "memory", "pids" };

	for (size_t i = 0; i < settings->count; i++)
		wanted[2 + i] = settings->list[i].controller[1];
	for (size_t i = 0; i < all->count; i++) {
		struct hierarchy *hierarchy = &all->list[i];

		if (is_idle(all, hierarchy, wanted, request->device_count > 0) ||
			!make_group(hierarchy, request->group, wanted))
			continue;
		if (!is_refusal(errno))
			die_errno("make the group in", hierarchy->mount);
		hierarchy->trouble = errno;
	}
}

static void join_groups(const struct hierarchies *all)
{
	static const struct cause cause = { "not-delegated",
		"start as root on the host, or in a group from which processes may be "
		"moved" };

	for (size_t i = 0; i < all->count; i++) {
		const struct hierarchy *hierarchy = &all->list[i];
		/* "tasks" moves this thread alone, which is all of us. "cgroup.procs"
		 * moves a process: for that the kernel stops all forks and exits and
		 * waits for every processor, measured 6 to 18 ms a write against 0.1.
		 * Version 2 has only that. */
		const char *file = hierarchy->unified ? "cgroup.procs" : "tasks";

		if (hierarchy->group < 0 || !write_group(hierarchy, file, "0"))
			continue;
		die_errno_cause("join the group in", hierarchy->mount,
			is_refusal(errno) ? &cause : NULL);
	}
}

int main(int argc, char *argv[])
{
	struct request request = { 0 };
	struct settings settings = { 0 };
	struct common common = { 0 };
	struct hierarchies all;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1)
		take_option(&request, option);
	if (!request.group || !argv[optind])
		die_usage(&tool, "which group, and which program?");
	if (!is_group(request.group))
		die("--group", request.group,
			"not an absolute path without \".\", \"..\" and empty parts");
	start_tool(&tool, &common);

	plan_limits(&request.limits, &settings);
	if (open_hierarchies(&all))
		die_errno("read", "/proc/self/mountinfo");
	make_groups(&all, &request, &settings);
	write_limits(&settings, &all, request.group);
	limit_to_devices(&request, &all);
	join_groups(&all);
	exec_program(&common, argv + optind);
}
