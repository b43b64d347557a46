/* SPDX-License-Identifier: MIT */
#include "value.h"

#include <arpa/inet.h>
#include <fnmatch.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"

/* All numbers are whole ones of the smallest unit that a type knows: bytes, nanoseconds,
 * a billionth of a decimal. */
enum {
	BILLION = 1000000000,
	NAME_LONGEST = 128,
	SHOWN_MAX = 80, /* bytes of a value that a message repeats */
};

struct unit {
	const char *name;
	int64_t size;
};

/* Go's, longest name first where one begins with another. */
static const struct unit time_units[] = {
	{ "ns", 1 },
	{ "us", 1000 },
	{ "\302\265s", 1000 }, /* U+00B5, micro sign */
	{ "\316\274s", 1000 }, /* U+03BC, Greek letter mu */
	{ "ms", 1000000 },
	{ "s", BILLION },
	{ "m", 60LL * BILLION },
	{ "h", 3600LL * BILLION },
	{ 0 },
};

static _Noreturn void die_value(
	const struct table_option *option, const char *text, const char *wanted)
{
	char name[80], shown[SHOWN_MAX + 4];

	snprintf(name, sizeof name, "--%s", option->name);
	snprintf(shown, sizeof shown, "%.*s%s", SHOWN_MAX, text,
		strlen(text) > SHOWN_MAX ? "..." : "");
	if (!*text)
		die(name, NULL, "an empty value; it must be %s", wanted);
	die(name, shown, "it must be %s", wanted);
}

static char *format(const char *form, ...) __attribute__((format(printf, 1, 2)));
static char *format(const char *form, ...)
{
	va_list arguments;
	char *text;

	va_start(arguments, form);
	if (vasprintf(&text, form, arguments) < 0)
		die_errno("allocate memory", NULL);
	va_end(arguments);
	return text;
}

/* Read "12", "12.5" or ".5" from *TEXT, times UNIT's size once it is known: WHOLE and
 * FRACTION (in billionths). False if there is no digit, or a part is too long. */
static bool read_digits(const char **text, int64_t *whole, int64_t *fraction)
{
	const char *c = *text;
	int64_t weight = BILLION;
	bool digits = false;

	*whole = *fraction = 0;
	for (; *c >= '0' && *c <= '9'; c++, digits = true)
		if (__builtin_mul_overflow(*whole, 10, whole) ||
			__builtin_add_overflow(*whole, *c - '0', whole))
			return false;
	if (*c == '.')
		for (c++; *c >= '0' && *c <= '9'; c++, digits = true) {
			weight /= 10;
			if (!weight && *c != '0')
				return false;
			*fraction += weight * (*c - '0');
		}
	*text = c;
	return digits;
}

/* WHOLE.FRACTION units of SIZE, added to *SUM. False on overflow. */
static bool add_units(int64_t *sum, int64_t whole, int64_t fraction, int64_t size)
{
	int64_t part = (int64_t)((__int128)fraction * size / BILLION);

	return !__builtin_mul_overflow(whole, size, &whole) &&
		!__builtin_add_overflow(*sum, whole, sum) &&
		!__builtin_add_overflow(*sum, part, sum);
}

static bool read_int(const char *text, int64_t *value)
{
	int64_t fraction;

	return !strchr(text, '.') && read_digits(&text, value, &fraction) && !*text;
}

static bool read_decimal(const char *text, int64_t *value)
{
	int64_t whole, fraction;

	*value = 0;
	return read_digits(&text, &whole, &fraction) && !*text &&
		add_units(value, whole, fraction, BILLION);
}

