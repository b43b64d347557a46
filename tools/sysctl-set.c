/* SPDX-License-Identifier: MIT */
/* sysctl-set: set kernel parameters of the namespaces we are in, then run a program.
 *
 * Most parameters are the machine's; a few belong to a namespace, and procfs shows those
 * of whoever looks. Only these can be named here, so that no slip reaches the machine
 * from within namespaces. They are written through a procfs of our own, which is mounted
 * nowhere: what a path like /proc leads to does not matter. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "die.h"
#include "mnt.h"
#include "sys.h"
#include "tool.h"

enum {
	SETTINGS_MAX = 128,
};

static const struct tool_option options[] = {
	{ 's', "set", "name=value",
		"a parameter, such as net.core.somaxconn=1024 (repeatable)" },
	{ 0 },
};

static const struct tool tool = {
	.name = "sysctl-set",
	.kind = LINK,
	.purpose = "set kernel parameters of its namespaces, then run a program",
	.synopsis = "--set name=value ... [--] program [argument ...]",
	.options = options,
	/* To make the procfs, and for some parameters of the network, such as forwarding;
	 * whether others may be written is up to their namespace, whose root we are. */
	.capabilities = CAP(SYS_ADMIN) | CAP(NET_ADMIN),
};

/* The kinds of namespaces, and what belongs to each; PREFIX ends in a slash, or is a
 * whole name. The machine's own namespaces have fixed numbers (linux/nsfs.h), that of the
 * network on newer kernels only; all others have larger ones. */
static const struct {
	const char *prefix;
	const char *kind;
	ino_t machines;
} namespaced[] = {
	{ "net/", "net", 0xeffffff9 },
	{ "fs/mqueue/", "ipc", 0xefffffff },
	{ "kernel/msgmax", "ipc", 0xefffffff },
	{ "kernel/msgmnb", "ipc", 0xefffffff },
	{ "kernel/msgmni", "ipc", 0xefffffff },
	{ "kernel/msg_next_id", "ipc", 0xefffffff },
	{ "kernel/sem", "ipc", 0xefffffff },
	{ "kernel/sem_next_id", "ipc", 0xefffffff },
	{ "kernel/shmall", "ipc", 0xefffffff },
	{ "kernel/shmmax", "ipc", 0xefffffff },
	{ "kernel/shmmni", "ipc", 0xefffffff },
	{ "kernel/shm_next_id", "ipc", 0xefffffff },
	{ "kernel/shm_rmid_forced", "ipc", 0xefffffff },
	{ "kernel/domainname", "uts", 0xeffffffe },
};

/* As sysctl(8) reads a name: of "." and "/" the first one there separates, and the other
 * then stands for itself, as in net/ipv4/conf/eth0.1/forwarding. */
static void make_path(char *name)
{
	char *separator = name + strcspn(name, "./");

	if (*separator != '.')
		return;
	for (char *at = name; *at; at++) {
		if (*at == '.')
			*at = '/';
		else if (*at == '/')
			*at = '.';
	}
}

/* No part may be empty, "." or "..": a name is a file below /proc/sys. */
static bool is_plain(const char *path)
{
	for (;;) {
		size_t length = strcspn(path, "/");

		if (!length || (length <= 2 && !strncmp(path, "..", length)))
			return false;
		if (!path[length])
			return true;
		path += length + 1;
	}
}

static void refuse_machines(int proc, const char *setting, size_t row)
{
	static const struct cause cause = { "not-namespaced",
		"make a namespace of that kind first (ns-exec --ipc, --uts)" };
	struct stat status;
	char path[32];

	snprintf(path, sizeof path, "self/ns/%s", namespaced[row].kind);
	if (fstatat(proc, path, &status, 0))
		die_errno("look at the namespace", namespaced[row].kind);
	if (status.st_ino == namespaced[row].machines)
		die_cause(&cause, "--set", setting,
			"it would be set for the whole machine");
}

/* Dies unless PATH belongs to a namespace that is not the machine's. */
static void check_path(int proc, const char *setting, const char *path)
{
	static const struct cause cause = { "not-namespaced",
		"there are net.*, fs.mqueue.*, kernel.shm*, kernel.msg*, kernel.sem and "
		"kernel.domainname; others are set on the host, with sysctl(8)" };

	for (size_t i = 0; is_plain(path) && i < sizeof namespaced / sizeof *namespaced;
		i++) {
		const char *prefix = namespaced[i].prefix;
		size_t length = strlen(prefix);

		if (strncmp(path, prefix, length) ||
			(prefix[length - 1] != '/' && path[length]))
			continue;
		refuse_machines(proc, setting, i);
		return;
	}
	die_cause(&cause, "--set", setting, "not a parameter of a namespace");
}

static void set_one(int proc, int sysctls, char *setting)
{
	static const struct cause missing = { "no-such-parameter",
		"it belongs to a module that is not loaded, or to no namespace but the "
		"machine's" };
	struct open_how how = { .flags = O_WRONLY | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };
	char *path = strdup(setting), *value;
	int file;

	if (!path)
		die_errno("--set", setting);
	value = strchr(path, '=');
	if (!value)
		die("--set", setting, "not of the form name=value");
	*value++ = '\0';
	make_path(path);
	check_path(proc, setting, path);
	file = sys_openat2(sysctls, path, &how);
	if (file < 0)
		die_errno_cause("--set", setting, errno == ENOENT ? &missing : NULL);
	/* A value is taken in one write, or not at all. */
	if (write(file, value, strlen(value)) != (ssize_t)strlen(value))
		die_errno("--set", setting);
	close(file);
	free(path);
}

int main(int argc, char *argv[])
{
	const unsigned inert = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC;
	char *settings[SETTINGS_MAX];
	struct common common = { 0 };
	int proc, sysctls, count = 0;

	while (next_option(&tool, &common, argc, argv) != -1) {
		if (count == SETTINGS_MAX)
			die("--set", optarg, "at most %d", SETTINGS_MAX);
		settings[count++] = optarg;
	}
	if (!count || !argv[optind])
		die_usage(&tool, "what is to be set, and which program?");
	start_tool(&tool, &common);

	proc = make_mount("proc", NULL, inert);
	if (proc < 0)
		die_errno("make a procfs", NULL);
	sysctls = openat(proc, "sys", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (sysctls < 0 || !is_on(sysctls, PROC_SUPER_MAGIC))
		die_errno("open", "/proc/sys");
	for (int i = 0; i < count; i++)
		set_one(proc, sysctls, settings[i]);
	close(sysctls);
	close(proc);
	exec_program(&common, argv + optind);
}
