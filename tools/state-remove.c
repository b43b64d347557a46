/* SPDX-License-Identifier: MIT */
/* state-remove: remove containers.
 *
 * A container whose lock is held lives, and is refused, or with --force killed: through
 * its cgroup, or where it has none by the PID of its first process. Its supervisor then
 * ends, writes down how the container ended, and lets the lock go; only then its files
 * are removed here, under the lock. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "die.h"
#include "first.h"
#include "state.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	PATIENCE = 10000, /* milliseconds, for processes and for the supervisor to end */
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ 'f', "force", NULL,
		"kill those that run, and do not mind those that are missing" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-remove",
	.kind = JOB,
	.purpose = "remove containers",
	.synopsis = "--root directory --run directory [--force] container ...",
	.options = options,
	.capabilities = CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL),
};

static bool kill_first(int directory)
{
	pid_t pid;
	int first = open_first(directory, &pid);

	if (first < 0)
		return errno == ESRCH;
	sys_pidfd_send_signal(first, SIGKILL);
	close(first);
	return true;
}

static bool kill_container(int directory, const char *text)
{
	char group[VALUE_SIZE];

	if (read_value(directory, "cgroup", group, sizeof group) && *group) {
		if (!kill_group(group, PATIENCE))
			return true;
		warn("kill", text, "%s", strerror(errno));
		return false;
	}
	if (kill_first(directory))
		return true;
	warn("kill", text, "it has no cgroup, and its first process is not known");
	return false;
}

/* The lock of a container that ends meanwhile if it must. */
static int claim(const struct state *state, const char *text, const char *id,
	int directory, bool force)
{
	int lock = claim_container(state, id, 0);

	if (lock < 0 && errno == EWOULDBLOCK && force) {
		if (!kill_container(directory, text))
			return -1;
		lock = claim_container(state, id, PATIENCE);
	}
	if (lock < 0 && errno == EWOULDBLOCK)
		warn("remove", text,
			force ? "its supervisor does not end"
			      : "it is running; stop it first, or use --force");
	else if (lock < 0)
		warn("lock", text, "%s", strerror(errno));
	return lock;
}

static bool remove_claimed(const struct state *state, const char *id, int directory)
{
	int again = open_container(state, id);

	/* Its own script removed it as soon as it had ended. */
	if (again < 0)
		return errno == ENOENT;
	close(again);
	return end_group(directory) && remove_container(state, id, directory);
}

static bool remove_one(const struct state *state, const char *text, bool force)
{
	int reason, directory, lock;
	char id[ID_LENGTH + 1];
	bool gone;

	reason = find_container(state, text, id);
	if (reason) {
		if (reason == ENOENT && force)
			return true;
		warn("find the container", text, "%s",
			reason == ENOENT ? "no such container"
				: reason == EEXIST
				? "several IDs begin so; give more digits"
				: strerror(reason));
		return false;
	}
	directory = open_container(state, id);
	if (directory < 0) {
		if (errno == ENOENT && force)
			return true;
		warn("open the container", text, "%s", strerror(errno));
		return false;
	}
	lock = claim(state, text, id, directory, force);
	gone = lock >= 0 && remove_claimed(state, id, directory);
	if (gone)
		drop_lock(state, id);
	close(directory);
	if (lock >= 0)
		close(lock);
	return gone && puts(text) >= 0;
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *run = NULL;
	struct common common = { 0 };
	bool force = false, all = true;
	struct state state;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		case 'f':
			force = true;
			break;
		}
	}
	if (!root || !run || !argv[optind])
		die_usage(&tool, "which containers?");
	start_tool(&tool, &common);

	state = open_state(root, run);
	for (char **text = argv + optind; *text; text++)
		all = remove_one(&state, *text, force) && all;
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	return all ? 0 : EXIT_TOOL;
}