/* As Docker reads sizes: "64m", "64MB", "1.5 GiB" are all powers of 1024. */
static bool read_size(const char *text, int64_t *value)
{
	static const char letters[] = "bkmgtp";
	int64_t whole, fraction, size = 1;
	const char *letter;

	*value = 0;
	if (!read_digits(&text, &whole, &fraction))
		return false;
	if (text[0] == ' ' && text[1])
		text++;
	letter = *text ? strchr(letters, *text | 0x20) : NULL;
	if (letter && *letter != 'b') {
		size <<= 10 * (letter - letters);
		text++;
		if (text[0] == 'i' && (text[1] | 0x20) == 'b')
			text++;
	}
	if ((*text | 0x20) == 'b')
		text++;
	return !*text && add_units(value, whole, fraction, size);
}

/* As Go reads durations: "1h2m3.5s". */
static bool read_duration(const char *text, int64_t *value)
{
	int64_t whole, fraction;

	*value = 0;
	if (!strcmp(text, "0"))
		return true;
	do {
		const struct unit *unit = time_units;

		if (!read_digits(&text, &whole, &fraction))
			return false;
		while (unit->name && strncmp(unit->name, text, strlen(unit->name)))
			unit++;
		/* "m" is also the beginning of "ms", which stands before it. */
		if (!unit->name || !add_units(value, whole, fraction, unit->size))
			return false;
		text += strlen(unit->name);
	} while (*text);
	return true;
}

static bool read_seconds(const char *text, int64_t *value)
{
	return read_int(text, value) ? !__builtin_mul_overflow(*value, BILLION, value)
				     : read_duration(text, value);
}

typedef bool read_number(const char *text, int64_t *value);

/* What kinds of number there are. TICK is what one of the canonical form is worth. */
static const struct number {
	enum value_type type;
	read_number *read;
	const char *wanted;
	int64_t tick;
} numbers[] = {
	{ VALUE_INT, read_int, "a whole number", 1 },
	{ VALUE_SIZE, read_size, "a size such as 64m (b, k, m, g, t)", 1 },
	{ VALUE_DECIMAL, read_decimal, "a number such as 1.5", BILLION },
	{ VALUE_DURATION, read_duration, "a duration such as 1m30s or 500ms", 1000000 },
	{ VALUE_SECONDS, read_seconds, "seconds, or a duration such as 1m30s", BILLION },
};

/* A minus is allowed where the limits name a negative number, and then without a unit's
 * rules changing: -1 is the word for "unlimited". */
static bool read_signed(const struct number *number, const char *text, int64_t *value)
{
	bool negative = *text == '-';

	if (!number->read(text + negative, value))
		return false;
	if (negative)
		*value = -*value;
	return true;
}

/* Whether VALUE is in LIMITS, such as "-1,4..100" or "6m.."; without limits a number must
 * not be negative. A table that is not of the form dies. */
static bool within(const struct number *number, const char *limits, int64_t value)
{
	char *list, *item, *rest;
	bool found = false;

	if (!limits)
		return value >= 0;
	rest = list = format("%s", limits);
	while ((item = strsep(&rest, ","))) {
		char *range = strstr(item, "..");
		int64_t low, high = INT64_MAX;

		if (range)
			*range = '\0';
		if (!read_signed(number, item, &low) ||
			(range && range[2] && !read_signed(number, range + 2, &high)))
			die("read the table", limits, "not limits of a number");
		if (!range)
			high = low;
		found |= value >= low && value <= high;
	}
	free(list);
	return found;
}

static char *format_number(const struct number *number, int64_t value)
{
	/* The decimals that count: 1.5, not 1.500000000. */
	if (number->type == VALUE_DECIMAL) {
		uint64_t size = value < 0 ? -(uint64_t)value : (uint64_t)value;
		char *text = format("%s%" PRIu64 ".%09" PRIu64, value < 0 ? "-" : "",
			size / BILLION, size % BILLION);
		char *end = text + strlen(text);

		while (end[-1] == '0')
			*--end = '\0';
		if (end[-1] == '.')
			end[-1] = '\0';
		return text;
	}
	/* Rounded up: half a millisecond is not no time at all. */
	return format("%" PRId64, value / number->tick + (value % number->tick > 0));
}

