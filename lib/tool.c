/* SPDX-License-Identifier: MIT */
#include "tool.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "lookup.h"
#include "parse.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

enum {
	OPTION_HELP = OPTION_COMMON,
	OPTION_VERSION,
	OPTION_PRIVILEGES,
	OPTION_STATUS_FD,
	OPTION_TRACE_FD,
	OPTION_KEEP,
	OPTIONS_MAX = 64,
};

static const struct tool_option common_options[] = {
	{ OPTION_KEEP, "keep", "capabilities",
		"what later programs may need; all else is dropped from the bounding "
		"set" },
	{ OPTION_STATUS_FD, "status-fd", "fd", "on failure, write a record of it there" },
	{ OPTION_TRACE_FD, "trace-fd", "fd",
		"when starting, write a record of it there" },
	{ OPTION_PRIVILEGES, "privileges", NULL,
		"print the capabilities it needs, and end" },
	{ OPTION_HELP, "help", NULL, "print this, and end" },
	{ OPTION_VERSION, "version", NULL, "print the version, and end" },
	{ 0 },
};

/* Jobs have nobody to keep anything for. */
static bool applies(const struct tool *tool, const struct tool_option *option)
{
	return option->code != OPTION_KEEP || tool->kind == LINK;
}

static void print_options(const struct tool *tool, const struct tool_option *options)
{
	for (; options->name; options++) {
		char head[80];

		if (!applies(tool, options))
			continue;
		snprintf(head, sizeof head, "%s%c%s--%s%s%s",
			options->code < OPTION_OWN ? "-" : " ",
			options->code < OPTION_OWN ? options->code : ' ',
			options->code < OPTION_OWN ? ", " : "  ", options->name,
			options->argument ? " " : "",
			options->argument ? options->argument : "");
		printf("  %-34s %s\n", head, options->help);
	}
}

static _Noreturn void finish_output(void)
{
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	exit(0);
}

static _Noreturn void print_help(const struct tool *tool)
{
	printf("usage: %s %s\n%s: %s\n\n", tool->name, tool->synopsis, tool->name,
		tool->purpose);
	print_options(tool, tool->options);
	print_options(tool, common_options);
	finish_output();
}

static _Noreturn void print_privileges(const struct tool *tool)
{
	char *own = format_caps(tool->capabilities);

	printf("uses\t%s\n", own);
	printf("hands-on\t%s\n", tool->kind == LINK ? "--keep" : "none");
	free(own);
	for (const struct tool_need *need = tool->needs; need && need->when; need++) {
		char *more = format_caps(need->capabilities);

		printf("with %s\t%s\n", need->when, more);
		free(more);
	}
	finish_output();
}

int next_option(
	const struct tool *tool, struct common *common, int argc, char *const argv[])
{
	struct option table[OPTIONS_MAX + 1] = { { 0 } };
	char letters[2 * OPTIONS_MAX + 3] = "+:";
	size_t rows = 0, letter = 2;
	int code;

	report_as(tool->name, common->status_fd - 1);
	for (const struct tool_option *source = tool->options;; source++) {
		if (!source->name && source->help == NULL && source->code == 0) {
			/* The end of the tool's own table, or of ours. */
			if (rows && table[rows - 1].val >= OPTION_COMMON)
				break;
			source = common_options;
		}
		if (rows == OPTIONS_MAX)
			abort();
		if (!applies(tool, source))
			continue;
		table[rows++] = (struct option){ source->name,
			source->argument ? required_argument : no_argument, NULL,
			source->code };
		if (source->code < OPTION_OWN) {
			letters[letter++] = (char)source->code;
			if (source->argument)
				letters[letter++] = ':';
		}
	}
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, table, NULL)) != -1) {
		switch (code) {
		case OPTION_HELP:
			print_help(tool);
		case OPTION_VERSION:
			printf("%s (container-tools) %s\n", tool->name, VERSION);
			finish_output();
		case OPTION_PRIVILEGES:
			print_privileges(tool);
		case OPTION_STATUS_FD:
			common->status_fd = parse_fd("--status-fd", optarg) + 1;
			report_as(tool->name, common->status_fd - 1);
			break;
		case OPTION_TRACE_FD:
			common->trace_fd = parse_fd("--trace-fd", optarg) + 1;
			break;
		case OPTION_KEEP:
			common->keep = parse_caps(optarg);
			common->keep_given = true;
			break;
		case ':':
			die("read the command line", argv[optind - 1],
				"it needs an argument");
		case '?':
			die("read the command line", argv[optind - 1],
				"no such option; see %s --help", tool->name);
		default:
			return code;
		}
	}
	return -1;
}

