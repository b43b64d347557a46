/* SPDX-License-Identifier: MIT */
/* conf-list: list the settings of containers.conf(5) that hold, and where each stands. */

#include <stdlib.h>

#include "conf.h"
#include "die.h"
#include "fact.h"
#include "tool.h"

enum {
	OPTION_FORMAT = OPTION_OWN,
};

static const struct tool_option options[] = {
	{ OPTION_FORMAT, "format", "form",
		"table, json, or a template such as {{.Name}}" },
	{ 'p', "prefix", "directory",
		"read the files of the system whose root is there" },
	{ 0 },
};

static const struct tool tool = {
	.name = "conf-list",
	.kind = JOB,
	.purpose = "list the settings of containers.conf that hold",
	.synopsis = "[--format form] [--prefix directory]",
	.options = options,
};

int main(int argc, char *argv[])
{
	const char *prefix = "",
		   *format = "table {{.Name}}\\t{{.Group}}\\t{{.Source}}\\t{{.Value}}";
	struct common common = { 0 };
	struct settings settings;
	struct fact *facts;
	struct form form;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_FORMAT:
			format = optarg;
			break;
		case 'p':
			prefix = optarg;
			break;
		}
	}
	if (argv[optind])
		die_usage(&tool, "it takes no operands");
	form = parse_form(&fact_columns, format);
	start_tool(&tool, &common);

	settings = read_settings(prefix);
	facts = calloc(settings.count + 1, sizeof *facts);
	if (!facts)
		die_errno("list", "settings");
	for (size_t i = 0; i < settings.count; i++)
		facts[i] = (struct fact){
			.group = settings.all[i].use ? "settings" : "settings of others",
			.name = settings.all[i].key,
			.value = setting_text(&settings.all[i]),
			.source = setting_place(&settings.all[i]),
		};
	put_rows(&form, facts, settings.count, sizeof *facts, NULL);
	return 0;
}
