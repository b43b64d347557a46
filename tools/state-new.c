/* SPDX-License-Identifier: MIT */
/* state-new: write down a new container.
 *
 * The shell has opened the container's lock file. Locked here, the lock stays held as
 * long as any process has that fd, since a lock of flock(2) belongs to the open file: the
 * shell, and the supervisor which inherits it. The name is taken by making a hard
 * link, which either works or finds the name in use: no lock of names is needed. The
 * container appears by one rename, complete. Nothing is synced: what a crash of the
 * machine loses is a container that does not run any more. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "die.h"
#include "parse.h"
#include "state.h"
#include "sweep.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	OPTION_ID,
	OPTION_NAME,
	OPTION_IMAGE,
	OPTION_CGROUP,
	OPTION_REMOVE,
	OPTION_LOCK_FD,
	OPTION_WORDS,
	OPTION_COMMAND_AT,
	WORDS_MAX = 1 << 20,
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ OPTION_ID, "id", "id", "the container" },
	{ OPTION_NAME, "name", "name", "its name, instead of one made up" },
	{ OPTION_IMAGE, "image", "image", "what it is made of" },
	{ OPTION_CGROUP, "cgroup", "group", "its cgroup, to be removed with it" },
	{ OPTION_REMOVE, "remove", NULL, "it is removed as soon as it has ended" },
	{ OPTION_LOCK_FD, "lock-fd", "fd", "its lock file, open" },
	{ OPTION_WORDS, "words", "number", "only so many of the words are meant" },
	{ OPTION_COMMAND_AT, "command-at", "number",
		"the command follows so many words, not the options, -- and an image" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-new",
	.kind = JOB,
	.purpose = "write down a new container",
	.synopsis = "--root directory --run directory --id id --lock-fd fd [--name name] "
		    "[--image image] [--cgroup group] [--remove] [--] [word ...]",
	.options = options,
	/* What a container left that had the name before. */
	.capabilities = CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL),
};

struct container {
	const char *id;
	const char *name;
	char made_up[NAME_LENGTH + 1];
	const char *image;
	const char *cgroup;
	bool remove;
	char **words;
	size_t command_at; /* the index of its first word */
};

static const char *const adjectives[] = { "amber", "brisk", "calm", "clever", "cosy",
	"crisp", "daring", "dusty", "eager", "early", "fair", "fleet", "fond", "gentle",
	"glad", "golden", "handy", "hardy", "honest", "humble", "jolly", "keen", "kind",
	"lively", "lucky", "mellow", "merry", "mild", "misty", "neat", "nimble", "noble",
	"patient", "placid", "plucky", "polite", "proud", "quick", "quiet", "ready",
	"rosy", "rugged", "sandy", "serene", "sharp", "shiny", "silent", "silver",
	"smart", "snowy", "solid", "spry", "steady", "sturdy", "sunny", "swift", "tidy",
	"tiny", "trusty", "vivid", "warm", "windy", "wise", "witty" };
static const char *const nouns[] = { "acorn", "anchor", "badger", "barge", "beacon",
	"beaver", "birch", "bison", "brook", "canoe", "cedar", "cliff", "clover", "comet",
	"crane", "cricket", "delta", "dune", "falcon", "fern", "ferry", "finch", "fjord",
	"fox", "gecko", "glacier", "grove", "harbour", "hare", "heron", "ibex", "island",
	"kettle", "lagoon", "lantern", "larch", "lark", "lemur", "linden", "lynx",
	"maple", "marten", "meadow", "moose", "oak", "orchid", "osprey", "otter",
	"pebble", "pine", "plover", "prairie", "quail", "raven", "reef", "river", "robin",
	"sparrow", "spruce", "squirrel", "thistle", "tulip", "walrus", "willow" };

#define COUNT(list) (sizeof(list) / sizeof *(list))