caps with_need(const struct tool *tool, const char *when)
{
	for (const struct tool_need *need = tool->needs; need->when; need++)
		if (!strcmp(need->when, when))
			return tool->capabilities | need->capabilities;
	abort();
}

void die_usage(const struct tool *tool, const char *problem)
{
	die("usage", NULL, "%s %s: %s", tool->name, tool->synopsis, problem);
}

/* One line an event: "NAME EVENT NANOSECONDS", where EVENT is start (of a link), exec
 * (the link becomes NAME), begin or end (of a job). trace-draw(1) makes a time line of
 * them. In one write, so that lines of processes that run at once do not mix. */
static void write_trace(int fd, const char *name, const char *event)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	dprintf(fd, "%s %s %lld%09ld\n", name, event, (long long)now.tv_sec, now.tv_nsec);
}

/* For exit, which has no argument to pass: the job whose end is to be traced. */
static const char *traced_job;
static int traced_fd;

static void trace_end(void)
{
	write_trace(traced_fd, traced_job, "end");
}

static void trace_start(const struct tool *tool, int fd)
{
	write_trace(fd, tool->name, tool->kind == LINK ? "start" : "begin");
	if (tool->kind == LINK)
		return;
	traced_job = tool->name;
	traced_fd = fd;
	if (atexit(trace_end))
		die_errno("arrange the trace", NULL);
}

/* A closed standard stream would become the next file that is opened, and our messages
 * would be written into that. Open the wrong way round, so that who uses the stream is
 * still told that it is closed. */
static void occupy_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
			open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			die_errno(
				"open instead of a closed standard stream", "/dev/null");
}

void start_tool(const struct tool *tool, const struct common *common)
{
	caps later = common->keep_given ? common->keep : CAPS_ALL;

	occupy_streams();
	/* Whoever ignores it, which an exec hands on, would let the kernel throw away the
	 * status of our children. */
	if (signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		die_errno("reset", "SIGCHLD");
	if (common->trace_fd)
		trace_start(tool, common->trace_fd - 1);
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		die_errno("become undumpable", NULL);
	if (tool->kind == JOB)
		set_caps(tool->capabilities, tool->capabilities);
	else
		set_caps(tool->capabilities | STAIR_CAPS,
			tool->capabilities | STAIR_CAPS | later);
}

/* The last act of a link, before it becomes PROGRAM. */
static void lower_stairs(const struct common *common, const char *program)
{
	if (common->trace_fd)
		write_trace(common->trace_fd - 1, basename(program), "exec");
	if (common->keep_given)
		bound_caps(common->keep);
}

void exec_found(const struct common *common, const char *path, char *const arguments[])
{
	lower_stairs(common, path);
	execv(path, arguments);
	die_exec(path);
}

void exec_program(const struct common *common, char *const arguments[])
{
	exec_found(common, find_program(arguments[0]), arguments);
}

void exec_carried(const struct common *common, int fd, char *const arguments[])
{
	char path[32];

	lower_stairs(common, arguments[0]);
	if (fcntl(fd, F_SETFD, FD_CLOEXEC))
		die_errno("close to the program", arguments[0]);
	syscall(SYS_execveat, fd, "", arguments, environ, AT_EMPTY_PATH);
	/* A filter of an outer container may know execve alone. */
	if (errno == ENOSYS || errno == EPERM) {
		snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
		execve(path, arguments, environ);
	}
	/* What is carried is ours: that it cannot run is our failure. */
	die_status(EXIT_TOOL, "execute the carried program", arguments[0], NULL);
}
