/* SPDX-License-Identifier: MIT */
/* From docker-run(1)'s limits to control files: cgroup-v1/ and cgroup-v2.rst in the
 * kernel's documentation. */
#include "limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "die.h"
#include "parse.h"

enum {
	V1,
	V2,
	PERIOD_DEFAULT = 100000, /* microseconds */
	PERIOD_MIN = 1000,
	PERIOD_MAX = 1000000,
};

/* Docker's own floor. Below it, what still stands between this tool and the program may
 * not fit, and the kernel would kill it without a word. */
static const uint64_t memory_min = 6 << 20;

const char *const throttle_options[THROTTLES] = { "device-read-bps", "device-write-bps",
	"device-read-iops", "device-write-iops" };

static char *print(const char *format, ...) __attribute__((format(printf, 1, 2)));
static char *print(const char *format, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0)
		die_errno("format a limit", NULL);
	va_end(arguments);
	return text;
}

static struct setting *add(struct settings *settings, const char *option,
	const char *controller, const char *file1, const char *file2)
{
	struct setting *new = &settings->list[settings->count++];

	*new = (struct setting){ .option = option,
		.controller = { controller,
			!strcmp(controller, "blkio") ? "io" : controller },
		.file = { file1, file2 } };
	return new;
}

/* ---------------------------------------------------------------- memory */

static uint64_t parse_memory(const char *text)
{
	static const struct cause cause = { "memory-too-low",
		"give it 6 MiB or more (6291456): the program would be killed before it "
		"starts" };
	uint64_t bytes = parse_uint("--memory", text, 1, INT64_MAX);

	if (bytes < memory_min)
		die_cause(&cause, "--memory", text, "less than a program needs to start");
	return bytes;
}

/* Memory and swap together: --memory-swap, else twice the memory; UINT64_MAX: no limit.
 */
static uint64_t parse_swap(const struct limits *limits, uint64_t memory)
{
	uint64_t both;

	if (!limits->memory_swap)
		return memory > INT64_MAX / 2 ? UINT64_MAX : 2 * memory;
	if (!strcmp(limits->memory_swap, "-1"))
		return UINT64_MAX;
	both = parse_uint("--memory-swap", limits->memory_swap, 1, INT64_MAX);
	if (both < memory)
		die("--memory-swap", limits->memory_swap,
			"less than --memory, which it includes");
	return both;
}

static void plan_memory(const struct limits *limits, struct settings *settings)
{
	struct setting *new;
	uint64_t memory, both;

	if (!limits->memory) {
		if (limits->memory_swap && strcmp(limits->memory_swap, "-1") != 0)
			die("--memory-swap", limits->memory_swap,
				"needs --memory, which it includes");
		return;
	}
	memory = parse_memory(limits->memory);
	both = parse_swap(limits, memory);

	/* Version 1 never lets the sum be below the memory: out of the way first, for a
	 * group that has limits already. */
	new = add(settings, "memory-swap", "memory", "memory.memsw.limit_in_bytes", NULL);
	new->text[V1] = print("-1");
	new->optional = true;

	new = add(settings, "memory", "memory", "memory.limit_in_bytes", "memory.max");
	new->text[V1] = new->text[V2] = print("%" PRIu64, memory);

	new = add(settings, "memory-swap", "memory", "memory.memsw.limit_in_bytes",
		"memory.swap.max");
	new->text[V1] = both == UINT64_MAX ? print("-1") : print("%" PRIu64, both);
	new->text[V2] =
		both == UINT64_MAX ? print("max") : print("%" PRIu64, both - memory);
	/* A kernel that does not count swap has no such file. */
	new->optional = !limits->memory_swap || both == UINT64_MAX;
}

static void plan_memory_details(const struct limits *limits, struct settings *settings)
{
	struct setting *new;

	if (limits->memory_reservation) {
		new = add(settings, "memory-reservation", "memory",
			"memory.soft_limit_in_bytes", "memory.low");
		new->text[V1] = new->text[V2] = print("%" PRIu64,
			parse_uint("--memory-reservation", limits->memory_reservation, 1,
				INT64_MAX));
	}
	if (limits->memory_swappiness) { /* version 2 has no such file */
		new = add(settings, "memory-swappiness", "memory", "memory.swappiness",
			"memory.swappiness");
		new->text[V1] = print("%" PRIu64,
			parse_uint("--memory-swappiness", limits->memory_swappiness, 0,
				100));
	}
}

/* ---------------------------------------------------------------- processors */

