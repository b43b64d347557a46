/* SPDX-License-Identifier: MIT */
/* fd-pipe: open pipes on given fd numbers, then run a program.
 *
 * A shell can open files on numbers of its choice but not a pipe, and what it has
 * instead, a FIFO opened for reading and writing at once, never shows its reader the end
 * of file: the reader holds a write end itself. With a real pipe the end of file says
 * that the last writer has gone, however it went (fd-wait(1) builds on that). */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "parse.h"
#include "tool.h"

enum {
	PIPES_MAX = 64,
	RAISED_MAX = 100, /* fds below it are raised */
};

static const struct tool_option options[] = {
	{ 'p', "pipe", "read:write",
		"open a pipe, its two ends as these fds (repeatable)" },
	{ 'r', "raise", "number",
		"before, move the open fds from 3 to 99 up by so much" },
	{ 0 },
};

static const struct tool tool = {
	.name = "fd-pipe",
	.kind = LINK,
	.purpose = "open pipes on given fd numbers, then run a program",
	.synopsis = "--pipe read:write ... [--raise number] [--] program [argument ...]",
	.options = options,
};

struct ends {
	int read;
	int write;
};

static struct ends parse_ends(char *text)
{
	char *colon = strchr(text, ':');
	struct ends ends;

	if (!colon)
		die("--pipe", text, "not of the form read:write");
	*colon = '\0';
	ends.read = parse_fd("--pipe", text);
	ends.write = parse_fd("--pipe", colon + 1);
	*colon = ':';
	return ends;
}

static bool shares_number(struct ends one, struct ends other)
{
	return one.read == other.read || one.read == other.write ||
		one.write == other.read || one.write == other.write;
}

/* A number used twice would leave one of its pipes without an end. */
static void check_distinct(const struct ends *pipes, int count)
{
	for (int i = 0; i < count; i++) {
		if (pipes[i].read == pipes[i].write)
			die("--pipe", NULL, "fd %d cannot be both ends", pipes[i].read);
		for (int k = 0; k < i; k++)
			if (shares_number(pipes[i], pipes[k]))
				die("--pipe", NULL,
					"pipe %d:%d has a number of pipe %d:%d",
					pipes[i].read, pipes[i].write, pipes[k].read,
					pipes[k].write);
	}
}

/* Let TARGET, which the program inherits, be what FD is. */
static void put(int fd, int target)
{
	static const struct cause cause = { "fd-limit",
		"the number must be below the limit on open files, see ulimit -n" };

	if (fd == target ? fcntl(fd, F_SETFD, 0) : dup2(fd, target) < 0)
		die_errno_cause(
			"open the pipe as an fd", NULL, errno == EBADF ? &cause : NULL);
}

/* The kernel gives the lowest free numbers, which may be among those asked for. Those of
 * other pipes are no danger: earlier ones are taken, and what stands on a later one is
 * closed again before its turn. */
static void open_pipe(struct ends wanted)
{
	int got[2];

	if (pipe2(got, O_CLOEXEC))
		die_errno("open a pipe", NULL);
	if (got[1] == wanted.read) {
		got[1] = fcntl(got[1], F_DUPFD_CLOEXEC, 0);
		if (got[1] < 0)
			die_errno("open a pipe", NULL);
	}
	put(got[0], wanted.read);
	put(got[1], wanted.write);
	if (got[0] != wanted.read && got[0] != wanted.write)
		close(got[0]);
	if (got[1] != wanted.write)
		close(got[1]);
}

/* What the caller has on the numbers of the pipes, or on those that a script uses, is
 * kept for a program far down the chain (priv-drop's --preserved-from). */
static void raise_fds(int by)
{
	static const struct cause limit = { "fd-limit",
		"the number must be below the limit on open files, see ulimit -n" };

	for (int fd = STDERR_FILENO + 1; fd < RAISED_MAX; fd++) {
		if (fcntl(fd, F_GETFD) < 0)
			continue;
		if (fcntl(fd + by, F_GETFD) >= 0)
			die("--raise", NULL, "fd %d is open too", fd + by);
		if (dup2(fd, fd + by) < 0)
			die_errno_cause("--raise", NULL, errno == EBADF ? &limit : NULL);
		close(fd);
	}
}

int main(int argc, char *argv[])
{
	struct ends pipes[PIPES_MAX];
	struct common common = { 0 };
	int count = 0, raise = 0, option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'p':
			if (count == PIPES_MAX)
				die("--pipe", optarg, "at most %d pipes", PIPES_MAX);
			pipes[count++] = parse_ends(optarg);
			break;
		case 'r':
			raise = (int)parse_uint("--raise", optarg, RAISED_MAX, 100000);
			break;
		}
	}
	if (!count || !argv[optind])
		die_usage(&tool, "which fds, and which program?");
	start_tool(&tool, &common);

	check_distinct(pipes, count);
	if (raise)
		raise_fds(raise);
	for (int i = 0; i < count; i++)
		open_pipe(pipes[i]);
	exec_program(&common, argv + optind);
}
