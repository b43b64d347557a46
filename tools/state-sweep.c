/* SPDX-License-Identifier: MIT */
/* state-sweep: put in order what killed commands left.
 *
 * Each container is locked by those who run it, and the kernel gives the lock up for
 * whoever is killed. So what is found without its lock is nobody's, and safe to end and
 * to remove; while that is done the lock is held here. A command that comes across one
 * does the same for it: this looks for all of them. */

#include <unistd.h>

#include "die.h"
#include "state.h"
#include "sweep.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	OPTION_LOCKS,
	OPTION_DRY_RUN,
	OPTION_ONLY,
	PATIENCE = 10000, /* milliseconds */
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ OPTION_LOCKS, "locks", NULL, "only what the locks show, which is quick" },
	{ OPTION_ONLY, "only", "id",
		"only this container, whose supervisor is ending: wait for its lock" },
	{ OPTION_DRY_RUN, "dry-run", NULL, "only say what would be done" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-sweep",
	.kind = JOB,
	.purpose = "put in order what killed commands left",
	.synopsis = "--root directory --run directory [--locks | --only id] [--dry-run]",
	.options = options,
	.capabilities = CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL),
};

int main(int argc, char *argv[])
{
	const char *root = NULL, *run = NULL, *only = NULL;
	struct common common = { 0 };
	struct sweep sweep = { 0 };
	bool locks = false;
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
		case OPTION_LOCKS:
			locks = true;
			break;
		case OPTION_ONLY:
			only = parse_container_id("--only", optarg);
			break;
		case OPTION_DRY_RUN:
			sweep.dry_run = true;
			break;
		}
	}
	if (!root || !run || argv[optind])
		die_usage(&tool, "which state?");
	start_tool(&tool, &common);

	state = open_state(root, run);
	sweep.state = &state;
	if (only) {
		sweep.patience = PATIENCE;
		sweep_container(&sweep, only);
	} else {
		sweep_locks(&sweep);
		if (!locks)
			sweep_rest(&sweep);
	}
	return sweep.failed || (sweep.dry_run && sweep.found) ? EXIT_TOOL : 0;
}
