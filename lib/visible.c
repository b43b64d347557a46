/* SPDX-License-Identifier: MIT */
#include "visible.h"

unsigned next_character(const char **text)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)*text;
	int length = *at < 0x80 ? 1
		: *at < 0xc0	? 0
		: *at < 0xe0	? 2
		: *at < 0xf0	? 3
				: 4;
	unsigned character = length == 1 ? *at : length ? *at & (0x7fu >> length) : 0;

	for (int i = 1; i < length; i++) {
		if ((at[i] & 0xc0) != 0x80)
			length = 0;
		else
			character = character << 6 | (at[i] & 0x3f);
	}
	if (!length || *at > 0xf4 || character < least[length] || character > 0x10ffff ||
		(character >= 0xd800 && character < 0xe000)) {
		++*text;
		return NOT_UTF8;
	}
	*text += length;
	return character;
}

/* Whether a terminal does something else with it than show it. */
static bool is_control(unsigned character)
{
	return character < 0x20 || (character >= 0x7f && character < 0xa0) ||
		character == 0x61c || (character >= 0x200b && character <= 0x200f) ||
		(character >= 0x2028 && character <= 0x202e) ||
		(character >= 0x2060 && character <= 0x206f) || character == 0xfeff;
}

static int put_character(
	FILE *out, const char *text, size_t bytes, unsigned character, bool quoted)
{
	switch (character) {
	case '\n':
		return fprintf(out, "\\n");
	case '\t':
		return fprintf(out, "\\t");
	case '"':
	case '\\':
		if (quoted)
			return fprintf(out, "\\%c", (int)character);
		break;
	case NOT_UTF8:
		return fprintf(out, "\\x%02x", (unsigned char)*text);
	}
	if (is_control(character))
		return fprintf(out, character < 0x100 ? "\\x%02x" : "\\u%04x", character);
	fwrite(text, 1, bytes, out);
	return 1;
}

size_t put_visible(FILE *out, const char *text, bool quoted)
{
	size_t columns = quoted ? 2 : 0;

	if (quoted)
		fputc('"', out);
	while (*text) {
		const char *from = text;
		unsigned character = next_character(&text);
		int put = put_character(
			out, from, (size_t)(text - from), character, quoted);

		columns += put > 0 ? (size_t)put : 0;
	}
	if (quoted)
		fputc('"', out);
	return columns;
}

void put_json_string(FILE *out, const char *text)
{
	fputc('"', out);
	while (*text) {
		const char *from = text;
		unsigned character = next_character(&text);

		if (character == NOT_UTF8)
			fputs("\\ufffd", out);
		else if (character == '"' || character == '\\')
			fprintf(out, "\\%c", (int)character);
		else if (is_control(character))
			fprintf(out, "\\u%04x", character);
		else
			fwrite(from, 1, (size_t)(text - from), out);
	}
	fputc('"', out);
}
