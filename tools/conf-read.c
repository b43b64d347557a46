/* SPDX-License-Identifier: MIT */
/* conf-read: hand the settings of containers.conf(5) to opt-parse as options.
 *
 * A setting is an option of "container run" that every command line begins with. So it is
 * turned into one here, and opt-parse(1), the program that this link becomes, gets it
 * as "--default --name=value": what a person gives comes later and wins. "--from" before
 * it says where it stands, for messages. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "caps.h"
#include "conf.h"
#include "die.h"
#include "table.h"
#include "tool.h"

static const struct tool_option options[] = {
	{ 't', "table", "file", "the table of the options that there are" },
	{ 'p', "prefix", "directory",
		"read the files of the system whose root is there" },
	{ 0 },
};

static const struct tool tool = {
	.name = "conf-read",
	.kind = LINK,
	.purpose =
		"turn the settings of containers.conf into options, then run opt-parse",
	.synopsis = "--table file [--prefix directory] [--] program [argument ...]",
	.options = options,
	/* The table and the program may be below somebody's private home directory. */
	.capabilities = CAP(DAC_READ_SEARCH),
};

struct words {
	char **all;
	size_t count;
};

static void add_word(struct words *words, char *word)
{
	words->all = realloc(words->all, (words->count + 2) * sizeof *words->all);
	if (!words->all || !word)
		die_errno("allocate memory", NULL);
	words->all[words->count++] = word;
	words->all[words->count] = NULL;
}

static void add_option(
	struct words *words, const struct setting *setting, const char *value)
{
	const struct use *use = setting->use;
	bool profile = !strcmp(use->option, "security-opt");
	char *word;

	if (asprintf(&word, "--%s=%s%s", use->option, profile ? "seccomp=" : "", value) <
		0)
		die_errno("allocate memory", NULL);
	add_word(words, strdup("--from"));
	add_word(words, setting_place(setting));
	add_word(words, strdup(use->fallback ? "--fallback" : "--default"));
	add_word(words, word);
}

/* All of the list as one value, checked here, where its place is known. */
static void add_capabilities(struct words *words, const struct setting *setting)
{
	caps set = 0;
	char *list;

	report_for(setting_place(setting));
	for (size_t i = 0; i < setting->value.count; i++)
		set |= parse_caps(setting->value.items[i].value.text);
	report_for(tool.name);
	list = format_caps(set & known_caps());
	add_option(words, setting, list);
	free(list);
}

/* Why OPTION can not be had, or NULL. */
static const char *missing(const struct table *table, const char *option)
{
	for (size_t i = 0; i < table->count; i++)
		if (!strcmp(table->options[i].name, option))
			return table->options[i].unbuilt;
	return "there is no such option";
}

/* What other systems can do with it that we cannot: no mistake, but nothing to hand on.
 */
static bool is_foreign(const char *option, const char *text)
{
	static const char *const networks[] = { "pasta", "slirp4netns",
		"ns:", "container:" };

	for (size_t i = 0; i < sizeof networks / sizeof *networks; i++)
		if (!strcmp(option, "network") &&
			!strncmp(text, networks[i], strlen(networks[i])))
			return true;
	return false;
}

static void add_setting(
	struct words *words, const struct table *table, const struct setting *setting)
{
	const struct use *use = setting->use;
	char *text = setting_text(setting);
	const char *why;

	if (!use || (use->usual && !strcmp(use->usual, text)) ||
		(use->type == TOML_ARRAY && !setting->value.count &&
			strcmp(use->option, "default-capabilities") != 0))
		return;
	why = missing(table, use->option);
	/* What a distribution ships is not the wish of whoever runs this. */
	if (why && !setting->packaged)
		warn(setting_place(setting), use->key, "ignored: --%s is not built: %s",
			use->option, why);
	else if (is_foreign(use->option, text))
		warn(setting_place(setting), use->key, "ignored: %s is not built", text);
	if (why || is_foreign(use->option, text))
		return;
	if (!strcmp(use->option, "default-capabilities"))
		add_capabilities(words, setting);
	else if (use->type == TOML_ARRAY)
		for (size_t i = 0; i < setting->value.count; i++)
			add_option(words, setting, setting->value.items[i].value.text);
	else
		add_option(words, setting, text);
	free(text);
}

int main(int argc, char *argv[])
{
	const char *file = NULL, *prefix = "";
	struct common common = { 0 };
	struct settings settings;
	struct words words = { 0 };
	struct table table;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 't':
			file = optarg;
			break;
		case 'p':
			prefix = optarg;
			break;
		}
	}
	if (!file || !argv[optind])
		die_usage(&tool, "which table, and which program?");
	start_tool(&tool, &common);

	settings = read_settings(prefix);
	table = read_table(file);
	add_word(&words, argv[optind++]);
	for (size_t i = 0; i < settings.count; i++)
		add_setting(&words, &table, &settings.all[i]);
	while (argv[optind])
		add_word(&words, argv[optind++]);
	exec_program(&common, words.all);
}
