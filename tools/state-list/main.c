/* SPDX-License-Identifier: MIT */
/* state-list: list containers.
 *
 * The list is what the files say, read once: nothing is asked and nobody is woken. A
 * container runs if somebody holds its lock. */

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "field.h"
#include "list.h"
#include "parse.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	OPTION_FORMAT,
	OPTION_NO_TRUNC,
	FILTERS_MAX = 64,
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ 'a', "all", NULL, "those that have ended too" },
	{ 'f', "filter", "name=value",
		"only those whose id, name, status, exited, ancestor or label "
		"matches" },
	{ OPTION_FORMAT, "format", "form", "table, json, or a template such as {{.ID}}" },
	{ OPTION_NO_TRUNC, "no-trunc", NULL, "whole IDs and commands" },
	{ 'q', "quiet", NULL, "IDs only" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-list",
	.kind = JOB,
	.purpose = "list containers",
	.synopsis = "--root directory --run directory [--all] [--filter name=value ...] "
		    "[--format form] [--no-trunc] [--quiet]",
	.options = options,
	.capabilities = 0,
};

enum filter_kind {
	BY_ID,
	BY_NAME,
	BY_STATUS,
	BY_EXITED,
	BY_ANCESTOR,
	BY_LABEL,
	FILTER_KINDS,
};

static const char *const filter_names[FILTER_KINDS] = { "id", "name", "status", "exited",
	"ancestor", "label" };

struct filter {
	enum filter_kind kind;
	const char *value;
};

static void check_status(const char *value)
{
	static const char *const known[] = { "created", "running", "paused", "restarting",
		"removing", "exited", "dead" };

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (!strcmp(value, known[i]))
			return;
	die("--filter status", value,
		"not one of created, running, paused, restarting, removing, exited, "
		"dead");
}

static struct filter parse_filter(const char *text)
{
	const char *equals = strchr(text, '=');

	for (int i = 0; equals && i < FILTER_KINDS; i++) {
		size_t length = strlen(filter_names[i]);

		if (length != (size_t)(equals - text) ||
			strncmp(text, filter_names[i], length) != 0)
			continue;
		if (i == BY_STATUS)
			check_status(equals + 1);
		if (i == BY_EXITED)
			parse_uint("--filter exited", equals + 1, 0, 255);
		return (struct filter){ (enum filter_kind)i, equals + 1 };
	}
	die("--filter", text,
		"not id=, name=, status=, exited=, ancestor= or label= and a value");
}

/* An image without its tag means that with the tag latest. */
static bool same_image(const char *image, const char *wanted)
{
	size_t length = strlen(wanted);

	return !strcmp(image, wanted) ||
		(!strncmp(image, wanted, length) && !strcmp(image + length, ":latest"));
}

/* WANTED is a name, or name=value. Of a label given twice the last value counts. */
static bool has_label(const char *labels, const char *wanted)
{
	size_t name = strcspn(wanted, "=");
	bool found = false;

	while (*labels) {
		size_t length = strcspn(labels, "\n");

		if (!strncmp(labels, wanted, name) && labels[name] == '=')
			found = !wanted[name] ||
				(strlen(wanted) == length &&
					!strncmp(labels, wanted, length));
		labels += length + (labels[length] == '\n');
	}
	return found;
}

static bool matches(const struct listed *one, const struct filter *filter)
{
	switch (filter->kind) {
	case BY_ID:
		return !strncmp(one->id, filter->value, strlen(filter->value));
	case BY_NAME:
		return strstr(one->name, filter->value);
	case BY_STATUS:
		return !strcmp(one->state, filter->value);
	case BY_EXITED:
		return !strcmp(one->state, "exited") &&
			one->exit_code == (int)strtol(filter->value, NULL, 10);
	case BY_ANCESTOR:
		return same_image(one->image, filter->value);
	case BY_LABEL:
		return has_label(one->labels, filter->value);
	default:
		return false;
	}
}

/* As in Docker: of each kind that is given one must match, of labels all. */
static bool passes(const struct listed *one, const struct filter *filters, size_t count)
{
	for (int kind = 0; kind < FILTER_KINDS; kind++) {
		bool asked = false, matched = false, missed = false;

		for (size_t i = 0; i < count; i++) {
			if ((int)filters[i].kind != kind)
				continue;
			asked = true;
			if (matches(one, &filters[i]))
				matched = true;
			else
				missed = true;
		}
		if (asked && (!matched || (missed && kind == BY_LABEL)))
			return false;
	}
	return true;
}

static size_t keep_passing(struct listed *all, size_t count, const struct filter *filters,
	size_t filter_count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (passes(&all[i], filters, filter_count))
			all[kept++] = all[i];
	return kept;
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *run = NULL, *format = "table";
	bool all = false, quiet = false;
	struct filter filters[FILTERS_MAX];
	struct common common = { 0 };
	size_t filter_count = 0, count;
	struct shown shown = { .now = time(NULL) };
	struct listed *list;
	struct state state;
	struct form form;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		case 'a':
			all = true;
			break;
		case 'f':
			if (filter_count == FILTERS_MAX)
				die("--filter", optarg, "at most %d filters",
					FILTERS_MAX);
			filters[filter_count] = parse_filter(optarg);
			/* Who asks for one that has ended wants to see it. */
			if (filters[filter_count].kind == BY_STATUS ||
				filters[filter_count].kind == BY_EXITED)
				all = true;
			filter_count++;
			break;
		case OPTION_FORMAT:
			format = optarg;
			break;
		case OPTION_NO_TRUNC:
			shown.whole = true;
			break;
		case 'q':
			quiet = true;
			break;
		}
	}
	if (!root || !run || argv[optind])
		die_usage(&tool, "which state?");
	form = parse_form(&columns, quiet ? "{{.ID}}" : format);
	start_tool(&tool, &common);

	state = open_state(root, run);
	list = list_containers(&state, all, &count);
	count = keep_passing(list, count, filters, filter_count);
	put_rows(&form, list, count, sizeof *list, &shown);
	return 0;
}