/* Nobody chose it: a number after it once the plain ones are rare. */
static void make_up_name(char *name, size_t size, int attempt)
{
	unsigned short random[3];
	int length;

	if (getrandom(random, sizeof random, 0) != sizeof random)
		die_errno("get random numbers", NULL);
	length = snprintf(name, size, "%s_%s", adjectives[random[0] % COUNT(adjectives)],
		nouns[random[1] % COUNT(nouns)]);
	if (attempt > 3)
		snprintf(name + length, size - (size_t)length, "_%u", random[2]);
}

/* Nothing is left of a container that could not be made, not even the lock file. */
static void undo(const struct state *state, const struct container *container)
{
	int reason = errno;

	discard_unfinished(state, container->id);
	if (container->name)
		release_name(state, container->name, container->id);
	drop_lock(state, container->id);
	errno = reason;
}

static _Noreturn void refuse_name(
	const struct state *state, const struct container *container, const char *holder)
{
	bool alive = is_alive(state, holder);
	struct cause cause = { "name-in-use", NULL };
	char *fix;

	undo(state, container);
	if (asprintf(&fix,
		    alive ? "container rm --force %s ends and removes that one; or "
			    "choose "
			    "another --name"
			  : "container rm %s removes that one, which has ended; or "
			    "choose "
			    "another --name",
		    container->name) < 0)
		die_errno("take the name", container->name);
	cause.fix = fix;
	die_cause(&cause, "take the name", container->name, "in use by container %s",
		holder);
}

/* Whether NAME may be free now: its holder was dead, and has been cleaned up. */
static bool free_name(const struct state *state, const char *name)
{
	char id[ID_LENGTH + 1];
	int directory;

	if (read_name(state, name, id)) {
		/* A machine that lost its power may have lost what was not synced. */
		if (errno == EUCLEAN)
			release_name(state, name, NULL);
		return errno == ENOENT || errno == EUCLEAN;
	}
	if (is_alive(state, id))
		return false;
	if ((directory = open_container(state, id)) >= 0) {
		close(directory);
		sweep_container(&(struct sweep){ .state = state }, id);
		directory = open_container(state, id);
	}
	if (directory >= 0) {
		close(directory);
		return false;
	}
	/* Of one that was killed while it was made or removed. */
	if (errno == ENOENT)
		release_name(state, name, id);
	return true;
}

static void name_container(const struct state *state, struct container *container)
{
	bool chosen = container->name;
	char holder[ID_LENGTH + 1];

	for (int attempt = 0; attempt < 100; attempt++) {
		if (!chosen) {
			make_up_name(
				container->made_up, sizeof container->made_up, attempt);
			container->name = container->made_up;
		}
		if (!take_name(state, container->name, container->id))
			return;
		if (errno != EEXIST)
			break;
		if (chosen && !free_name(state, container->name)) {
			if (read_name(state, container->name, holder))
				continue;
			refuse_name(state, container, holder);
		}
		errno = EEXIST;
	}
	undo(state, container);
	die_errno("take the name", container->name);
}

/* Straight into the directory that nobody sees yet. NULL: no such value. */
static int put_value(int directory, const char *name, const char *text, size_t length)
{
	int fd, reason = 0;

	if (!text)
		return 0;
	fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return -1;
	while (length && !reason) {
		ssize_t put = write(fd, text, length);

		if (put < 0 && errno != EINTR)
			reason = errno;
		if (put > 0) {
			text += put;
			length -= (size_t)put;
		}
	}
	close(fd);
	errno = reason;
	return reason ? -1 : 0;
}

static int put_line(int directory, const char *name, const char *text)
{
	char line[VALUE_SIZE];
	int length;

	if (!text)
		return 0;
	/* What is too long for a list is complete in the arguments. */
	length = snprintf(line, sizeof line - 1, "%s", text);
	if (length > VALUE_SIZE - 3)
		length = VALUE_SIZE - 3;
	line[length++] = '\n';
	return put_value(directory, name, line, (size_t)length);
}

