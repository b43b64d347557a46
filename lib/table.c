/* SPDX-License-Identifier: MIT */
#include "table.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"

enum {
	TABLE_MAX = 1 << 20, /* bytes; a table is a few thousand */
	OPTIONS_FIRST = 128,
	HELP_INDENT = 34,
	HELP_WIDTH = 80,
};

struct reader {
	const char *file;
	size_t line;
	const char *group;
	struct table table;
	size_t room; /* for options in it */
};

static const struct {
	const char *word;
	enum value_type type;
	bool has_limits;
} types[] = {
	{ "bool", VALUE_BOOL, true },
	{ "text", VALUE_TEXT, false },
	{ "word", VALUE_WORD, false },
	{ "name", VALUE_NAME, false },
	{ "path", VALUE_PATH, false },
	{ "env", VALUE_ENV, false },
	{ "int", VALUE_INT, true },
	{ "size", VALUE_SIZE, true },
	{ "decimal", VALUE_DECIMAL, true },
	{ "duration", VALUE_DURATION, true },
	{ "seconds", VALUE_SECONDS, true },
	{ "ip4", VALUE_IP4, false },
	{ "ip6", VALUE_IP6, false },
	{ "ip", VALUE_IP, false },
	{ "like", VALUE_LIKE, true },
};

static _Noreturn void die_line(const struct reader *reader, const char *problem)
{
	die("read the table", reader->file, "line %zu: %s", reader->line, problem);
}

static void *allocate(void *old, size_t size)
{
	void *memory = realloc(old, size);

	if (!memory)
		die_errno("allocate memory", NULL);
	return memory;
}

static char *read_text(const char *file)
{
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	size_t length = 0;
	char *text;

	if (fd < 0 || fstat(fd, &status))
		die_errno("read the table", file);
	if (!S_ISREG(status.st_mode) || status.st_size > TABLE_MAX)
		die("read the table", file, "not a regular file of at most %d bytes",
			TABLE_MAX);
	text = allocate(NULL, (size_t)status.st_size + 1);
	while (length < (size_t)status.st_size) {
		ssize_t got = read(fd, text + length, (size_t)status.st_size - length);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			die_errno("read the table", file);
		if (!got)
			break;
		length += (size_t)got;
	}
	text[length] = '\0';
	if (strlen(text) != length)
		die("read the table", file, "it has a NUL byte");
	close(fd);
	return text;
}

/* Cut the next field from *REST: fields are separated by a tab, or by two blanks or more,
 * so that a field may be a sentence. NULL if there is none. */
static char *next_field(char **rest)
{
	char *field = *rest + strspn(*rest, " \t");
	char *end = field;

	if (!*field)
		return NULL;
	while (*end && *end != '\t' && !(end[0] == ' ' && strchr(" \t", end[1])))
		end++;
	*rest = end;
	if (*end) {
		*end = '\0';
		*rest = end + 1;
	}
	return field;
}

/* "2", "0..3" or "1..", then the kinds. */
static void read_operands(struct reader *reader, char *text)
{
	struct table *table = &reader->table;
	char *kinds = text + strcspn(text, " \t"), *end;

	if (*kinds)
		*kinds++ = '\0';
	table->operands = kinds + strspn(kinds, " \t");
	table->least = strtoul(text, &end, 10);
	table->most = table->least;
	if (end == text)
		die_line(reader, "operands: a number, such as 1.., is missing");
	if (!strncmp(end, "..", 2)) {
		char *high = end + 2;

		table->most = *high ? strtoul(high, &end, 10) : SIZE_MAX;
		if (!*high)
			end = high;
	}
	if (*end || table->most < table->least)
		die_line(reader, "operands: not of the form 2, 0..2 or 1..");
}

static void read_directive(struct reader *reader, char *line)
{
	static const char spaces[] = " \t";
	struct table *table = &reader->table;
	size_t length = strcspn(line, spaces);
	char *value = line + length + strspn(line + length, spaces);

	line[length] = '\0';
	if (!*value)
		die_line(reader, "a word with nothing after it");
	if (!strcmp(line, "verb")) {
		table->verb = value;
	} else if (!strcmp(line, "purpose")) {
		table->purpose = value;
	} else if (!strcmp(line, "usage")) {
		table->usage = value;
	} else if (!strcmp(line, "group")) {
		reader->group = value;
	} else if (!strcmp(line, "operands")) {
		read_operands(reader, value);
	} else if (!strcmp(line, "options")) {
		table->anywhere = !strcmp(value, "anywhere");
		if (!table->anywhere && strcmp(value, "first"))
			die_line(reader, "options: neither first nor anywhere");
	} else {
		die_line(reader, "not a word that tables have");
	}
}

