/* SPDX-License-Identifier: MIT */
#pragma once

#include <getopt.h>
#include <stdbool.h>

#include "caps.h"

/* What every tool promises, in one place: the form of its command line and of its --help,
 * the common options, and for links the privilege staircase.
 *
 * A main reads:
 *
 *	static const struct tool_option options[] = {
 *		{ 'r', "root", "directory", "the directory that becomes the root" },
 *		{ 0 },
 *	};
 *	static const struct tool tool = {
 *		.name = "chroot-pivot",
 *		.kind = LINK,
 *		.purpose = "make a directory the root file system, then run a program",
 *		.synopsis = "--root directory [--] program [argument ...]",
 *		.options = options,
 *		.capabilities = CAP(SYS_ADMIN),
 *	};
 *	...
 *	struct common common = { 0 };
 *
 *	while ((option = next_option(&tool, &common, argc, argv)) != -1)
 *		switch (option) { ... }
 *	if (!root || !argv[optind])
 *		die_usage(&tool, "which root, and which program?");
 *	start_tool(&tool, &common);
 *	... acts ...
 *	exec_program(&common, argv + optind);
 */

enum tool_kind {
	JOB, /* does one thing and ends */
	LINK, /* changes its own process, then becomes the next program */
};

/* An option without a letter has a code above the letters: OPTION_OWN, OPTION_OWN + 1,
 * ... */
enum {
	OPTION_OWN = 256,
	OPTION_COMMON = 512, /* lib's own begin here */
};

/* The last row of a table is all zero. ARGUMENT is NULL for an option that takes none. */
struct tool_option {
	int code;
	const char *name;
	const char *argument;
	const char *help;
};

/* What an option needs beyond that: WHEN is the option. The last row is all zero. */
struct tool_need {
	const char *when;
	caps capabilities;
};

struct tool {
	const char *name;
	enum tool_kind kind;
	const char *purpose; /* one line, lower case, without a full stop */
	const char *synopsis; /* what follows the name */
	const struct tool_option *options;
	caps capabilities; /* what it uses itself; CAP_SETPCAP to drop the rest comes on
			      top */
	const struct tool_need *needs; /* NULL if no option needs more */
};

/* What the common options said: --status-fd, and for links --keep. */
struct common {
	bool keep_given;
	caps keep; /* what the programs after this one may need */
	int status_fd; /* one more than the fd of --status-fd; 0: no record */
	int trace_fd; /* one more than the fd of --trace-fd; 0: no trace */
};

/* The next option's code, or -1 at the operands (argv + optind). Parsing stops at the
 * first operand, so that a program on the command line keeps its own options. The common
 * options are handled here and never returned; a wrong option ends the tool with
 * EXIT_TOOL. */
int next_option(
	const struct tool *tool, struct common *common, int argc, char *const argv[]);

/* The capabilities of TOOL and those of the option WHEN, which stands in its table. */
caps with_need(const struct tool *tool, const char *when);

/* "name: usage: ..." with PROBLEM in words, and EXIT_TOOL. */
_Noreturn void die_usage(const struct tool *tool, const char *problem);

/* Give up what the tool does not need, before it touches anything: the effective set
 * becomes the tool's own, the permitted set that and what --keep names (a job's: its own
 * alone). A link without --keep keeps everything for the program after it, so that by
 * hand any program fits. From here on the process is not dumpable, so nothing can look at
 * or trace it with less privilege. A process without any capability goes on as it is: the
 * kernel says what it may. */
void start_tool(const struct tool *tool, const struct common *common);

/* What every link needs on its way to the next program: to lower the stairs, and to find
 * that program where the way leads through directories of others, such as a home of mode
 * 0700. */
#define STAIR_CAPS (CAP(SETPCAP) | CAP(DAC_READ_SEARCH))

/* Become ARGUMENTS[0], looked up as execvp(3) would (lookup.h), with the bounding set
 * lowered to
 * --keep (so that root's exec does not bring back what was given up). Never returns:
 * EXIT_NOT_FOUND, EXIT_CANNOT, with a message. */
_Noreturn void exec_program(const struct common *common, char *const arguments[]);

/* The same for the program at PATH, which find_program has found. */
_Noreturn void exec_found(
	const struct common *common, const char *path, char *const arguments[]);

/* The same for the program that is open as FD, which it closes to the program. */
_Noreturn void exec_carried(const struct common *common, int fd, char *const arguments[]);
