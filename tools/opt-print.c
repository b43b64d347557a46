/* SPDX-License-Identifier: MIT */
/* opt-print: print what option tables say, as lines or as a section of a manual page.
 *
 * What a verb takes stands in its table alone. Its page and its completion are made from
 * what this prints, so that they can't say anything else. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "table.h"
#include "tool.h"

static const struct tool_option options[] = {
	{ 'f', "form", "form",
		"lines (for scripts), or man (a section OPTIONS in mdoc)" },
	{ 0 },
};

static const struct tool tool = {
	.name = "opt-print",
	.kind = JOB,
	.purpose = "print what option tables say",
	.synopsis = "[--form lines|man] table ...",
	.options = options,
	/* As opt-parse: a table may be below somebody's private home directory. */
	.capabilities = CAP(DAC_READ_SEARCH),
};

static const char *type_name(enum value_type type)
{
	static const char *const names[] = {
		[VALUE_BOOL] = "bool",
		[VALUE_PATH] = "path",
		[VALUE_CHOICE] = "choice",
	};
	size_t count = sizeof names / sizeof *names;

	return type < count && names[type] ? names[type] : "word";
}

/* The words after "container", since that is what a completion sees. */
static const char *verb_words(const struct table *table)
{
	const char *blank = strchr(table->verb, ' ');

	return blank ? blank + 1 : table->verb;
}

/* Fields are never empty, so that a shell's read keeps them apart: "-" is none. */
static void print_lines(const struct table *table)
{
	const char *verb = verb_words(table);

	printf("verb\t%s\t%s\t%s\t%s\n", verb, table->anywhere ? "anywhere" : "first",
		*table->operands ? table->operands : "-", table->purpose);
	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];
		bool choice = option->type == VALUE_CHOICE;

		printf("%s\t%s\t--%s\t", option->unbuilt ? "unbuilt" : "option", verb,
			option->name);
		if (option->letter)
			printf("-%c\t", option->letter);
		else
			printf("-\t");
		printf("%s\t%s\t%s\t%s\n", type_name(option->type),
			choice ? option->limits : "-",
			option->repeatable ? "many" : "one", option->help);
	}
}

/* TEXT as a sentence of a page. At the beginning of a line a dot or a quote would be a
 * request, and a backslash always is one. */
static void print_sentence(const char *text)
{
	size_t length = strlen(text);

	if (*text == '.' || *text == '\'')
		printf("\\&");
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '\\')
			printf("\\e");
		else if (text[i] == '-' && (!i || strchr(" -", text[i - 1])))
			printf("\\-");
		else
			putchar(i ? text[i] : toupper((unsigned char)text[i]));
	}
	puts(length && text[length - 1] == '.' ? "" : ".");
}

static void print_item(const struct table_option *option)
{
	printf(".It ");
	if (option->letter)
		printf("Fl %c , ", option->letter);
	printf("Fl Fl %s", option->name);
	if (option->argument)
		printf(" Ar %s", option->argument);
	putchar('\n');
}

static void print_paragraph(const struct table_option *option)
{
	char *words = NULL;

	print_item(option);
	print_sentence(option->help);
	if (option->type == VALUE_CHOICE)
		printf("One of: %s.\n", words = choices_in_words(option->limits));
	else if (option->limits && option->type != VALUE_LIKE)
		printf("Limits: %s.\n", words = limits_in_words(option->limits));
	if (option->also)
		printf("Also\n.Fl Fl %s .\n", option->also);
	if (option->repeatable)
		puts("Repeatable.");
	free(words);
}

static void print_unbuilt(const struct table *table)
{
	bool any = false;

	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];

		if (!option->unbuilt)
			continue;
		if (!any)
			puts(".Ss Known, but not built\n"
			     "Refused, with the reason that stands here.\n"
			     ".Bl -tag -width Ds");
		any = true;
		print_item(option);
		print_sentence(option->unbuilt);
	}
	if (any)
		puts(".El");
}

static void print_man(const struct table *table)
{
	const char *group = NULL;

	puts(".Sh OPTIONS");
	for (size_t i = 0; i < table->count; i++) {
		const struct table_option *option = &table->options[i];

		if (option->unbuilt)
			continue;
		if (!group || strcmp(group, option->group))
			printf("%s.Ss %s\n.Bl -tag -width Ds\n", group ? ".El\n" : "",
				option->group);
		group = option->group;
		print_paragraph(option);
	}
	if (group)
		puts(".El");
	print_unbuilt(table);
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	const char *form = "lines";
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1)
		switch (option) {
		case 'f':
			form = optarg;
			break;
		}
	if (!argv[optind])
		die_usage(&tool, "which table?");
	if (strcmp(form, "lines") && strcmp(form, "man"))
		die("--form", form, "neither lines nor man");
	start_tool(&tool, &common);

	for (char **file = argv + optind; *file; file++) {
		struct table table = read_table(*file);

		if (*form == 'm')
			print_man(&table);
		else
			print_lines(&table);
	}
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	return 0;
}
