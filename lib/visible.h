/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Text that may be an attacker's, on its way to a terminal or into JSON. */

enum {
	NOT_UTF8 = 0xffffffff,
};

/* The character at *TEXT, which moves on behind it; NOT_UTF8 for a byte that begins none,
 * for overlong forms, surrogates and numbers that are no characters. */
unsigned next_character(const char **text);

/* Write TEXT to OUT so that a terminal shows it and does not obey it: control characters,
 * characters that change the direction of writing and what is not UTF-8 as \xNN or
 * \uNNNN. With QUOTED in double quotes. Returns how many columns it takes, one a
 * character. Unquoted text that went through this stays as it is when it does so again.
 */
size_t put_visible(FILE *out, const char *text, bool quoted);

/* Write TEXT as a JSON string. What is not UTF-8 becomes U+FFFD. */
void put_json_string(FILE *out, const char *text);