static const char *read_a_number(const struct table_option *option, const char *text)
{
	const struct number *number = numbers;
	int64_t value;

	while (number->type != option->type)
		number++;
	if (!read_signed(number, text, &value))
		die_value(option, text,
			option->limits ? format("%s, %s", number->wanted,
						 limits_in_words(option->limits))
				       : number->wanted);
	if (!within(number, option->limits, value))
		die_value(option, text,
			option->limits
				? limits_in_words(option->limits)
				: format("%s, not a negative one", number->wanted));
	return format_number(number, value);
}

/* The words that Go's ParseBool takes. */
static const char *read_bool(const struct table_option *option, const char *text)
{
	static const char *const words[][6] = {
		{ "1", "t", "T", "true", "TRUE", "True" },
		{ "0", "f", "F", "false", "FALSE", "False" },
	};

	for (size_t no = 0; no < 2; no++)
		for (size_t i = 0; i < 6; i++)
			if (!strcmp(words[no][i], text))
				return no ? "false" : "true";
	if (option->limits && !strcmp(option->limits, text))
		return text;
	die_value(option, text,
		option->limits ? format("true, false or %s", option->limits)
			       : "true or false");
}

/* NAME alone means its value here, as in docker-run(1); one that isn't set is no
 * variable. */
static const char *read_env(const struct table_option *option, const char *text)
{
	const char *value;

	if (!*text || *text == '=')
		die_value(option, text, "NAME=VALUE, or NAME for the value it has here");
	if (strchr(text, '='))
		return text;
	value = getenv(text);
	return value ? format("%s=%s", text, value) : NULL;
}

static const char *read_name(const struct table_option *option, const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t length = strspn(text, letters);

	if (!length || text[length] || length > NAME_LONGEST || strchr("_.-", *text))
		die_value(option, text,
			"at most 128 letters, digits, _, . and -, a letter or digit "
			"first");
	return text;
}

/* CHOICES such as "none|host|bridge:*": the star stands for at least one character. */
static const char *read_choice(const struct table_option *option, const char *text)
{
	const char *choice = option->limits;

	for (;;) {
		size_t length = strcspn(choice, "|");
		bool open = length && choice[length - 1] == '*';
		size_t fixed = length - open;

		if (!strncmp(choice, text, fixed) && (open ? text[fixed] : !text[fixed]))
			return text;
		if (!choice[length])
			die_value(option, text,
				format("one of %s", choices_in_words(option->limits)));
		choice += length + 1;
	}
}

static const char *read_address(const struct table_option *option, const char *text)
{
	unsigned char address[16];

	if (option->type != VALUE_IP6 && inet_pton(AF_INET, text, address) == 1)
		return text;
	if (option->type != VALUE_IP4 && inet_pton(AF_INET6, text, address) == 1)
		return text;
	die_value(option, text,
		option->type == VALUE_IP4	    ? "an IPv4 address such as 10.90.0.5"
			: option->type == VALUE_IP6 ? "an IPv6 address such as fd00::5"
						    : "an IP address");
}

const char *read_value(const struct table_option *option, const char *text)
{
	switch (option->type) {
	case VALUE_TEXT:
		return text;
	case VALUE_WORD:
	case VALUE_PATH:
		if (!*text)
			die_value(option, text, option->argument);
		return text;
	case VALUE_BOOL:
		return read_bool(option, text);
	case VALUE_NAME:
		return read_name(option, text);
	case VALUE_ENV:
		return read_env(option, text);
	case VALUE_CHOICE:
		return read_choice(option, text);
	case VALUE_LIKE:
		if (fnmatch(option->limits, text, 0))
			die_value(option, text, option->argument);
		return text;
	case VALUE_IP4:
	case VALUE_IP6:
	case VALUE_IP:
		return read_address(option, text);
	default:
		return read_a_number(option, text);
	}
}
