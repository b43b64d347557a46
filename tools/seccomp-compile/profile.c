/* SPDX-License-Identifier: MIT */
/* The reader of profiles. Each field is taken from its object by name and what is left
 * over at the end is unknown: a field that was misspelt never goes unnoticed. */

#include "profile.h"

#include <errno.h>
#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "die.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))

struct word {
	const char *word;
	uint32_t value;
};

static const struct word actions[] = {
	{ "SCMP_ACT_ALLOW", SCMP_ACT_ALLOW },
	{ "SCMP_ACT_ERRNO", SCMP_ACT_ERRNO(0) },
	{ "SCMP_ACT_KILL", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_THREAD", SCMP_ACT_KILL_THREAD },
	{ "SCMP_ACT_KILL_PROCESS", SCMP_ACT_KILL_PROCESS },
	{ "SCMP_ACT_LOG", SCMP_ACT_LOG },
	{ "SCMP_ACT_TRACE", SCMP_ACT_TRACE(0) },
	{ "SCMP_ACT_TRAP", SCMP_ACT_TRAP },
};

static const struct word comparisons[] = {
	{ "SCMP_CMP_NE", SCMP_CMP_NE },
	{ "SCMP_CMP_LT", SCMP_CMP_LT },
	{ "SCMP_CMP_LE", SCMP_CMP_LE },
	{ "SCMP_CMP_EQ", SCMP_CMP_EQ },
	{ "SCMP_CMP_GE", SCMP_CMP_GE },
	{ "SCMP_CMP_GT", SCMP_CMP_GT },
	{ "SCMP_CMP_MASKED_EQ", SCMP_CMP_MASKED_EQ },
};

static const struct word architectures[] = {
	{ "SCMP_ARCH_X86", SCMP_ARCH_X86 },
	{ "SCMP_ARCH_X86_64", SCMP_ARCH_X86_64 },
	{ "SCMP_ARCH_X32", SCMP_ARCH_X32 },
	{ "SCMP_ARCH_ARM", SCMP_ARCH_ARM },
	{ "SCMP_ARCH_AARCH64", SCMP_ARCH_AARCH64 },
	{ "SCMP_ARCH_MIPS", SCMP_ARCH_MIPS },
	{ "SCMP_ARCH_MIPS64", SCMP_ARCH_MIPS64 },
	{ "SCMP_ARCH_MIPS64N32", SCMP_ARCH_MIPS64N32 },
	{ "SCMP_ARCH_MIPSEL", SCMP_ARCH_MIPSEL },
	{ "SCMP_ARCH_MIPSEL64", SCMP_ARCH_MIPSEL64 },
	{ "SCMP_ARCH_MIPSEL64N32", SCMP_ARCH_MIPSEL64N32 },
	{ "SCMP_ARCH_PARISC", SCMP_ARCH_PARISC },
	{ "SCMP_ARCH_PARISC64", SCMP_ARCH_PARISC64 },
	{ "SCMP_ARCH_PPC", SCMP_ARCH_PPC },
	{ "SCMP_ARCH_PPC64", SCMP_ARCH_PPC64 },
	{ "SCMP_ARCH_PPC64LE", SCMP_ARCH_PPC64LE },
	{ "SCMP_ARCH_RISCV64", SCMP_ARCH_RISCV64 },
	{ "SCMP_ARCH_S390", SCMP_ARCH_S390 },
	{ "SCMP_ARCH_S390X", SCMP_ARCH_S390X },
};

/* The names in includes and excludes are those of Go. */
static const struct word go_architectures[] = {
	{ "386", SCMP_ARCH_X86 },
	{ "amd64", SCMP_ARCH_X86_64 },
	{ "arm", SCMP_ARCH_ARM },
	{ "arm64", SCMP_ARCH_AARCH64 },
	{ "mips", SCMP_ARCH_MIPS },
	{ "mips64", SCMP_ARCH_MIPS64 },
	{ "mips64le", SCMP_ARCH_MIPSEL64 },
	{ "mips64n32", SCMP_ARCH_MIPS64N32 },
	{ "mipsel", SCMP_ARCH_MIPSEL },
	{ "mipsel64", SCMP_ARCH_MIPSEL64 },
	{ "mipsel64n32", SCMP_ARCH_MIPSEL64N32 },
	{ "mipsle", SCMP_ARCH_MIPSEL },
	{ "ppc", SCMP_ARCH_PPC },
	{ "ppc64", SCMP_ARCH_PPC64 },
	{ "ppc64le", SCMP_ARCH_PPC64LE },
	{ "riscv64", SCMP_ARCH_RISCV64 },
	{ "s390", SCMP_ARCH_S390 },
	{ "s390x", SCMP_ARCH_S390X },
	{ "x32", SCMP_ARCH_X32 },
	{ "x86", SCMP_ARCH_X86 },
};

/* Where in the document we are: "syscalls[3].args[0]". */
struct place {
	const char *profile;
	char path[96];
};

static struct place inside(const struct place *place, const char *name)
{
	struct place inner = { .profile = place->profile };

	if (snprintf(inner.path, sizeof inner.path, "%s%s%s", place->path,
		    *place->path && *name != '[' ? "." : "",
		    name) >= (int)sizeof inner.path)
		inner.path[0] = '\0'; /* It cannot be so deep. */
	return inner;
}

static struct place element(const struct place *place, size_t index)
{
	char name[32];

	snprintf(name, sizeof name, "[%zu]", index);
	return inside(place, name);
}

static _Noreturn void bad(const struct place *place, const char *reason, const char *what)
{
	die("read the profile", place->profile, "%s%s%s%s%.100s", place->path,
		*place->path ? ": " : "", reason, *what ? ": " : "", what);
}

/* Take FIELD out of OBJECT, of TYPE; NULL if it is not there or null. */
static json_t *take(
	json_t *object, const char *field, json_type type, const struct place *place)
{
	json_t *value = json_object_get(object, field);
	struct place inner = inside(place, field);

	if (!value)
		return NULL;
	json_incref(value);
	json_object_del(object, field);
	if (json_is_null(value))
		return NULL;
	if (json_typeof(value) != type)
		bad(&inner,
			type == JSON_ARRAY	       ? "not an array"
				: type == JSON_OBJECT  ? "not an object"
				: type == JSON_INTEGER ? "not a whole number"
						       : "not a string",
			"");
	return value;
}

static void refuse_rest(json_t *object, const struct place *place)
{
	void *field = json_object_iter(object);

	if (field)
		bad(place, "no such field", json_object_iter_key(field));
}

static json_t *expect(json_t *value, json_type type, const struct place *place)
{
	if (json_typeof(value) != type)
		bad(place, type == JSON_OBJECT ? "not an object" : "not a string", "");
	return value;
}

static uint32_t look_up(const struct word *words, size_t count, json_t *value,
	const char *kind, const struct place *place)
{
	const char *text = json_string_value(value);

	for (size_t i = 0; i < count; i++)
		if (!strcmp(words[i].word, text))
			return words[i].value;
	bad(place, kind, text);
}

/* A whole number from 0 to HIGH. */
static uint64_t take_number(json_t *object, const char *field, uint64_t high, bool *given,
	const struct place *place)
{
	json_t *value = take(object, field, JSON_INTEGER, place);
	struct place inner = inside(place, field);

	*given = value;
	if (!value)
		return 0;
	if (json_integer_value(value) < 0 || (uint64_t)json_integer_value(value) > high)
		bad(&inner, "out of range", "");
	return (uint64_t)json_integer_value(value);
}

static unsigned error_number(json_t *value, const struct place *place)
{
	/* Beyond the last number there are only those that no program sees. */
	for (int number = 1; number < 512; number++) {
		const char *name = strerrorname_np(number);

		if (name && !strcmp(name, json_string_value(value)))
			return (unsigned)number;
	}
	bad(place, "no such error", json_string_value(value));
}

/* An action and the number that it returns, which Podman's files give by name, too. */
static uint32_t take_action(json_t *object, const char *action_field,
	const char *number_field, const char *name_field, const struct place *place)
{
	json_t *text = take(object, action_field, JSON_STRING, place);
	json_t *name = take(object, name_field, JSON_STRING, place);
	struct place action_place = inside(place, action_field);
	struct place name_place = inside(place, name_field);
	struct place number_place = inside(place, number_field);
	bool given;
	uint64_t number = take_number(object, number_field, UINT16_MAX, &given, place);
	uint32_t action;

	if (!text)
		bad(place, "missing", action_field);
	action = look_up(actions, COUNT(actions), text, "no such action", &action_place);
	if (name) {
		if (given && number != error_number(name, &name_place))
			bad(&number_place, "another error than", name_field);
		number = error_number(name, &name_place);
		given = true;
	}
	if (action == SCMP_ACT_ERRNO(0)) {
		if (number > 4095) /* MAX_ERRNO: the kernel would cut it */
			bad(&number_place, "out of range", "");
		return SCMP_ACT_ERRNO(given ? number : EPERM);
	}
	if (action == SCMP_ACT_TRACE(0))
		return SCMP_ACT_TRACE(given ? number : EPERM);
	if (given)
		bad(&number_place, "the action has no number", json_string_value(text));
	return action;
}

/* What an "includes" or "excludes" says. */
struct condition {
	caps capabilities;
	bool architecture_given, architecture_met;
	bool kernel_given, kernel_met;
};

static unsigned read_kernel(json_t *value, const struct place *place)
{
	unsigned major, minor;
	char rest;

	if (sscanf(json_string_value(value), "%4u.%4u%c", &major, &minor, &rest) != 2)
		bad(place, "not of the form 4.8", json_string_value(value));
	return kernel_version(major, minor);
}

static struct condition take_condition(json_t *object, const char *field,
	const struct target *target, const struct place *place)
{
	struct condition condition = { 0 };
	struct place here = inside(place, field);
	struct place caps_place = inside(&here, "caps");
	struct place arch_place = inside(&here, "arches");
	struct place kernel_place = inside(&here, "minKernel");
	json_t *source = take(object, field, JSON_OBJECT, place), *list, *value;
	size_t i;

	if (!source)
		return condition;
	list = take(source, "caps", JSON_ARRAY, &here);
	json_array_foreach(list, i, value)
	{
		struct place at = element(&caps_place, i);
		const char *name = json_string_value(expect(value, JSON_STRING, &at));

		/* parse_caps reads lists. */
		if (strncmp(name, "CAP_", 4) != 0 || strpbrk(name, ", \t"))
			bad(&at, "not the name of a capability", name);
		condition.capabilities |= parse_caps(name);
	}
	list = take(source, "arches", JSON_ARRAY, &here);
	json_array_foreach(list, i, value)
	{
		struct place at = element(&arch_place, i);

		expect(value, JSON_STRING, &at);
		condition.architecture_given = true;
		/* A name that we do not know is that of another machine. */
		for (size_t k = 0; k < COUNT(go_architectures); k++)
			if (!strcmp(go_architectures[k].word, json_string_value(value)) &&
				go_architectures[k].value == target->architecture)
				condition.architecture_met = true;
	}
	value = take(source, "minKernel", JSON_STRING, &here);
	if (value && *json_string_value(value)) {
		condition.kernel_given = true;
		condition.kernel_met =
			target->kernel >= read_kernel(value, &kernel_place);
	}
	refuse_rest(source, &here);
	return condition;
}

/* As Docker decides: every condition of includes must hold, none of excludes. */
static bool take_conditions(
	json_t *object, const struct target *target, const struct place *place)
{
	struct condition in = take_condition(object, "includes", target, place);
	struct condition out = take_condition(object, "excludes", target, place);

	if (in.capabilities & ~target->capabilities)
		return false;
	if (in.architecture_given && !in.architecture_met)
		return false;
	if (in.kernel_given && !in.kernel_met)
		return false;
	return !(out.capabilities & target->capabilities) && !out.architecture_met &&
		!out.kernel_met;
}

static struct scmp_arg_cmp read_argument(json_t *object, const struct place *place)
{
	json_t *text;
	struct place op_place = inside(place, "op");
	struct scmp_arg_cmp comparison;
	bool given;

	expect(object, JSON_OBJECT, place);
	comparison.arg = (unsigned)take_number(
		object, "index", RULE_ARGUMENTS_MAX - 1, &given, place);
	if (!given)
		bad(place, "missing", "index");
	text = take(object, "op", JSON_STRING, place);
	if (!text)
		bad(place, "missing", "op");
	comparison.op = look_up(
		comparisons, COUNT(comparisons), text, "no such comparison", &op_place);
	/* For SCMP_CMP_MASKED_EQ value is the mask and valueTwo what must be left. */
	comparison.datum_a = take_number(object, "value", UINT64_MAX, &given, place);
	if (!given)
		bad(place, "missing", "value");
	comparison.datum_b = take_number(object, "valueTwo", UINT64_MAX, &given, place);
	refuse_rest(object, place);
	return comparison;
}

static void take_names(json_t *object, struct rule *rule, const struct place *place)
{
	json_t *names = take(object, "names", JSON_ARRAY, place);
	json_t *name = take(object, "name", JSON_STRING, place), *value;
	struct place names_place = inside(place, "names");
	size_t i;

	/* Docker's first form had a rule for each call. */
	if (!names == !name)
		bad(place, "one of name and names is needed", "");
	rule->name_count = names ? json_array_size(names) : 1;
	rule->names = calloc(rule->name_count + 1, sizeof *rule->names);
	if (!rule->names)
		die_errno("keep a rule of", place->profile);
	if (name)
		rule->names[0] = json_string_value(name);
	json_array_foreach(names, i, value)
	{
		struct place at = element(&names_place, i);

		rule->names[i] = json_string_value(expect(value, JSON_STRING, &at));
	}
}

static struct rule read_rule(
	json_t *object, const struct target *target, const struct place *place)
{
	struct rule rule = { 0 };
	struct place arguments_place = inside(place, "args");
	json_t *arguments, *value;
	size_t i;

	expect(object, JSON_OBJECT, place);
	take_names(object, &rule, place);
	rule.action = take_action(object, "action", "errnoRet", "errno", place);
	arguments = take(object, "args", JSON_ARRAY, place);
	if (json_array_size(arguments) > RULE_ARGUMENTS_MAX)
		bad(&arguments_place, "too many", "");
	json_array_foreach(arguments, i, value)
	{
		struct place at = element(&arguments_place, i);

		rule.arguments[rule.argument_count++] = read_argument(value, &at);
	}
	rule.applies = take_conditions(object, target, place);
	take(object, "comment", JSON_STRING, place);
	refuse_rest(object, place);
	return rule;
}

static void add_architecture(
	struct profile *profile, json_t *value, const struct place *place)
{
	expect(value, JSON_STRING, place);
	if (profile->architecture_count == ARCHITECTURES_MAX)
		bad(place, "too many architectures", "");
	profile->architectures[profile->architecture_count++] = look_up(architectures,
		COUNT(architectures), value, "no such architecture", place);
}

/* Docker's files list, for each machine, which others it runs programs of; the runtime
 * specification's say it for the one machine. */
static void take_architectures(json_t *root, struct profile *profile,
	const struct target *target, const struct place *place)
{
	json_t *list = take(root, "architectures", JSON_ARRAY, place);
	json_t *map = take(root, "archMap", JSON_ARRAY, place), *value, *also;
	struct place list_place = inside(place, "architectures");
	struct place map_place = inside(place, "archMap");
	size_t i, k;

	if (json_array_size(list) && json_array_size(map))
		bad(&list_place, "not together with archMap", "");
	json_array_foreach(list, i, value)
	{
		struct place at = element(&list_place, i);

		add_architecture(profile, value, &at);
	}
	json_array_foreach(map, i, value)
	{
		struct place at = element(&map_place, i);
		struct place own_place = inside(&at, "architecture");
		struct place also_place = inside(&at, "subArchitectures");
		json_t *own, *others;
		size_t before = profile->architecture_count;

		expect(value, JSON_OBJECT, &at);
		own = take(value, "architecture", JSON_STRING, &at);
		others = take(value, "subArchitectures", JSON_ARRAY, &at);
		refuse_rest(value, &at);
		if (!own)
			bad(&at, "missing", "architecture");
		json_array_foreach(others, k, also)
		{
			struct place sub = element(&also_place, k);

			add_architecture(profile, also, &sub);
		}
		if (look_up(architectures, COUNT(architectures), own,
			    "no such architecture", &own_place) != target->architecture)
			profile->architecture_count = before;
	}
}

/* Flags are for whoever installs the filter, and listeners need a process that answers:
 * neither can be said in a program. */
static void refuse_unsupported(json_t *root, const struct place *place)
{
	json_t *flags = take(root, "flags", JSON_ARRAY, place);
	struct place flags_place = inside(place, "flags");

	if (json_array_size(flags))
		bad(&flags_place, "not supported: they cannot be part of a filter", "");
}

struct profile *read_profile(
	const char *name, const char *text, size_t length, const struct target *target)
{
	struct profile *profile = calloc(1, sizeof *profile);
	struct place top = { .profile = name }, rules_place = inside(&top, "syscalls");
	json_error_t error;
	json_t *root, *rules, *value;
	size_t i, seed;

	/* jansson would take it from a file, which we may not open. */
	if (getrandom(&seed, sizeof seed, 0) != sizeof seed)
		die_errno("get random numbers for", name);
	json_object_seed(seed | 1);
	root = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		die("read the profile", name, "line %d, column %d: %s", error.line,
			error.column, error.text);
	expect(root, JSON_OBJECT, &top);
	if (!profile)
		die_errno("read the profile", name);

	profile->default_action = take_action(
		root, "defaultAction", "defaultErrnoRet", "defaultErrno", &top);
	take_architectures(root, profile, target, &top);
	refuse_unsupported(root, &top);
	take(root, "comment", JSON_STRING, &top);
	rules = take(root, "syscalls", JSON_ARRAY, &top);
	refuse_rest(root, &top);
	profile->rules = calloc(json_array_size(rules) + 1, sizeof *profile->rules);
	if (!profile->rules)
		die_errno("keep the rules of", name);
	json_array_foreach(rules, i, value)
	{
		struct place at = element(&rules_place, i);

		profile->rules[profile->rule_count++] = read_rule(value, target, &at);
	}
	return profile;
}
