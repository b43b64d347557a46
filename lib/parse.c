/* SPDX-License-Identifier: MIT */
#include "parse.h"

#include <inttypes.h>

#include "die.h"

uint64_t parse_uint(const char *what, const char *text, uint64_t low, uint64_t high)
{
	uint64_t value = 0;
	const char *c = text;

	if (!*c)
		die(what, text, "a number is missing");
	for (; *c; c++) {
		unsigned digit = (unsigned)(*c - '0');

		if (*c < '0' || *c > '9')
			die(what, text, "not a decimal number");
		if (value > (UINT64_MAX - digit) / 10)
			die(what, text, "out of range, at most %" PRIu64, high);
		value = value * 10 + digit;
	}
	if (value < low || value > high)
		die(what, text, "out of range, from %" PRIu64 " to %" PRIu64, low, high);
	return value;
}

int parse_fd(const char *what, const char *text)
{
	/* The kernel's own ceiling, fs.nr_open, is far below. */
	return (int)parse_uint(what, text, 0, 1 << 20);
}

uint32_t parse_id(const char *what, const char *text)
{
	return (uint32_t)parse_uint(what, text, 0, UINT32_MAX - 1);
}
