/* SPDX-License-Identifier: MIT */
/* opt-parse: check the words of a verb's command line, then run its script.
 *
 * A shell script that reads options in Docker's grammar (clusters, --name=value, lists,
 * sizes) is either long or wrong. Here a table says what there is, and the script gets
 * words of one form: "--name=value" for each option, with the value checked and without
 * units, then "--", then the operands. What is wrong ends here, before anything is made.
 */

#include <stdlib.h>

#include "die.h"
#include "table.h"
#include "tool.h"
#include "words.h"

enum {
	OPTION_FROM = OPTION_OWN,
	OPTION_DEFAULT,
	OPTION_FALLBACK,
};

static const struct tool_option options[] = {
	{ 't', "table", "file", "the table of the verb's options" },
	{ OPTION_DEFAULT, "default", "--name=value",
		"an option before those that are given" },
	{ OPTION_FALLBACK, "fallback", "--name=value",
		"an option unless the same one is given" },
	{ OPTION_FROM, "from", "text", "where the next of these stands, for messages" },
	{ 0 },
};

static const struct tool tool = {
	.name = "opt-parse",
	.kind = LINK,
	.purpose = "check the words of a verb's command line, then run its script",
	.synopsis =
		"--table file [[--from text] --default|--fallback --name=value ...] [--] "
		"script [word ...]",
	.options = options,
};

struct presets {
	struct preset *all;
	size_t count;
};

static void add_preset(
	struct presets *presets, const char *word, const char **from, bool fallback)
{
	presets->all = realloc(presets->all, (presets->count + 1) * sizeof *presets->all);
	if (!presets->all)
		die_errno("allocate memory", NULL);
	presets->all[presets->count++] = (struct preset){
		.word = word, .from = *from ? *from : tool.name, .fallback = fallback
	};
	*from = NULL;
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	const char *file = NULL, *from = NULL;
	struct presets presets = { 0 };
	struct table table;
	char **words;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1)
		switch (option) {
		case 't':
			file = optarg;
			break;
		case OPTION_FROM:
			from = optarg;
			break;
		case OPTION_DEFAULT:
		case OPTION_FALLBACK:
			add_preset(&presets, optarg, &from, option == OPTION_FALLBACK);
			break;
		}
	if (!file || !argv[optind])
		die_usage(&tool, "which table, and which script?");
	start_tool(&tool, &common);

	table = read_table(file);
	/* From here on it is the verb that speaks. */
	report_for(table.verb);
	words = read_words(
		&table, presets.all, presets.count, argv[optind], argv + optind + 1);
	report_for(tool.name);
	exec_program(&common, words);
}
