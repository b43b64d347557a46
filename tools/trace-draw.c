/* SPDX-License-Identifier: MIT */
/* trace-draw: draw the time line of a start from what its steps wrote to --trace-fd.
 *
 * A line is "NAME EVENT NANOSECONDS" of CLOCK_MONOTONIC. A link writes "start" when it
 * starts, and "exec" with the name of the next program just before it becomes that; a job
 * writes "begin" and "end". So a link's own time is up to its exec, and what no link
 * starts after an exec is the container's program. */

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "tool.h"

enum {
	OPTION_FORMAT = OPTION_OWN,
	NAME_MAX_SHOWN = 64,
	STEPS_MAX = 256,
	BAR_WIDTH = 48,
};

static const struct tool_option options[] = {
	{ OPTION_FORMAT, "format", "form", "text (default), or json: one object a step" },
	{ 0 },
};

static const struct tool tool = {
	.name = "trace-draw",
	.kind = JOB,
	.purpose = "draw the time line of a start; reads it from standard input",
	.synopsis = "[--format text|json]",
	.options = options,
};

struct step {
	char name[NAME_MAX_SHOWN];
	uint64_t start, end; /* nanoseconds; end 0: not known */
	bool is_link;
};

struct trace {
	struct step steps[STEPS_MAX];
	size_t count;
	uint64_t first, last;
};

static struct step *add_step(
	struct trace *trace, const char *name, uint64_t at, bool is_link)
{
	struct step *step;

	if (trace->count == STEPS_MAX)
		die("read the trace", NULL, "more than %d steps", STEPS_MAX);
	step = &trace->steps[trace->count++];
	snprintf(step->name, sizeof step->name, "%s", name);
	/* The program's name is the caller's: a terminal and JSON see only plain
	 * characters. */
	for (char *c = step->name; *c; c++)
		if (*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\')
			*c = '?';
	step->start = at;
	step->is_link = is_link;
	return step;
}

/* The last step that has no end yet: a link, or the job of that NAME. */
static struct step *find_open(struct trace *trace, const char *name)
{
	for (size_t i = trace->count; i-- > 0;) {
		struct step *step = &trace->steps[i];

		if (!step->end &&
			(name ? !step->is_link && !strcmp(step->name, name)
			      : step->is_link))
			return step;
	}
	return NULL;
}

static void take_event(
	struct trace *trace, const char *name, const char *event, uint64_t at)
{
	struct step *open = NULL;

	if (!trace->first || at < trace->first)
		trace->first = at;
	if (at > trace->last)
		trace->last = at;
	if (!strcmp(event, "begin")) {
		add_step(trace, name, at, false);
	} else if (!strcmp(event, "end")) {
		open = find_open(trace, name);
	} else if (!strcmp(event, "start") || !strcmp(event, "exec")) {
		/* What an exec began is this very link: it starts when it says so. */
		open = find_open(trace, NULL);
		if (!strcmp(event, "start") && open && !strcmp(open->name, name)) {
			open->start = at;
			return;
		}
	} else {
		die("read the trace", event, "not an event");
	}
	if (open)
		open->end = at;
	if (!strcmp(event, "start") || !strcmp(event, "exec"))
		add_step(trace, name, at, true);
}

static void read_trace(struct trace *trace)
{
	char line[256], name[NAME_MAX_SHOWN], event[16];
	uint64_t at;

	while (fgets(line, sizeof line, stdin)) {
		if (sscanf(line, "%63s %15s %" SCNu64, name, event, &at) != 3)
			die("read the trace", line,
				"not of the form NAME EVENT NANOSECONDS");
		take_event(trace, name, event, at);
	}
	if (ferror(stdin))
		die_errno("read", "standard input");
	/* The program has no end of its own: it ended before the next step began, or by
	 * now. */
	for (size_t i = 0; i < trace->count; i++) {
		struct step *step = &trace->steps[i];

		if (!step->end)
			step->end = trace->last;
		if (step->is_link && i + 1 < trace->count &&
			trace->steps[i + 1].start < step->end && step->end == trace->last)
			step->end = trace->steps[i + 1].start;
	}
}

static double milliseconds(uint64_t nanoseconds)
{
	return (double)nanoseconds / 1e6;
}

static void draw_bar(const struct trace *trace, const struct step *step)
{
	uint64_t whole = trace->last - trace->first + 1;
	int from = (int)((step->start - trace->first) * BAR_WIDTH / whole);
	int to = (int)((step->end - trace->first) * BAR_WIDTH / whole);

	printf("%*s", from, "");
	for (int i = from; i <= to; i++)
		putchar('=');
	putchar('\n');
}

static void draw_text(const struct trace *trace)
{
	printf("%-16s %9s %9s\n", "STEP", "START ms", "OWN ms");
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		printf("%-16s %9.3f %9.3f  ", step->name,
			milliseconds(step->start - trace->first),
			milliseconds(step->end - step->start));
		draw_bar(trace, step);
	}
}

static void draw_json(const struct trace *trace)
{
	for (size_t i = 0; i < trace->count; i++) {
		const struct step *step = &trace->steps[i];

		printf("{\"step\":\"");
		for (const char *c = step->name; *c; c++)
			putchar(*c < 0x20 || *c > 0x7e || *c == '"' || *c == '\\' ? '?'
										  : *c);
		printf("\",\"start_ns\":%" PRIu64 ",\"own_ns\":%" PRIu64 "}\n",
			step->start - trace->first, step->end - step->start);
	}
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	static struct trace trace;
	bool json = false;

	while (next_option(&tool, &common, argc, argv) != -1) {
		json = !strcmp(optarg, "json");
		if (!json && strcmp(optarg, "text") != 0)
			die("--format", optarg, "not one of text, json");
	}
	if (argv[optind])
		die_usage(&tool, "it takes no operands");
	start_tool(&tool, &common);

	read_trace(&trace);
	if (json)
		draw_json(&trace);
	else
		draw_text(&trace);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	return 0;
}
