/* SPDX-License-Identifier: MIT */
#include "toml.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "visible.h"

enum {
	DEPTH_MAX = 16,
	ENTRIES_MAX = 4096,
};

struct reader {
	const char *name;
	const char *at;
	unsigned line;
	unsigned depth;
	size_t entries;
};

static const char bare[] =
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

static _Noreturn void fail(const struct reader *reader, const char *form, ...)
	__attribute__((format(printf, 2, 3)));
static _Noreturn void fail(const struct reader *reader, const char *form, ...)
{
	char place[32], reason[256];
	va_list arguments;

	va_start(arguments, form);
	vsnprintf(reason, sizeof reason, form, arguments);
	va_end(arguments);
	snprintf(place, sizeof place, "line %u", reader->line);
	die(reader->name, place, "%s", reason);
}

static void *check_memory(void *memory)
{
	if (!memory)
		die_errno("allocate memory", NULL);
	return memory;
}

static void skip_blanks(struct reader *reader)
{
	reader->at += strspn(reader->at, " \t");
}

static void skip_comment(struct reader *reader)
{
	if (*reader->at == '#')
		reader->at += strcspn(reader->at, "\n");
}

static bool skip_newline(struct reader *reader)
{
	if (reader->at[0] == '\r' && reader->at[1] == '\n')
		reader->at++;
	if (*reader->at != '\n')
		return false;
	reader->at++;
	reader->line++;
	return true;
}

/* To where something stands again, over lines that say nothing. */
static void skip_lines(struct reader *reader)
{
	do {
		skip_blanks(reader);
		skip_comment(reader);
	} while (skip_newline(reader));
}

static void end_line(struct reader *reader)
{
	skip_blanks(reader);
	skip_comment(reader);
	if (*reader->at && !skip_newline(reader))
		fail(reader, "something follows where the line must end");
}