static void read_type(struct reader *reader, struct table_option *option, char *field)
{
	size_t length = strlen(field);
	char *limits = strchr(field, ' ');

	if (length > 3 && !strcmp(field + length - 3, "...")) {
		option->repeatable = true;
		field[length - 3] = '\0';
	}
	if (strchr(field, '|')) {
		option->type = VALUE_CHOICE;
		option->limits = field;
		return;
	}
	if (limits) {
		*limits++ = '\0';
		option->limits = limits;
	}
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		if (strcmp(types[i].word, field))
			continue;
		if (limits && !types[i].has_limits)
			die_line(reader, "limits for a type that has none");
		option->type = types[i].type;
		if (option->type == VALUE_LIKE && !limits)
			die_line(reader, "like: a pattern is missing");
		return;
	}
	die_line(reader, "no such type of value");
}

/* "-e, --env NAME[=VALUE]": the form in which the help shows it. */
static void read_head(struct reader *reader, struct table_option *option, char *field)
{
	char *name = field;
	size_t length;

	if (field[0] == '-' && field[1] && field[1] != '-') {
		option->letter = field[1];
		if (strncmp(field + 2, ", --", 4))
			die_line(reader, "not of the form -x, --name");
		name = field + 4;
	}
	if (strncmp(name, "--", 2))
		die_line(reader, "not of the form --name");
	name += 2;
	length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-");
	if (!length || (name[length] && name[length] != ' '))
		die_line(reader, "not a name of an option");
	option->argument = name[length] ? name + length + 1 : NULL;
	name[length] = '\0';
	option->name = name;
}

static void refuse_double(const struct reader *reader, const struct table_option *option)
{
	for (size_t i = 0; i < reader->table.count; i++) {
		const struct table_option *other = &reader->table.options[i];

		if (!strcmp(other->name, option->name) ||
			(option->letter && other->letter == option->letter))
			die_line(reader, "a second option of the same name or letter");
	}
}

static void read_option(struct reader *reader, char *line)
{
	struct table *table = &reader->table;
	struct table_option option = { 0 };
	char *head = next_field(&line);
	char *type = next_field(&line);

	option.help = next_field(&line);
	if (!type || !option.help || next_field(&line))
		die_line(reader, "not three fields: the option, its type, its help");
	option.group = reader->group ? reader->group : "Options";
	read_head(reader, &option, head);
	read_type(reader, &option, type);
	if ((option.type == VALUE_BOOL) != !option.argument)
		die_line(reader, "a bool has no argument, and any other type has one");
	refuse_double(reader, &option);
	/* Twice as many whenever it is full. */
	if (table->count == reader->room) {
		reader->room = reader->room ? 2 * reader->room : OPTIONS_FIRST;
		table->options =
			allocate(table->options, reader->room * sizeof *table->options);
	}
	table->options[table->count++] = option;
}

/* An indented line says more about the option above it. */
static void read_remark(struct reader *reader, char *line)
{
	struct table *table = &reader->table;
	struct table_option *option;

	if (!table->count)
		die_line(reader, "indented, but below no option");
	option = &table->options[table->count - 1];
	if (!strncmp(line, "not built: ", 11))
		option->unbuilt = line + 11;
	else if (!strncmp(line, "also: --", 8))
		option->also = line + 8;
	else
		die_line(reader, "neither \"not built: ...\" nor \"also: --name\"");
}

static void read_line(struct reader *reader, char *line)
{
	char *text = line + strspn(line, " \t");

	for (size_t length = strlen(text); length && strchr(" \t\r", text[length - 1]);)
		text[--length] = '\0';
	if (!*text || *text == '#')
		return;
	if (*text == '-')
		read_option(reader, text);
	else if (text != line)
		read_remark(reader, text);
	else
		read_directive(reader, text);
}

