/* SPDX-License-Identifier: MIT */
#include "field.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "visible.h"

enum {
	SHORT_ID = 12,
	SHORT_COMMAND = 20,
};

/* With Docker's names and contents. */
enum field {
	FIELD_COMMAND,
	FIELD_CREATED_AT,
	FIELD_ID,
	FIELD_IMAGE,
	FIELD_LABELS,
	FIELD_NAMES,
	FIELD_PORTS,
	FIELD_RUNNING_FOR,
	FIELD_STATE,
	FIELD_STATUS,
	FIELDS,
};

static const char *const names[FIELDS] = { "Command", "CreatedAt", "ID", "Image",
	"Labels", "Names", "Ports", "RunningFor", "State", "Status" };
static const char *const titles[FIELDS] = { "COMMAND", "CREATED AT", "CONTAINER ID",
	"IMAGE", "LABELS", "NAMES", "PORTS", "CREATED", "STATE", "STATUS" };

/* A line each in the file; whoever started the container chose their bytes. */
static void put_labels(FILE *out, const char *labels)
{
	char *list = strdup(labels);

	if (!list)
		die_errno("list", "containers");
	for (char *at = list; (at = strchr(at, '\n'));)
		*at = ',';
	put_visible(out, list, false);
	free(list);
}

static void put_status(FILE *out, const struct listed *one, time_t now)
{
	if (!strcmp(one->state, "running")) {
		fputs("Up ", out);
		put_duration(out, now - one->created.tv_sec);
	} else if (!strcmp(one->state, "exited")) {
		fprintf(out, "Exited (%d) ", one->exit_code);
		put_duration(out, now - one->finished.tv_sec);
		fputs(" ago", out);
	} else {
		fputs("Dead", out);
	}
}

/* Cut to what is shown of it, by characters; the last one says so. */
static void put_command(FILE *out, const char *command, bool whole)
{
	const char *end = command, *short_end = command;
	char *cut;

	for (int i = 0; !whole && *end && i < SHORT_COMMAND; i++) {
		if (i == SHORT_COMMAND - 1)
			short_end = end;
		next_character(&end);
	}
	if (whole || !*end) {
		put_visible(out, command, true);
		return;
	}
	if (asprintf(&cut, "%.*s\u2026", (int)(short_end - command), command) < 0)
		die_errno("list", "containers");
	put_visible(out, cut, true);
	free(cut);
}

static char *field_text(const void *row, size_t field, const void *how)
{
	const struct shown *shown = how;
	const struct listed *one = row;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("list", "containers");
	switch (field) {
	case FIELD_COMMAND:
		put_command(out, one->command, shown->whole);
		break;
	case FIELD_CREATED_AT:
		put_date(out, one->created.tv_sec);
		break;
	case FIELD_ID:
		fprintf(out, "%.*s", shown->whole ? ID_LENGTH : SHORT_ID, one->id);
		break;
	case FIELD_IMAGE:
		fputs(one->image, out);
		break;
	case FIELD_NAMES:
		fputs(one->name, out);
		break;
	case FIELD_RUNNING_FOR:
		put_duration(out, shown->now - one->created.tv_sec);
		fputs(" ago", out);
		break;
	case FIELD_STATE:
		fputs(one->state, out);
		break;
	case FIELD_STATUS:
		put_status(out, one, shown->now);
		break;
	case FIELD_LABELS:
		put_labels(out, one->labels);
		break;
	default: /* ports: nothing has them yet */
		break;
	}
	if (fclose(out))
		die_errno("list", "containers");
	return text;
}

const struct columns columns = {
	.count = FIELDS,
	.names = names,
	.titles = titles,
	.table = "table {{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}"
		 "\t{{.Ports}}\t{{.Names}}",
	.text = field_text,
};
