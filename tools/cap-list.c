/* SPDX-License-Identifier: MIT */
/* cap-list: the capabilities of a container, from what is added to the default and
 * dropped from it. */

#include <stdio.h>
#include <stdlib.h>

#include "die.h"
#include "tool.h"

enum {
	OPTION_DEFAULT = OPTION_OWN,
};

static const struct tool_option options[] = {
	{ 'a', "add", "capabilities", "have these too, or all (repeatable)" },
	{ 'd', "drop", "capabilities", "do without these, or all (repeatable)" },
	{ OPTION_DEFAULT, "default", "capabilities",
		"start from these, not from Docker's" },
	{ 0 },
};

static const struct tool tool = {
	.name = "cap-list",
	.kind = JOB,
	.purpose = "print the capabilities of a container",
	.synopsis = "[--default capabilities] [--add capabilities] [--drop capabilities]",
	.options = options,
};

/* Those that Docker gives: enough to install packages and to change users. */
static const caps usual = CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) |
	CAP(KILL) | CAP(SETGID) | CAP(SETUID) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) |
	CAP(NET_RAW) | CAP(SYS_CHROOT) | CAP(MKNOD) | CAP(AUDIT_WRITE) | CAP(SETFCAP);

/* As Docker reads it: to drop all leaves what is added, to add all leaves what is not
 * dropped, and what is both added and dropped by name is had. */
static caps choose(caps start, caps add, caps drop)
{
	if (drop == CAPS_ALL)
		return add;
	if (add == CAPS_ALL)
		return CAPS_ALL & ~drop;
	return (start & ~drop) | add;
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	caps start = usual, add = 0, drop = 0;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'a':
			add |= parse_caps(optarg);
			break;
		case 'd':
			drop |= parse_caps(optarg);
			break;
		case OPTION_DEFAULT:
			start = parse_caps(optarg);
			break;
		}
	}
	if (argv[optind])
		die_usage(&tool, "it takes no operands");
	start_tool(&tool, &common);

	/* By name and not as "all": so the list can be a key, and others can subtract
	 * from it. */
	char *list = format_caps(choose(start, add, drop) & known_caps());

	if (puts(list) < 0 || fflush(stdout))
		die_errno("write", "standard output");
	free(list);
	return 0;
}
