/* SPDX-License-Identifier: MIT */
#include "template.h"

#include <stdlib.h>
#include <string.h>

#include "die.h"

enum {
	GAP = 3, /* blanks between columns, as Docker has them */
	COLUMN = 10, /* and a column at least so wide with them */
};

static void *grow(void *list, size_t size)
{
	list = realloc(list, size);
	if (!list)
		die_errno("list", "containers");
	return list;
}

static struct part *add_part(struct template *template)
{
	template->parts =
		grow(template->parts, (template->count + 1) * sizeof *template->parts);
	template->parts[template->count] = (struct part){ 0 };
	return &template->parts[template->count++];
}

/* The characters up to the next field, with \t and \n replaced. */
static const char *parse_literal(struct template *template, const char *text)
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
	add_part(template)->literal = literal;
	return text;
}

/* {{.Name}}, with blanks inside the braces as Go allows them. */
static const char *parse_field(
	struct template *template, const char *whole, const char *text)
{
	const char *name = text + 2 + strspn(text + 2, " "), *end;

	if (*name++ == '.') {
		end = name + strcspn(name, " }");
		for (int i = 0; i < FIELDS; i++) {
			size_t length = strlen(field_names[i]);
			const char *rest = end + strspn(end, " ");

			if (length != (size_t)(end - name) ||
				memcmp(name, field_names[i], length) ||
				strncmp(rest, "}}", 2) != 0)
				continue;
			add_part(template)->field = (enum field)i;
			return rest + 2;
		}
	}
	die("--format", whole,
		"between the braces only .ID, .Names, .Image, .Command, .CreatedAt, "
		".RunningFor, "
		".Status, .State, .Ports and .Labels are known");
}

struct template parse_template(const char *text)
{
	struct template template = { 0 };
	const char *at = text;

	if (!strncmp(at, "table ", 6)) {
		template.table = true;
		at += 6;
	}
	while (*at)
		at = strncmp(at, "{{", 2) != 0 ? parse_literal(&template, at)
					       : parse_field(&template, text, at);
	return template;
}

/* One line, written into memory with its cells apart by tabs; ONE is NULL for the titles.
 * The template's own characters are as they were given. */
static char *make_line(
	const struct template *template, const struct listed *one, bool whole, time_t now)
{
	char *line = NULL;
	size_t size;
	FILE *out = open_memstream(&line, &size);

	if (!out)
		die_errno("list", "containers");
	for (size_t i = 0; i < template->count; i++) {
		const struct part *part = &template->parts[i];
		char *text;

		if (part->literal) {
			fputs(part->literal, out);
		} else if (!one) {
			fputs(field_titles[part->field], out);
		} else {
			text = field_text(one, part->field, whole, now);
			/* Commands have been made visible when they were quoted. */
			if (part->field == FIELD_COMMAND)
				fputs(text, out);
			else
				put_visible(out, text, false);
			free(text);
		}
	}
	if (fclose(out))
		die_errno("list", "containers");
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
		die_errno("list", "containers");
	for (size_t i = 0; i < count; i++)
		measure(lines[i], widths);
	for (size_t i = 0; i < count; i++)
		put_aligned(lines[i], widths);
	free(widths);
}

void put_lines(const struct template *template, const struct listed *all, size_t count,
	bool whole, time_t now)
{
	char **lines = grow(NULL, (count + 1) * sizeof *lines);

	lines[0] = make_line(template, NULL, whole, now);
	for (size_t i = 0; i < count; i++)
		lines[i + 1] = make_line(template, &all[i], whole, now);
	if (template->table)
		put_table(lines, count + 1);
	else
		for (size_t i = 0; i < count; i++)
			puts(lines[i + 1]);
}
