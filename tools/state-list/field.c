/* SPDX-License-Identifier: MIT */
#include "field.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

enum {
	SHORT_ID = 12,
	SHORT_COMMAND = 20,
	NOT_UTF8 = 0xffffffff,
};

const char *const field_names[FIELDS] = { "Command", "CreatedAt", "ID", "Image", "Labels",
	"Names", "Ports", "RunningFor", "State", "Status" };
const char *const field_titles[FIELDS] = { "COMMAND", "CREATED AT", "CONTAINER ID",
	"IMAGE", "LABELS", "NAMES", "PORTS", "CREATED", "STATE", "STATUS" };

/* The character at *TEXT, which moves on behind it; NOT_UTF8 for a byte that begins none,
 * for overlong forms, surrogates and numbers that are no characters. */
static unsigned next_character(const char **text)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)*text;
	int length = *at < 0x80 ? 1
		: *at < 0xc0	? 0
		: *at < 0xe0	? 2
		: *at < 0xf0	? 3
				: 4;
	unsigned character = length == 1 ? *at : length ? *at & (0x7fu >> length) : 0;

	for (int i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			length = 0;
		else
			character = character << 6 | (at[i] & 0x3f);
	}
	if (!length || *at > 0xf4 || character < least[length] || character > 0x10ffff ||
		(character >= 0xd800 && character < 0xe000)) {
		++*text;
		return NOT_UTF8;
	}
	*text += length;
	return character;
}

/* Whether a terminal does something else with it than show it. */
static bool is_control(unsigned character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
		character == 0x61c || (character >= 0x200b && character <= 0x200f) ||
		(character >= 0x2028 && character <= 0x202e) ||
		(character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

static int put_character(
	FILE *out, const char *text, size_t bytes, unsigned character, bool quoted)
{
	switch (character) {
	case '\n':
		return fprintf(out, "\\n");
	case '\t':
		return fprintf(out, "\\t");
	case '"':
	case '\\':
		if (quoted)
			return fprintf(out, "\\%c", (int)character);
		break;
	case NOT_UTF8:
		return fprintf(out, "\\x%02x", (unsigned char)*text);
	}
	if (is_control(character))
		return fprintf(out, character < 0x100 ? "\\x%02x" : "\\u%04x", character);
	fwrite(text, 1, bytes, out);
	return 1;
}

size_t put_visible(FILE *out, const char *text, bool quoted)
{
	size_t columns = quoted ? 2 : 0;

	if (quoted)
		fputc('"', out);
	while (*text) {
		const char *from = text;
		unsigned character = next_character(&text);
		int put = put_character(
			out, from, (size_t)(text - from), character, quoted);

		columns += put > 0 ? (size_t)put : 0;
	}
	if (quoted)
		fputc('"', out);
	return columns;
}

void put_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		const char *from = text;
		unsigned character = next_character(&text);

		if (character == NOT_UTF8)
			fputs("\\ufffd", out);
		else if (character == '"' || character == '\\')
			fprintf(out, "\\%c", (int)character);
		else if (is_control(character))
			fprintf(out, "\\u%04x", character);
		else
			fwrite(from, 1, (size_t)(text - from), out);
	}
	fputc('"', out);
}

/* How long, as Docker says it. */
static void put_duration(FILE *out, time_t seconds)
{
	long long s = seconds > 0 ? seconds : 0, minutes = s / 60,
		  hours = (s + 1800) / 3600;

	if (s < 1)
		fputs("Less than a second", out);
	else if (s < 60)
		fprintf(out, "%lld second%s", s, s == 1 ? "" : "s");
	else if (minutes == 1)
		fputs("About a minute", out);
	else if (minutes < 60)
		fprintf(out, "%lld minutes", minutes);
	else if (hours == 1)
		fputs("About an hour", out);
	else if (hours < 48)
		fprintf(out, "%lld hours", hours);
	else if (hours < 24 * 7 * 2)
		fprintf(out, "%lld days", hours / 24);
	else if (hours < 24 * 30 * 2)
		fprintf(out, "%lld weeks", hours / 24 / 7);
	else if (hours < 24 * 365 * 2)
		fprintf(out, "%lld months", hours / 24 / 30);
	else
		fprintf(out, "%lld years", hours / 24 / 365);
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

static void put_date(FILE *out, time_t seconds)
{
	struct tm parts;
	char text[64];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
	fputs(text, out);
}

char *field_text(const struct listed *one, enum field field, bool whole, time_t now)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("list", "containers");
	switch (field) {
	case FIELD_COMMAND:
		put_command(out, one->command, whole);
		break;
	case FIELD_CREATED_AT:
		put_date(out, one->created.tv_sec);
		break;
	case FIELD_ID:
		fprintf(out, "%.*s", whole ? ID_LENGTH : SHORT_ID, one->id);
		break;
	case FIELD_IMAGE:
		fputs(one->image, out);
		break;
	case FIELD_NAMES:
		fputs(one->name, out);
		break;
	case FIELD_RUNNING_FOR:
		put_duration(out, now - one->created.tv_sec);
		fputs(" ago", out);
		break;
	case FIELD_STATE:
		fputs(one->state, out);
		break;
	case FIELD_STATUS:
		put_status(out, one, now);
		break;
	default: /* labels and ports: nothing has them yet */
		break;
	}
	if (fclose(out))
		die_errno("list", "containers");
	return text;
}