/* The words in one piece, each followed by a NUL, or by a blank but for the last. */
static char *join(char *const *words, char between, size_t *length)
{
	size_t size = 1;
	char *text, *at;

	for (char *const *word = words; *word; word++)
		size += strlen(*word) + 1;
	if (!(text = malloc(size)))
		die_errno("remember the words", NULL);
	at = text;
	for (char *const *word = words; *word; word++) {
		size_t bytes = strlen(*word);

		memcpy(at, *word, bytes);
		at += bytes;
		*at++ = between;
	}
	*length = (size_t)(at - text);
	if (between && at > text)
		at--;
	*at = '\0';
	return text;
}

/* The words are options, "--", the image, the command. */
static size_t find_command(char *const *words)
{
	size_t at = 0;

	while (words[at] && strcmp(words[at], "--") != 0)
		at++;
	for (int i = 0; i < 2 && words[at]; i++)
		at++;
	return at;
}

static int fill(int directory, const struct container *container)
{
	size_t words_length, length;
	char *words = join(container->words, '\0', &words_length);
	char *command = join(container->words + container->command_at, ' ', &length),
	     now[64];

	format_now(now, sizeof now);
	if (put_line(directory, "name", container->name) ||
		put_line(directory, "image", container->image) ||
		put_line(directory, "command", command) ||
		put_line(directory, "created", now) ||
		put_line(directory, "cgroup", container->cgroup) ||
		put_line(directory, "remove", container->remove ? "" : NULL))
		return -1;
	return put_value(
		directory, "arguments", words_length ? words : NULL, words_length);
}

static _Noreturn void fail(const struct state *state, const struct container *container)
{
	undo(state, container);
	die_errno("make the container", container->id);
}

static void make(const struct state *state, struct container *container)
{
	int directory;

	/* Before anything is there: a second container of this ID would find it. */
	if (open_container(state, container->id) >= 0)
		die("make the container", container->id, "there is one of this ID");
	directory = make_unfinished(state, container->id);
	if (directory < 0 || put_line(directory, "id", container->id))
		fail(state, container);
	name_container(state, container);
	if (fill(directory, container) || finish_container(state, container->id))
		fail(state, container);
}

int main(int argc, char *argv[])
{
	struct container container = { 0 };
	const char *root = NULL, *run = NULL;
	struct common common = { 0 };
	struct state state;
	size_t words = WORDS_MAX, command_at = WORDS_MAX;
	int lock = -1, option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_WORDS:
			words = parse_uint("--words", optarg, 0, WORDS_MAX);
			break;
		case OPTION_COMMAND_AT:
			command_at = parse_uint("--command-at", optarg, 0, WORDS_MAX);
			break;
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		case OPTION_ID:
			container.id = parse_container_id("--id", optarg);
			break;
		case OPTION_NAME:
			container.name = parse_container_name("--name", optarg);
			break;
		case OPTION_IMAGE:
			container.image = optarg;
			break;
		case OPTION_CGROUP:
			container.cgroup = optarg;
			if (!is_group(optarg))
				die("--cgroup", optarg,
					"not an absolute path without . and ..");
			break;
		case OPTION_REMOVE:
			container.remove = true;
			break;
		case OPTION_LOCK_FD:
			lock = parse_fd("--lock-fd", optarg);
			break;
		}
	}
	if (!root || !run || !container.id || lock < 0)
		die_usage(&tool, "which container, and where?");
	container.words = argv + optind;
	if (words < (size_t)(argc - optind))
		container.words[words] = NULL;
	container.command_at = find_command(container.words);
	if (command_at <= words && command_at <= (size_t)(argc - optind))
		container.command_at = command_at;
	start_tool(&tool, &common);

	state = open_state(root, run);
	claim_inherited(&state, container.id, lock);
	make(&state, &container);
	return 0;
}