/* "1.5" in millionths: no floating point, so that 0.07 is 0.07. */
static uint64_t parse_decimal(const char *what, const char *text)
{
	const char *point = strchr(text, '.');
	char fraction[7] = "000000", *whole;
	uint64_t value;

	if (!point)
		return parse_uint(what, text, 0, 1 << 20) * 1000000;
	for (size_t i = 0; point[1 + i]; i++) {
		if (i == 6)
			die(what, text, "more than six digits after the point");
		fraction[i] = point[1 + i];
	}
	whole = print("%.*s", (int)(point - text), text);
	value = *whole ? parse_uint(what, whole, 0, 1 << 20) * 1000000 : 0;
	free(whole);
	return value + parse_uint(what, fraction, 0, 999999);
}

static void plan_quota(const struct limits *limits, struct settings *settings)
{
	const char *option = limits->cpus ? "cpus"
		: limits->cpu_quota	  ? "cpu-quota"
					  : "cpu-period";
	uint64_t period = PERIOD_DEFAULT, quota = 0;
	struct setting *new;

	if (!limits->cpus && !limits->cpu_quota && !limits->cpu_period)
		return;
	if (limits->cpus && (limits->cpu_quota || limits->cpu_period))
		die("--cpus", limits->cpus,
			"says the same as --cpu-quota and --cpu-period: give one");
	if (limits->cpu_period)
		period = parse_uint(
			"--cpu-period", limits->cpu_period, PERIOD_MIN, PERIOD_MAX);
	if (limits->cpus) {
		quota = parse_decimal("--cpus", limits->cpus) * period / 1000000;
		if (quota < PERIOD_MIN)
			die("--cpus", limits->cpus, "out of range, at least 0.01");
	} else if (limits->cpu_quota && strcmp(limits->cpu_quota, "-1") != 0) {
		quota = parse_uint(
			"--cpu-quota", limits->cpu_quota, PERIOD_MIN, INT64_MAX / 1000);
	}

	/* Version 1 checks each of the two against the other: none while they change. */
	new = add(settings, option, "cpu", "cpu.cfs_quota_us", NULL);
	new->text[V1] = print("-1");
	new = add(settings, option, "cpu", "cpu.cfs_period_us", NULL);
	new->text[V1] = print("%" PRIu64, period);
	new = add(settings, option, "cpu", "cpu.cfs_quota_us", "cpu.max");
	new->text[V1] = quota ? print("%" PRIu64, quota) : print("-1");
	new->text[V2] = quota ? print("%" PRIu64 " %" PRIu64, quota, period)
			      : print("max %" PRIu64, period);
}

static void plan_shares(const char *text, struct settings *settings)
{
	uint64_t shares = text ? parse_uint("--cpu-shares", text, 0, 262144) : 0;
	struct setting *new;

	if (!shares) /* Docker's word for the default */
		return;
	if (shares < 2)
		shares = 2;
	new = add(settings, "cpu-shares", "cpu", "cpu.shares", "cpu.weight");
	new->text[V1] = print("%" PRIu64, shares);
	/* From [2..262144] to [1..10000], as the OCI runtimes and Kubernetes do. */
	new->text[V2] = print("%" PRIu64, 1 + (shares - 2) * 9999 / 262142);
}

static void plan_cpuset(
	const char *option, const char *file, const char *text, struct settings *settings)
{
	struct setting *new;

	if (!text)
		return;
	if (!*text || text[strspn(text, "0123456789,-")])
		die(option, text, "not a list such as 0-3,5");
	new = add(settings, option, "cpuset", file, file);
	new->text[V1] = new->text[V2] = print("%s", text);
}

/* ---------------------------------------------------------------- processes, disks */

static void plan_pids(const char *text, struct settings *settings)
{
	struct setting *new;
	uint64_t count = 0;

	if (!text)
		return;
	if (strcmp(text, "-1") != 0)
		count = parse_uint("--pids", text, 0, 4194304);
	new = add(settings, "pids", "pids", "pids.max", "pids.max");
	new->text[V1] = new->text[V2] = count ? print("%" PRIu64, count) : print("max");
	new->optional = !count;
}

static void plan_weight(const char *text, struct settings *settings)
{
	uint64_t weight;
	struct setting *new;

	if (!text)
		return;
	weight = parse_uint("--blkio-weight", text, 0, 1000);
	if (!weight)
		return;
	if (weight < 10)
		die("--blkio-weight", text, "out of range, from 10 to 1000, or 0");
	/* Which file there is depends on the disk scheduler. */
	new = add(settings, "blkio-weight", "blkio", "blkio.bfq.weight", "io.bfq.weight");
	new->text[V1] = new->text[V2] = print("%" PRIu64, weight);
	new->or_next = true;
	new = add(settings, "blkio-weight", "blkio", "blkio.weight", "io.weight");
	new->text[V1] = print("%" PRIu64, weight);
	/* From [10..1000] to [1..10000], as the OCI runtimes do. */
	new->text[V2] = print("%" PRIu64, 1 + (weight - 10) * 9999 / 990);
}

