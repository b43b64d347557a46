/* SPDX-License-Identifier: MIT */
/* state-find: print the ID of a running container and the PID of its first process.
 *
 * The namespaces of the container are those of that process. The answer is true when it
 * is given; whoever uses it does so at once. */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "first.h"
#include "state.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-find",
	.kind = JOB,
	.purpose = "print the ID of a running container and the PID of its first process",
	.synopsis = "--root directory --run directory container",
	.options = options,
	.capabilities = 0,
};

static void find(const struct state *state, const char *text, char *id)
{
	static const struct cause cause = { "no-such-container",
		"container ps --all lists them" };

	int reason = find_container(state, text, id);

	if (!reason)
		return;
	if (reason == EEXIST)
		die("find the container", text, "several IDs begin so");
	die_cause(&cause, "find the container", text, "no such container");
}

int main(int argc, char *argv[])
{
	static const struct cause cause = { "not-running",
		"container ps lists those that run" };
	const char *root = NULL, *run = NULL;
	struct common common = { 0 };
	char id[ID_LENGTH + 1];
	struct state state;
	int option, directory;
	pid_t pid;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		}
	}
	if (!root || !run || !argv[optind] || argv[optind + 1])
		die_usage(&tool, "which container, and where?");
	start_tool(&tool, &common);

	state = open_state(root, run);
	find(&state, argv[optind], id);
	directory = open_container(&state, id);
	if (directory < 0 || !is_alive(&state, id) || open_first(directory, &pid) < 0)
		die_cause(&cause, "find the container", argv[optind], "it does not run");
	printf("%s %d\n", id, pid);
	if (fflush(stdout))
		die_errno("write", "standard output");
	return 0;
}
