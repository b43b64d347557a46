/* SPDX-License-Identifier: MIT */
#include "words.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "nearest.h"
#include "parse.h"
#include "value.h"

enum {
	/* More than execve(2) takes; "-e NAME" may make much of little. */
	BYTES_MAX = 8 << 20,
	SHOWN_MAX = 80,
};

struct parser {
	const struct table *table;
	char *const *next; /* the words not yet read */
	char **options; /* canonical, NULL where a later one replaced it */
	size_t count;
	size_t *latest; /* for each option of the table, one more than where it is there
			 */
	bool *given; /* and whether the command line has it */
	char **operands;
	size_t operand_count;
	size_t bytes;
};

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory)
		die_errno("allocate memory", NULL);
	return memory;
}

static char *duplicate(const char *text, size_t length)
{
	char *copy = strndup(text, length);

	if (!copy)
		die_errno("allocate memory", NULL);
	return copy;
}

static const char *shorten(const char *word)
{
	char *text;

	if (strlen(word) <= SHOWN_MAX)
		return word;
	if (asprintf(&text, "%.*s...", SHOWN_MAX, word) < 0)
		die_errno("allocate memory", NULL);
	return text;
}

static _Noreturn void print_help(const struct table *table)
{
	print_table_help(table);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	exit(0);
}

static _Noreturn void die_unknown(const struct parser *parser, const char *option)
{
	const char *near = nearest_option(parser->table, option + strspn(option, "-"));

	if (near)
		die(shorten(option), NULL, "no such option; did you mean --%s?", near);
	die(shorten(option), NULL, "no such option; see %s --help", parser->table->verb);
}

static const struct table_option *find_long(
	const struct table *table, const char *name, size_t length)
{
	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];

		if (strlen(option->name) == length &&
			!strncmp(option->name, name, length))
			return option;
		if (option->also && strlen(option->also) == length &&
			!strncmp(option->also, name, length))
			return option;
	}
	return NULL;
}

static const struct table_option *find_letter(const struct table *table, char letter)
{
	for (size_t i = 0; i < table->count; i++)
		if (table->options[i].letter == letter)
			return &table->options[i];
	return NULL;
}

/* The last of several wins, unless all count. */
static void forget_earlier(struct parser *parser, const struct table_option *option)
{
	size_t *latest = &parser->latest[option - parser->table->options];

	if (*latest) {
		char **earlier = &parser->options[*latest - 1];

		parser->bytes -= strlen(*earlier);
		free(*earlier);
		*earlier = NULL;
	}
	*latest = parser->count + 1;
}

static void accept(
	struct parser *parser, const struct table_option *option, const char *text)
{
	const char *value = read_value(option, text);
	char *word;

	if (option->unbuilt) {
		char name[80];

		/* Switched off it is what we do anyway. */
		if (option->type == VALUE_BOOL && !strcmp(value, "false"))
			return;
		snprintf(name, sizeof name, "--%s", option->name);
		die(name, NULL, "not built: %s", option->unbuilt);
	}
	if (!value)
		return;
	/* What is wrong with later words is recorded there, too. */
	if (!strcmp(option->name, "status-fd"))
		report_as(parser->table->verb, parse_fd("--status-fd", value));
	if (!option->repeatable)
		forget_earlier(parser, option);
	if (asprintf(&word, "--%s=%s", option->name, value) < 0)
		die_errno("allocate memory", NULL);
	parser->bytes += strlen(word);
	if (parser->bytes > BYTES_MAX)
		die("read the options", NULL, "more than %d bytes in all", BYTES_MAX);
	parser->given[option - parser->table->options] = true;
	parser->options[parser->count++] = word;
}

static const char *next_value(
	struct parser *parser, const struct table_option *option, const char *shown)
{
	if (!*parser->next)
		die(shown, NULL, "%s is missing after it", option->argument);
	return *parser->next++;
}

/* "--name", "--name=value" or "--name value"; a bool never takes the next word. */
static void read_long(struct parser *parser, const char *word)
{
	const char *name = word + 2;
	size_t length = strcspn(name, "=");
	const struct table_option *option = find_long(parser->table, name, length);

	if (!option && (!strcmp(name, "help") || !strcmp(name, "help=true")))
		print_help(parser->table);
	if (!option)
		die_unknown(parser, duplicate(word, length + 2));
	if (name[length])
		accept(parser, option, name + length + 1);
	else if (option->type == VALUE_BOOL)
		accept(parser, option, "true");
	else
		accept(parser, option, next_value(parser, option, word));
}

