/* SPDX-License-Identifier: MIT */
/* What the reader of settings makes of any bytes: a value or a message, never more. */

#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "toml.h"

static jmp_buf refused;

/* In place of lib/die.c: a message ends the try, not the process. */
void die(const char *tried, const char *object, const char *reason, ...)
{
	(void)tried, (void)object, (void)reason;
	longjmp(refused, 1);
}

void die_errno(const char *tried, const char *object)
{
	(void)tried, (void)object;
	abort();
}

/* What a short process leaves in memory is no error. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}

static void require(int claim)
{
	if (!claim)
		abort();
}

/* Everything in VALUE is of its type, in the text's lines. */
static void walk(const struct toml_value *value, unsigned lines, int depth)
{
	require(value->type <= TOML_TABLE && depth <= 20);
	require(value->type != TOML_STRING || value->text);
	require(value->type != TOML_BOOLEAN || value->integer == 0 ||
		value->integer == 1);
	if (value->type != TOML_ARRAY && value->type != TOML_TABLE)
		return;
	for (size_t i = 0; i < value->count; i++) {
		require(value->items[i].value.line <= lines);
		require(!value->items[i].key == (value->type == TOML_ARRAY));
		walk(&value->items[i].value, lines, depth + 1);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = malloc(size + 1);
	struct toml_value all;
	unsigned lines = 1;

	if (!copy)
		abort();
	memcpy(copy, data, size);
	copy[size] = '\0';
	for (size_t i = 0; i < size; i++)
		lines += copy[i] == '\n';
	if (!setjmp(refused)) {
		all = read_toml("file", copy, size);
		walk(&all, lines, 0);
	}
	free(copy);
	return 0;
}
