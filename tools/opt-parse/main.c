/* SPDX-License-Identifier: MIT */
/* opt-parse: check the words of a verb's command line, then run its script.
 *
 * A shell script that reads options in Docker's grammar (clusters, --name=value, lists,
 * sizes) is either long or wrong. Here a table says what there is, and the script gets
 * words of one form: "--name=value" for each option, with the value checked and without
 * units, then "--", then the operands. What is wrong ends here, before anything is made.
 */

#include "die.h"
#include "table.h"
#include "tool.h"
#include "words.h"

static const struct tool_option options[] = {
	{ 't', "table", "file", "the table of the verb's options" },
	{ 0 },
};

static const struct tool tool = {
	.name = "opt-parse",
	.kind = LINK,
	.purpose = "check the words of a verb's command line, then run its script",
	.synopsis = "--table file [--] script [word ...]",
	.options = options,
	/* The table and the script may be below somebody's private home directory. */
	.capabilities = CAP(DAC_READ_SEARCH),
};

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	const char *file = NULL;
	struct table table;
	char **words;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1)
		switch (option) {
		case 't':
			file = optarg;
			break;
		}
	if (!file || !argv[optind])
		die_usage(&tool, "which table, and which script?");
	start_tool(&tool, &common);

	table = read_table(file);
	/* From here on it is the verb that speaks. */
	report_for(table.verb);
	words = read_words(&table, argv[optind], argv + optind + 1);
	report_for(tool.name);
	exec_program(&common, words);
}
