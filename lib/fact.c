/* SPDX-License-Identifier: MIT */
#include "fact.h"

#include <string.h>

#include "die.h"

static const char *const names[] = { "Group", "Name", "Value", "Source" };
static const char *const titles[] = { "GROUP", "NAME", "VALUE", "SOURCE" };

static char *fact_text(const void *row, size_t column, const void *how)
{
	const struct fact *fact = row;
	const char *const texts[] = { fact->group, fact->name, fact->value,
		fact->source };
	char *text = strdup(texts[column]);

	(void)how;
	if (!text)
		die_errno("make the list", NULL);
	return text;
}

const struct columns fact_columns = {
	.count = sizeof names / sizeof *names,
	.names = names,
	.titles = titles,
	.table = "table {{.Group}}\t{{.Name}}\t{{.Value}}",
	.text = fact_text,
};