static void put_utf8(FILE *out, unsigned character)
{
	if (character < 0x80) {
		fputc((int)character, out);
	} else if (character < 0x800) {
		fputc((int)(0xc0 | character >> 6), out);
		fputc((int)(0x80 | (character & 0x3f)), out);
	} else if (character < 0x10000) {
		fputc((int)(0xe0 | character >> 12), out);
		fputc((int)(0x80 | (character >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (character & 0x3f)), out);
	} else {
		fputc((int)(0xf0 | character >> 18), out);
		fputc((int)(0x80 | (character >> 12 & 0x3f)), out);
		fputc((int)(0x80 | (character >> 6 & 0x3f)), out);
		fputc((int)(0x80 | (character & 0x3f)), out);
	}
}

/* The character that DIGITS hexadecimal digits are the number of. */
static unsigned read_number_of(struct reader *reader, int digits)
{
	unsigned character = 0;

	for (int i = 0; i < digits; i++, reader->at++) {
		static const char known[] = "0123456789abcdef";
		char c = *reader->at;
		const char *digit =
			c ? strchr(known, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

		if (!digit)
			fail(reader, "an escape needs %d hexadecimal digits", digits);
		character = character << 4 | (unsigned)(digit - known);
	}
	if (!character || character > 0x10ffff ||
		(character >= 0xd800 && character < 0xe000))
		fail(reader, "U+%04X can not be in a string", character);
	return character;
}

static void read_escape(struct reader *reader, FILE *out)
{
	static const char letters[] = "btnfr\"\\", meant[] = "\b\t\n\f\r\"\\";
	char c = *reader->at++;
	const char *letter = c ? strchr(letters, c) : NULL;

	if (letter)
		fputc(meant[letter - letters], out);
	else if (c == 'u')
		put_utf8(out, read_number_of(reader, 4));
	else if (c == 'U')
		put_utf8(out, read_number_of(reader, 8));
	else
		fail(reader, "no such escape in a string");
}

/* "a string with \n", or 'one without'. */
static char *read_string(struct reader *reader)
{
	char quote = *reader->at, *text = NULL;
	size_t size;
	FILE *out;

	if (reader->at[1] == quote && reader->at[2] == quote)
		fail(reader, "strings of several lines are not read here");
	out = check_memory(open_memstream(&text, &size));
	for (reader->at++; *reader->at != quote;) {
		unsigned char c = (unsigned char)*reader->at;

		if (!c || c == '\n' || c == '\r')
			fail(reader, "the string does not end in its line");
		reader->at++;
		if (c == '\\' && quote == '"')
			read_escape(reader, out);
		else
			fputc(c, out);
	}
	reader->at++;
	if (fclose(out))
		die_errno("allocate memory", NULL);
	return text;
}

/* a.b."c d", after PREFIX and a dot if there is one. */
static char *read_key(struct reader *reader, const char *prefix)
{
	char *key = check_memory(strdup(prefix)), *longer, *part;
	unsigned parts = 0;

	for (;;) {
		size_t length = strspn(reader->at, bare);

		if (*reader->at == '"' || *reader->at == '\'') {
			part = read_string(reader);
		} else if (length) {
			part = check_memory(strndup(reader->at, length));
			reader->at += length;
		} else {
			fail(reader, "a key is missing");
		}
		if (++parts > DEPTH_MAX)
			fail(reader, "a key of more than %d parts", DEPTH_MAX);
		if (asprintf(&longer, "%s%s%s", key, *key ? "." : "", part) < 0)
			die_errno("allocate memory", NULL);
		free(key);
		free(part);
		key = longer;
		skip_blanks(reader);
		if (*reader->at != '.')
			return key;
		reader->at++;
		skip_blanks(reader);
	}
}

/* Room for one more in VALUE. */
static struct toml_entry *add_item(struct reader *reader, struct toml_value *value)
{
	if (reader->entries++ == ENTRIES_MAX)
		fail(reader, "more than %d values", ENTRIES_MAX);
	value->items = check_memory(
		realloc(value->items, (value->count + 1) * sizeof *value->items));
	value->items[value->count] = (struct toml_entry){ 0 };
	return &value->items[value->count++];
}

static struct toml_value read_value(struct reader *reader);

/* KEY = VALUE, added to INTO. */
static void read_pair(struct reader *reader, struct toml_value *into, const char *prefix)
{
	char *key = read_key(reader, prefix);
	struct toml_value value;
	struct toml_entry *entry;

	if (*reader->at != '=')
		fail(reader, "%s: a = is missing after it", key);
	reader->at++;
	skip_blanks(reader);
	for (size_t i = 0; i < into->count; i++)
		if (!strcmp(into->items[i].key, key))
			fail(reader, "%s: it is in line %u already", key,
				into->items[i].value.line);
	value = read_value(reader);
	entry = add_item(reader, into);
	entry->key = key;
	entry->value = value;
}

static struct toml_value read_array(struct reader *reader)
{
	struct toml_value array = { .type = TOML_ARRAY, .line = reader->line };

	reader->at++;
	for (;;) {
		struct toml_value value;

		skip_lines(reader);
		if (*reader->at == ']')
			break;
		value = read_value(reader);
		add_item(reader, &array)->value = value;
		skip_lines(reader);
		if (*reader->at == ']')
			break;
		if (*reader->at++ != ',')
			fail(reader, "a , or ] is missing in the array of line %u",
				array.line);
	}
	reader->at++;
	return array;
}

static struct toml_value read_inline_table(struct reader *reader)
{
	struct toml_value table = { .type = TOML_TABLE, .line = reader->line };

	reader->at++;
	skip_blanks(reader);
	if (*reader->at == '}') {
		reader->at++;
		return table;
	}
	for (;;) {
		read_pair(reader, &table, "");
		skip_blanks(reader);
		if (*reader->at == '}')
			break;
		if (*reader->at++ != ',')
			fail(reader, "a , or } is missing in {...}");
		skip_blanks(reader);
	}
	reader->at++;
	return table;
}

/* A number, true or false: what ends with a blank or a sign. */
static struct toml_value read_word(struct reader *reader)
{
	struct toml_value value = { .type = TOML_BOOLEAN, .line = reader->line };
	size_t length = strcspn(reader->at, " \t\r\n,]}#");
	char word[64], digits[64], *end;
	size_t used = 0;

	if (!length)
		fail(reader, "a value is missing");
	snprintf(word, sizeof word, "%.*s", (int)length, reader->at);
	reader->at += length;
	if (!strcmp(word, "true") || !strcmp(word, "false")) {
		value.integer = *word == 't';
		return value;
	}
	value.type = TOML_INTEGER;
	for (const char *c = word; *c; c++) {
		/* A _ stands between two digits. */
		bool between = c > word && c[-1] >= '0' && c[-1] <= '9' && c[1] >= '0' &&
			c[1] <= '9';

		if (*c != '_' || !between)
			digits[used++] = *c;
	}
	digits[used] = '\0';
	end = digits + (*digits == '-' || *digits == '+');
	if (length >= sizeof word || !*end || strspn(end, "0123456789") != strlen(end) ||
		(end[0] == '0' && end[1]))
		fail(reader,
			"%s: it must be a string in quotes, a whole number, true, false, "
			"[...] or {...}",
			word);
	errno = 0;
	value.integer = strtoll(digits, NULL, 10);
	if (errno)
		fail(reader, "%s: the number is too large", word);
	return value;
}

static struct toml_value read_value(struct reader *reader)
{
	struct toml_value value = { .type = TOML_STRING, .line = reader->line };

	if (reader->depth == DEPTH_MAX)
		fail(reader, "more than %d brackets in each other", DEPTH_MAX);
	reader->depth++;
	if (*reader->at == '"' || *reader->at == '\'')
		value.text = read_string(reader);
	else if (*reader->at == '[')
		value = read_array(reader);
	else if (*reader->at == '{')
		value = read_inline_table(reader);
	else
		value = read_word(reader);
	reader->depth--;
	return value;
}

/* [table]: what the keys after it begin with. TABLES has those that were there. */
static char *read_header(struct reader *reader, struct toml_value *tables)
{
	struct toml_entry *entry;
	char *table;

	if (reader->at[1] == '[')
		fail(reader, "arrays of tables are not read here");
	reader->at++;
	skip_blanks(reader);
	table = read_key(reader, "");
	if (*reader->at != ']')
		fail(reader, "a ] is missing");
	reader->at++;
	for (size_t i = 0; i < tables->count; i++)
		if (!strcmp(tables->items[i].key, table))
			fail(reader, "[%s]: it is in line %u already", table,
				tables->items[i].value.line);
	entry = add_item(reader, tables);
	entry->key = table;
	entry->value.line = reader->line;
	return table;
}

/* Characters that TOML does not allow anywhere. */
static void check_characters(const char *name, const char *text, size_t length)
{
	struct reader reader = { .name = name, .at = text, .line = 1 };

	while (*reader.at) {
		unsigned char c = (unsigned char)*reader.at;

		if (next_character(&reader.at) == NOT_UTF8)
			fail(&reader, "it is not UTF-8");
		if ((c < ' ' && c != '\t' && c != '\n' &&
			    (c != '\r' || *reader.at != '\n')) ||
			c == 0x7f)
			fail(&reader, "a control character");
		reader.line += c == '\n';
	}
	if (reader.at != text + length)
		fail(&reader, "a control character");
}

struct toml_value read_toml(const char *name, const char *text, size_t length)
{
	struct toml_value all = { .type = TOML_TABLE }, tables = { 0 };
	struct reader reader = { .name = name, .at = text, .line = 1 };
	const char *table = "";

	check_characters(name, text, length);
	for (;;) {
		skip_lines(&reader);
		if (!*reader.at)
			return all;
		if (*reader.at == '[')
			table = read_header(&reader, &tables);
		else
			read_pair(&reader, &all, table);
		end_line(&reader);
	}
}

const char *toml_type_name(enum toml_type type)
{
	static const char *const names[] = { "a string", "a whole number",
		"true or false", "a list", "a table" };

	return names[type];
}
