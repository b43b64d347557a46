/* SPDX-License-Identifier: MIT */
#include "caps.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"

/* In the order of their numbers: the index is the capability. */
static const char *const names[] = {
	"chown",
	"dac_override",
	"dac_read_search",
	"fowner",
	"fsetid",
	"kill",
	"setgid",
	"setuid",
	"setpcap",
	"linux_immutable",
	"net_bind_service",
	"net_broadcast",
	"net_admin",
	"net_raw",
	"ipc_lock",
	"ipc_owner",
	"sys_module",
	"sys_rawio",
	"sys_chroot",
	"sys_ptrace",
	"sys_pacct",
	"sys_admin",
	"sys_boot",
	"sys_nice",
	"sys_resource",
	"sys_time",
	"sys_tty_config",
	"mknod",
	"lease",
	"audit_write",
	"audit_control",
	"setfcap",
	"mac_override",
	"mac_admin",
	"syslog",
	"wake_alarm",
	"block_suspend",
	"audit_read",
	"perfmon",
	"bpf",
	"checkpoint_restore",
};
enum {
	NAMES = sizeof names / sizeof *names
};

static int find_cap(const char *name, size_t length)
{
	if (length > 4 && !strncasecmp(name, "cap_", 4)) {
		name += 4;
		length -= 4;
	}
	for (int cap = 0; cap < NAMES; cap++)
		if (strlen(names[cap]) == length &&
			!strncasecmp(names[cap], name, length))
			return cap;
	return -1;
}

caps parse_caps(const char *list)
{
	caps set = 0;

	if (!*list || !strcasecmp(list, "none"))
		return 0;
	while (*list) {
		size_t length = strcspn(list, ",");
		int cap = find_cap(list, length);

		if (length == 3 && !strncasecmp(list, "all", 3))
			set = CAPS_ALL;
		else if (cap < 0)
			die("read a capability list", list, "not a capability");
		else
			set |= (caps)1 << cap;
		list += length;
		if (*list == ',')
			list++;
	}
	return set;
}

char *format_caps(caps set)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out;

	if (!(out = open_memstream(&text, &size)))
		die_errno("format a capability list", NULL);
	for (int cap = 0; cap < NAMES; cap++)
		if (set >> cap & 1)
			fprintf(out, "%s%s", ftell(out) ? "," : "", names[cap]);
	if (!ftell(out))
		fputs("none", out);
	if (fclose(out))
		die_errno("format a capability list", NULL);
	return text;
}

caps known_caps(void)
{
	caps set = 0;

	/* EINVAL for a number past the kernel's last (capability(7)). */
	for (int cap = 0; cap < 64 && prctl(PR_CAPBSET_READ, cap, 0, 0, 0) >= 0; cap++)
		set |= (caps)1 << cap;
	return set;
}

caps bounding_caps(void)
{
	caps set = 0;

	for (int cap = 0; cap < 64; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (there < 0)
			break;
		if (there)
			set |= (caps)1 << cap;
	}
	return set;
}

static void get_sets(struct __user_cap_data_struct data[2])
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };

	if (syscall(SYS_capget, &header, data))
		die_errno("read the capability sets", NULL);
}

caps effective_caps(void)
{
	struct __user_cap_data_struct data[2];

	get_sets(data);
	return data[0].effective | (caps)data[1].effective << 32;
}

caps permitted_caps(void)
{
	struct __user_cap_data_struct data[2];

	get_sets(data);
	return data[0].permitted | (caps)data[1].permitted << 32;
}

void set_caps(caps effective, caps permitted)
{
	struct __user_cap_header_struct header = { .version =
							   _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2];

	/* Not every host has every capability: some containers and services start without
	 * CAP_SYS_RESOURCE, for one. What is missing shows in the call that needs it. */
	permitted &= permitted_caps();
	effective &= permitted;
	data[0] = (struct __user_cap_data_struct){ .effective = (uint32_t)effective,
		.permitted = (uint32_t)permitted };
	data[1] =
		(struct __user_cap_data_struct){ .effective = (uint32_t)(effective >> 32),
			.permitted = (uint32_t)(permitted >> 32) };
	/* Lowering the permitted and inheritable sets lowers the ambient set with them.
	 */
	if (syscall(SYS_capset, &header, data))
		die_errno("set the capability sets", NULL);
}

void bound_caps(caps keep)
{
	static const struct cause cause = { "no-setpcap",
		"start as root, or do not ask for --keep without CAP_SETPCAP" };

	for (int cap = 0; cap < 64; cap++) {
		int there = prctl(PR_CAPBSET_READ, cap, 0, 0, 0);

		if (there < 0)
			break;
		if (there && !(keep >> cap & 1) && prctl(PR_CAPBSET_DROP, cap, 0, 0, 0))
			die_errno_cause("drop from the bounding set",
				cap < NAMES ? names[cap] : "a capability without a name",
				&cause);
	}
}