struct table read_table(const char *file)
{
	struct reader reader = { .file = file, .table = { .operands = "" } };
	char *text = read_text(file), *line;

	while ((line = strsep(&text, "\n"))) {
		reader.line++;
		read_line(&reader, line);
	}
	if (!reader.table.verb || !reader.table.purpose || !reader.table.usage)
		die_line(&reader, "the end, without verb, purpose and usage");
	return reader.table;
}

void format_option(const struct table_option *option, char *text, size_t size)
{
	char letter[5] = "    ";

	if (option->letter)
		snprintf(letter, sizeof letter, "-%c, ", option->letter);
	snprintf(text, size, "%s--%s%s%s", letter, option->name,
		option->argument ? " " : "", option->argument ? option->argument : "");
}

/* TEXT and A, B, C after it, with SEPARATOR between if there is a text; TEXT is freed. */
static char *append(
	char *text, const char *separator, const char *a, const char *b, const char *c)
{
	char *result;

	if (asprintf(&result, "%s%s%s%s%s", text, *text ? separator : "", a, b, c) < 0)
		die_errno("allocate memory", NULL);
	free(text);
	return result;
}

static char *copy(const char *text)
{
	char *result = strdup(text);

	if (!result)
		die_errno("allocate memory", NULL);
	return result;
}

char *limits_in_words(const char *limits)
{
	char *list = copy(limits), *words = copy("");
	char *item, *rest = list;

	while ((item = strsep(&rest, ","))) {
		char *range = strstr(item, "..");

		if (!range) {
			words = append(words, ", or ", item, "", "");
			continue;
		}
		*range = '\0';
		words = append(
			words, ", or ", item, range[2] ? " to " : " or more", range + 2);
	}
	free(list);
	return words;
}

char *choices_in_words(const char *choices)
{
	char *list = copy(choices), *words = copy("");
	char *choice, *rest = list;

	while ((choice = strsep(&rest, "|")))
		words = append(words, ", ", choice, "", "");
	free(list);
	return words;
}

/* TEXT from column HELP_INDENT on, broken at blanks before HELP_WIDTH. */
static void print_wrapped(const char *text)
{
	size_t column = HELP_INDENT;

	while (*text) {
		size_t length = strcspn(text, " ");

		if (column > HELP_INDENT && column + 1 + length > HELP_WIDTH) {
			printf("\n%*s", HELP_INDENT, "");
			column = HELP_INDENT;
		}
		if (column > HELP_INDENT) {
			putchar(' ');
			column++;
		}
		printf("%.*s", (int)length, text);
		column += length;
		text += length + strspn(text + length, " ");
	}
	putchar('\n');
}

static void print_option(const struct table_option *option)
{
	char head[128], *help = copy(option->help);

	if (option->type == VALUE_CHOICE) {
		char *choices = choices_in_words(option->limits);

		help = append(help, ": ", choices, "", "");
		free(choices);
	}
	if (option->repeatable)
		help = append(help, " ", "(repeatable)", "", "");
	format_option(option, head, sizeof head);
	if (strlen(head) + 4 > HELP_INDENT)
		printf("  %s\n%*s", head, HELP_INDENT, "");
	else
		printf("  %-*s", HELP_INDENT - 2, head);
	print_wrapped(help);
	free(help);
}

/* Several to a line, since there is no more to say about them than that they are known.
 */
static void print_unbuilt(const struct table *table)
{
	size_t column = HELP_WIDTH;

	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];
		size_t length = strlen(option->name) + 3;

		if (!option->unbuilt)
			continue;
		if (column == HELP_WIDTH)
			printf("\nKnown, but not built (the page says why):");
		if (column + length > HELP_WIDTH) {
			printf("\n ");
			column = 1;
		}
		printf(" --%s", option->name);
		column += length;
	}
	if (column != HELP_WIDTH)
		putchar('\n');
}

void print_table_help(const struct table *table)
{
	const char *group = NULL;

	printf("usage: %s %s\n%s: %s\n", table->verb, table->usage, table->verb,
		table->purpose);
	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];

		if (option->unbuilt)
			continue;
		if (!group || strcmp(group, option->group))
			printf("\n%s:\n", option->group);
		group = option->group;
		print_option(option);
	}
	print_unbuilt(table);
}