static void plan_throttle(const struct throttle *throttle, struct settings *settings)
{
	static const char *const files[THROTTLES] = { "blkio.throttle.read_bps_device",
		"blkio.throttle.write_bps_device", "blkio.throttle.read_iops_device",
		"blkio.throttle.write_iops_device" };
	static const char *const keys[THROTTLES] = { "rbps", "wbps", "riops", "wiops" };
	const char *option = throttle_options[throttle->kind];
	const char *colon = strrchr(throttle->value, ':');
	struct setting *new;
	struct stat status;
	uint64_t rate;
	char *path;

	if (!colon || colon == throttle->value)
		die(option, throttle->value, "not of the form path:number");
	path = print("%.*s", (int)(colon - throttle->value), throttle->value);
	rate = parse_uint(option, colon + 1, 1, INT64_MAX);
	if (stat(path, &status))
		die_errno(option, path);
	if (!S_ISBLK(status.st_mode))
		die(option, path, "not a block device");
	new = add(settings, option, "blkio", files[throttle->kind], "io.max");
	new->text[V1] = print(
		"%u:%u %" PRIu64, major(status.st_rdev), minor(status.st_rdev), rate);
	new->text[V2] = print("%u:%u %s=%" PRIu64, major(status.st_rdev),
		minor(status.st_rdev), keys[throttle->kind], rate);
	free(path);
}

void plan_limits(const struct limits *limits, struct settings *settings)
{
	plan_memory(limits, settings);
	plan_memory_details(limits, settings);
	plan_quota(limits, settings);
	plan_shares(limits->cpu_shares, settings);
	plan_cpuset("cpuset-cpus", "cpuset.cpus", limits->cpuset_cpus, settings);
	plan_cpuset("cpuset-mems", "cpuset.mems", limits->cpuset_mems, settings);
	plan_pids(limits->pids, settings);
	plan_weight(limits->blkio_weight, settings);
	for (int i = 0; i < limits->throttle_count; i++)
		plan_throttle(&limits->throttles[i], settings);
}

/* ---------------------------------------------------------------- writing */

/* The hierarchy that has the setting's controller, or NULL. */
static const struct hierarchy *find_hierarchy(
	const struct setting *setting, const struct hierarchies *all)
{
	for (size_t i = 0; i < all->count; i++)
		if (has_controller(&all->list[i],
			    setting->controller[all->list[i].unified ? V2 : V1]))
			return &all->list[i];
	return NULL;
}

/* Say why the limit cannot hold, as far as can be known. */
static _Noreturn void refuse(const struct setting *setting,
	const struct hierarchy *hierarchy, const char *group, int reason)
{
	static const struct cause none = { "no-controller",
		"mount that controller, or boot with it enabled, or start without the "
		"option" };
	static const struct cause other = { "no-such-file",
		"this version of cgroups, or the kernel's disk scheduler, does not offer "
		"it: "
		"start without the option" };
	static const struct cause forbidden = { "not-delegated",
		"start as root on the host, or have the controller delegated (systemd: "
		"Delegate=yes)" };
	static const struct cause inner = { "not-delegated",
		"a group that holds processes cannot limit its children: choose a "
		"--group "
		"below one that holds none" };
	char *option = print("--%s", setting->option), *object;

	if (!hierarchy)
		die_cause(&none, option, setting->controller[V1],
			"no such controller on this host");
	object = print("%s%s", hierarchy->mount, group);
	if (reason == ENOENT && hierarchy->trouble)
		reason = hierarchy->trouble;
	errno = reason;
	if (reason == EBUSY && hierarchy->unified)
		die_errno_cause(option, object, &inner);
	if (reason == EACCES || reason == EPERM || reason == EROFS)
		die_errno_cause(option, object, &forbidden);
	if (reason == ENOENT)
		die_cause(&other, option, object, "no file for this limit");
	die_errno(option, object);
}

/* Returns whether the setting is in force; if not, nothing is lost by that. */
static bool write_setting(
	const struct setting *setting, const struct hierarchies *all, const char *group)
{
	const struct hierarchy *hierarchy = find_hierarchy(setting, all);
	int version = hierarchy && hierarchy->unified ? V2 : V1, reason = ENOENT;
	bool usable = hierarchy && hierarchy->group >= 0;

	if (hierarchy && !setting->file[version])
		return true;
	if (usable) {
		if (!write_group(
			    hierarchy, setting->file[version], setting->text[version]))
			return true;
		reason = errno;
	} else if (hierarchy) {
		reason = hierarchy->trouble;
	}
	if (setting->optional && (!usable || reason == ENOENT))
		return false;
	if (setting->or_next && reason == ENOENT)
		return false;
	refuse(setting, hierarchy, group, reason);
}

void write_limits(
	const struct settings *settings, const struct hierarchies *all, const char *group)
{
	for (size_t i = 0; i < settings->count; i++) {
		bool done = write_setting(&settings->list[i], all, group);

		if (done && settings->list[i].or_next)
			i++;
	}
}