static _Noreturn void die_letter(
	const struct parser *parser, const char *word, char letter)
{
	const struct table_option *whole =
		find_long(parser->table, word + 1, strcspn(word + 1, "="));
	const char one[] = { '-', letter, '\0' };

	/* "-name" is a cluster of letters, but hardly meant as one. */
	if (whole)
		die(shorten(word), NULL, "no such option; did you mean --%s?",
			whole->name);
	if (word[2] && letter > ' ' && letter < 0x7f)
		die(one, NULL, "no such option (in %s); see %s --help", shorten(word),
			parser->table->verb);
	die(shorten(word), NULL, "no such option; see %s --help", parser->table->verb);
}

/* "-it", "-itv /a:/b", "-eA=b", "-e=A=b": the first letter with a value takes the rest of
 * the word as it, or else the next word. */
static void read_cluster(struct parser *parser, const char *word)
{
	for (const char *c = word + 1; *c; c++) {
		const struct table_option *option = find_letter(parser->table, *c);
		char shown[] = { '-', *c, '\0' };

		if (!option && *c == 'h')
			print_help(parser->table);
		if (!option)
			die_letter(parser, word, *c);
		if (c[1] == '=') {
			accept(parser, option, c + 2);
			return;
		}
		if (option->type != VALUE_BOOL) {
			accept(parser, option,
				c[1] ? c + 1 : next_value(parser, option, shown));
			return;
		}
		accept(parser, option, "true");
	}
}

static void read_operand(struct parser *parser, char *word)
{
	parser->operands[parser->operand_count++] = word;
}

static void read_all(struct parser *parser)
{
	while (*parser->next) {
		char *word = *parser->next++;

		if (!strcmp(word, "--"))
			break;
		if (word[0] == '-' && word[1] == '-')
			read_long(parser, word);
		else if (word[0] == '-' && word[1])
			read_cluster(parser, word);
		else
			read_operand(parser, word);
		if (parser->operand_count && !parser->table->anywhere)
			break;
	}
	while (*parser->next)
		read_operand(parser, *parser->next++);
}

/* The kind of operand number INDEX, the last kind being that of all further ones. */
static const char *operand_kind(const struct table *table, size_t index)
{
	const char *kind = table->operands;

	for (; index; index--) {
		const char *blank = strchr(kind, ' ');

		if (!blank)
			break;
		kind = blank + 1;
	}
	return duplicate(kind, strcspn(kind, " "));
}

static void check_operands(const struct parser *parser)
{
	const struct table *table = parser->table;

	if (parser->operand_count < table->least)
		die("usage", NULL, "%s %s: which %s?", table->verb, table->usage,
			operand_kind(table, parser->operand_count));
	if (parser->operand_count > table->most)
		die("usage", NULL, "%s %s: one word too many: %s", table->verb,
			table->usage, shorten(parser->operands[table->most]));
}

/* Each as if it were the first word of the command line. */
static void read_presets(struct parser *parser, struct preset *presets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *word = presets[i].word;

		report_for(presets[i].from);
		if (strncmp(word, "--", 2) != 0 || !strchr(word, '='))
			die("--default", word, "not of the form --name=value");
		/* A variable that is not set is none: nothing is added then. */
		presets[i].place = parser->count;
		read_long(parser, word);
		presets[i].fallback &= parser->count > presets[i].place;
		report_for(parser->table->verb);
	}
	memset(parser->given, 0, parser->table->count * sizeof *parser->given);
}

/* Take the fallbacks away that the command line has made needless. */
static void drop_fallbacks(struct parser *parser, struct preset *presets, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name = presets[i].word + 2;
		const struct table_option *option =
			find_long(parser->table, name, strcspn(name, "="));

		if (presets[i].fallback && option->repeatable &&
			parser->given[option - parser->table->options]) {
			free(parser->options[presets[i].place]);
			parser->options[presets[i].place] = NULL;
		}
	}
}

char **read_words(const struct table *table, struct preset *presets, size_t preset_count,
	char *script, char *const words[])
{
	struct parser parser = { .table = table, .next = words };
	size_t most = preset_count, count = 0;
	char **result;

	/* A word holds at most one option for each of its characters. */
	for (char *const *word = words; *word; word++)
		most += strlen(*word) + 1;
	parser.options = allocate(most + 1, sizeof *parser.options);
	parser.latest = allocate(table->count + 1, sizeof *parser.latest);
	parser.given = allocate(table->count + 1, sizeof *parser.given);
	parser.operands = allocate(most + 1, sizeof *parser.operands);
	read_presets(&parser, presets, preset_count);
	read_all(&parser);
	drop_fallbacks(&parser, presets, preset_count);
	check_operands(&parser);

	result = allocate(parser.count + parser.operand_count + 3, sizeof *result);
	result[count++] = script;
	for (size_t i = 0; i < parser.count; i++)
		if (parser.options[i])
			result[count++] = parser.options[i];
	result[count++] = duplicate("--", 2);
	for (size_t i = 0; i < parser.operand_count; i++)
		result[count++] = parser.operands[i];
	return result;
}
