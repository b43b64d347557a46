/* SPDX-License-Identifier: MIT */
/* state-end: write down how a container ended.
 *
 * The script that ran the container calls this, and still holds the container's lock. The
 * lock file goes last: until then, whoever finds the lock free does what is missing here.
 * Then it does the same for other containers whose scripts were killed before they could.
 */

#include "die.h"
#include "parse.h"
#include "state.h"
#include "sweep.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	OPTION_ID,
	OPTION_LOCK_FD,
	OPTION_EXIT_CODE,
	OPTION_REMOVE,
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ OPTION_ID, "id", "id", "the container" },
	{ OPTION_LOCK_FD, "lock-fd", "fd", "its lock file, open" },
	{ OPTION_EXIT_CODE, "exit-code", "number", "what its program ended with" },
	{ OPTION_REMOVE, "remove", NULL, "remove the container" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-end",
	.kind = JOB,
	.purpose = "write down how a container ended",
	.synopsis = "--root directory --run directory --id id --lock-fd fd --exit-code "
		    "number "
		    "[--remove]",
	.options = options,
	/* A container's files may be anybody's and of any mode; its cgroup may hold
	 * processes. */
	.capabilities = CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL),
};

int main(int argc, char *argv[])
{
	const char *root = NULL, *run = NULL, *id = NULL;
	int lock = -1, exit_code = -1, option, directory;
	struct common common = { 0 };
	bool remove = false, done;
	struct state state;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		case OPTION_ID:
			id = parse_container_id("--id", optarg);
			break;
		case OPTION_LOCK_FD:
			lock = parse_fd("--lock-fd", optarg);
			break;
		case OPTION_EXIT_CODE:
			exit_code = (int)parse_uint("--exit-code", optarg, 0, 255);
			break;
		case OPTION_REMOVE:
			remove = true;
			break;
		}
	}
	if (!root || !run || !id || lock < 0 || exit_code < 0 || argv[optind])
		die_usage(&tool, "which container, and how did it end?");
	start_tool(&tool, &common);

	state = open_state(root, run);
	claim_inherited(&state, id, lock);
	directory = open_container(&state, id);
	if (directory < 0)
		die_errno("open the container", id);
	if (remove || has_value(directory, "remove"))
		done = end_group(directory) && remove_container(&state, id, directory);
	else
		done = end_container(directory, exit_code);
	if (done)
		drop_lock(&state, id);
	sweep_locks(&(struct sweep){ .state = &state });
	return done ? 0 : EXIT_TOOL;
}
