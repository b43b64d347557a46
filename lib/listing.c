/* SPDX-License-Identifier: MIT */
#include "listing.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "visible.h"

enum {
	GAP = 3, /* blanks between columns, as Docker has them */
	COLUMN = 10, /* and a column at least so wide with them */
};

/* A piece of a template. */
struct part {
	char *literal; /* or NULL: */
	size_t column;
};

static void *grow(void *list, size_t size)
{
	list = realloc(list, size);
	if (!list)
		die_errno("make the list", NULL);
	return list;
}

static struct part *add_part(struct form *form)
{
	form->parts = grow(form->parts, (form->count + 1) * sizeof *form->parts);
	form->parts[form->count] = (struct part){ 0 };
	return &form->parts[form->count++];
}

/* The characters up to the next field, with \t and \n replaced. */
static const char *parse_literal(struct form *form, const char *text)
{
	size_t length = 0;
	char *literal = grow(NULL, strlen(text) + 1);

	while (*text && strncmp(text, "{{", 2) != 0) {
		bool escape = *text == '\\' && text[1] && strchr("tn\\", text[1]);

		if (escape)
			text++;
		literal[length++] = !escape ? *text
			: *text == 't'	    ? '\t'
			: *text == 'n'	    ? '\n'
					    : '\\';
		text++;
	}
	literal[length] = '\0';
	add_part(form)->literal = literal;
	return text;
}

/* All fields in words, for who has asked for another. */
static char *list_names(const struct columns *columns)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("make the list", NULL);
	for (size_t i = 0; i < columns->count; i++)
		fprintf(out, "%s.%s",
			!i				  ? ""
				: i + 1 == columns->count ? " and "
							  : ", ",
			columns->names[i]);
	if (fclose(out))
		die_errno("make the list", NULL);
	return text;
}

/* {{.Name}}, with blanks inside the braces as Go allows them. */
static const char *parse_field(struct form *form, const char *whole, const char *text)
{
	const char *name = text + 2 + strspn(text + 2, " "), *end;

	if (*name++ == '.') {
		end = name + strcspn(name, " }");
		for (size_t i = 0; i < form->columns->count; i++) {
			size_t length = strlen(form->columns->names[i]);
			const char *rest = end + strspn(end, " ");

			if (length != (size_t)(end - name) ||
				memcmp(name, form->columns->names[i], length) ||
				strncmp(rest, "}}", 2) != 0)
				continue;
			add_part(form)->column = i;
			return rest + 2;
		}
	}
	die("--format", whole, "between the braces only %s are known",
		list_names(form->columns));
}

struct form parse_form(const struct columns *columns, const char *text)
{
	struct form form = { .columns = columns };
	const char *at = strcmp(text, "table") != 0 ? text : columns->table;

	if (!strcmp(text, "json") || !strcmp(text, "{{json .}}")) {
		form.kind = FORM_JSON;
		return form;
	}
	if (!strncmp(at, "table ", 6)) {
		form.kind = FORM_TABLE;
		at += 6;
	}
	while (*at)
		at = strncmp(at, "{{", 2) != 0 ? parse_literal(&form, at)
					       : parse_field(&form, text, at);
	return form;
}

/* One line, written into memory with its cells apart by tabs; ROW is NULL for the titles.
 * The template's own characters are as they were given. */
static char *make_line(const struct form *form, const void *row, const void *how)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		die_errno("make the list", NULL);
	for (size_t i = 0; i < form->count; i++) {
		const struct part *part = &form->parts[i];
		char *text;

		if (part->literal) {
			fputs(part->literal, out);
		} else if (!row) {
			fputs(form->columns->titles[part->column], out);
		} else {
			text = form->columns->text(row, part->column, how);
			put_visible(out, text, false);
			free(text);
		}
	}
	if (fclose(out))
		die_errno("make the list", NULL);
	return line;
}

/* One column a character; what follows in UTF-8 begins with the bits 10. */
static size_t width(const char *text, size_t length)
{
	size_t columns = 0;

	for (size_t i = 0; i < length; i++)
		columns += ((unsigned char)text[i] & 0xc0) != 0x80;
	return columns;
}

/* The widths of LINE's cells, but for the last one, which nothing follows. */
static void measure(const char *line, size_t *widths)
{
	for (const char *tab; (tab = strchr(line, '\t')); line = tab + 1, widths++) {
		size_t columns = width(line, (size_t)(tab - line)) + GAP;

		columns = columns > COLUMN ? columns : COLUMN;
		if (columns > *widths)
			*widths = columns;
	}
}

static void put_aligned(const char *line, const size_t *widths)
{
	for (const char *tab; (tab = strchr(line, '\t')); line = tab + 1, widths++) {
		size_t length = (size_t)(tab - line);

		printf("%.*s%*s", (int)length, line, (int)(*widths - width(line, length)),
			"");
	}
	puts(line);
}

static void put_table(char *const *lines, size_t count)
{
	size_t cells = 1, *widths;

	for (const char *at = lines[0]; *at; at++)
		cells += *at == '\t';
	widths = calloc(cells, sizeof *widths);
	if (!widths)
		die_errno("make the list", NULL);
	for (size_t i = 0; i < count; i++)
		measure(lines[i], widths);
	for (size_t i = 0; i < count; i++)
		put_aligned(lines[i], widths);
	free(widths);
}

static void put_json(const struct columns *columns, const void *row, const void *how)
{
	for (size_t i = 0; i < columns->count; i++) {
		char *text = columns->text(row, i, how);

		printf("%s\"%s\":", i ? "," : "{", columns->names[i]);
		put_json_string(stdout, text);
		free(text);
	}
	puts("}");
}

void put_rows(const struct form *form, const void *rows, size_t count, size_t size,
	const void *how)
{
	char **lines = grow(NULL, (count + 1) * sizeof *lines);
	const char *row = rows;

	lines[0] = make_line(form, NULL, how);
	for (size_t i = 0; i < count; i++, row += size) {
		if (form->kind == FORM_JSON)
			put_json(form->columns, row, how);
		else
			lines[i + 1] = make_line(form, row, how);
		if (form->kind == FORM_LINES)
			puts(lines[i + 1]);
	}
	if (form->kind == FORM_TABLE)
		put_table(lines, count + 1);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
}

/* How long, as Docker says it. */
void put_duration(FILE *out, time_t seconds)
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

void put_date(FILE *out, time_t seconds)
{
	struct tm parts;
	char text[64];

	gmtime_r(&seconds, &parts);
	strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S +0000 UTC", &parts);
	fputs(text, out);
}
