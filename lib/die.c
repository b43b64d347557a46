/* SPDX-License-Identifier: MIT */
#include "die.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The one piece of state in lib/: a message must name its tool wherever it is made. */
static const char *reporter = "container-tools";
static int record_fd = -1;

void report_as(const char *name, int status_fd)
{
	reporter = name;
	record_fd = status_fd;
}

int report_fd(void)
{
	return record_fd;
}

void report_for(const char *name)
{
	reporter = name;
}

/* Control characters in names come from images and archives: none of them reaches a
 * terminal. Bytes above 0x7f pass, so that UTF-8 stays readable. */
static void put_plain(FILE *out, const char *text)
{
	unsigned char c, next, before = 0;

	for (; (c = (unsigned char)*text); text++, before = c) {
		next = (unsigned char)text[1];
		/* U+0080 to U+009F, one of which is another ESC [, are c2 80 to c2 9f. */
		if (c < 0x20 || c == 0x7f || (c == 0xc2 && (next & 0xe0) == 0x80) ||
			(before == 0xc2 && (c & 0xe0) == 0x80))
			fprintf(out, "\\x%02x", c);
		else
			fputc(c, out);
	}
}

static void put_json(FILE *out, const char *key, const char *value, bool first)
{
	fprintf(out, "%s\"%s\":", first ? "{" : ",", key);
	if (!value) {
		fputs("null", out);
		return;
	}
	fputc('"', out);
	for (; *value; value++) {
		unsigned char c = (unsigned char)*value;

		if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else if (c < 0x20 || c >= 0x7f)
			/* A byte that is not ASCII is shown as the code point of the same
			 * number: the line is valid JSON whatever the name's encoding. */
			fprintf(out, "\\u%04x", c);
		else
			fputc(c, out);
	}
	fputc('"', out);
}

static void put_line(const char *tried, const char *object, const char *reason)
{
	/* One write for the whole line, so that lines of several processes do not mix. */
	char *line = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		return;
	fprintf(out, "%s: ", reporter);
	put_plain(out, tried);
	if (object) {
		fputs(": ", out);
		put_plain(out, object);
	}
	fputs(": ", out);
	put_plain(out, reason);
	fputc('\n', out);
	if (!fclose(out) && write(STDERR_FILENO, line, size) < 0) {
		/* Nobody is left to tell. */
	}
	free(line);
}

static void put_record(const char *tried, const char *object, const char *reason,
	int number, const struct cause *cause)
{
	char *line = NULL;
	size_t size = 0;
	FILE *out;

	if (record_fd < 0 || !(out = open_memstream(&line, &size)))
		return;
	put_json(out, "step", reporter, true);
	put_json(out, "call", tried, false);
	put_json(out, "object", object, false);
	put_json(out, "reason", reason, false);
	if (number)
		fprintf(out, ",\"errno\":%d", number);
	if (cause) {
		put_json(out, "cause", cause->id, false);
		put_json(out, "fix", cause->fix, false);
	}
	fputs("}\n", out);
	if (!fclose(out) && write(record_fd, line, size) < 0) {
		/* The reader has gone. */
	}
	free(line);
}

static _Noreturn void fail(int status, const char *tried, const char *object,
	const char *reason, int number, const struct cause *cause)
{
	put_line(tried, object, reason);
	if (cause)
		put_line("hint", NULL, cause->fix);
	put_record(tried, object, reason, number, cause);
	exit(status);
}

void die_errno(const char *tried, const char *object)
{
	fail(EXIT_TOOL, tried, object, strerror(errno), errno, NULL);
}

void die_errno_cause(const char *tried, const char *object, const struct cause *cause)
{
	fail(EXIT_TOOL, tried, object, strerror(errno), errno, cause);
}

void die_status(
	int status, const char *tried, const char *object, const struct cause *cause)
{
	fail(status, tried, object, strerror(errno), errno, cause);
}

void die(const char *tried, const char *object, const char *reason, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof text, reason, arguments);
	va_end(arguments);
	fail(EXIT_TOOL, tried, object, text, 0, NULL);
}

void die_cause(const struct cause *cause, const char *tried, const char *object,
	const char *reason, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof text, reason, arguments);
	va_end(arguments);
	fail(EXIT_TOOL, tried, object, text, 0, cause);
}

void warn(const char *tried, const char *object, const char *reason, ...)
{
	char text[512];
	va_list arguments;

	va_start(arguments, reason);
	vsnprintf(text, sizeof text, reason, arguments);
	va_end(arguments);
	put_line(tried, object, text);
}
