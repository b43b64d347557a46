/* SPDX-License-Identifier: MIT */
#include "limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "parse.h"

static const struct {
	const char *name;
	int resource;
} names[] = {
	{ "as", RLIMIT_AS },
	{ "core", RLIMIT_CORE },
	{ "cpu", RLIMIT_CPU },
	{ "data", RLIMIT_DATA },
	{ "fsize", RLIMIT_FSIZE },
	{ "locks", RLIMIT_LOCKS },
	{ "memlock", RLIMIT_MEMLOCK },
	{ "msgqueue", RLIMIT_MSGQUEUE },
	{ "nice", RLIMIT_NICE },
	{ "nofile", RLIMIT_NOFILE },
	{ "nproc", RLIMIT_NPROC },
	{ "rss", RLIMIT_RSS },
	{ "rtprio", RLIMIT_RTPRIO },
	{ "rttime", RLIMIT_RTTIME },
	{ "sigpending", RLIMIT_SIGPENDING },
	{ "stack", RLIMIT_STACK },
};

static int parse_resource(const char *text, const char *name)
{
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (!strcmp(names[i].name, name))
			return names[i].resource;
	die("--rlimit", text,
		"%s is no limit; there are: as, core, cpu, data, fsize, locks, memlock, "
		"msgqueue, nice, nofile, nproc, rss, rtprio, rttime, sigpending, stack",
		name);
}

static rlim_t parse_amount(const char *text)
{
	if (!strcmp(text, "unlimited") || !strcmp(text, "-1"))
		return RLIM_INFINITY;
	return parse_uint("--rlimit", text, 0, UINT64_MAX - 1);
}

struct limit parse_limit(const char *text)
{
	struct limit limit = { .text = text };
	char *name = strdup(text), *soft, *hard;

	if (!name)
		die_errno("--rlimit", text);
	soft = strchr(name, '=');
	if (!soft)
		die("--rlimit", text, "not of the form name=soft[:hard]");
	*soft++ = '\0';
	hard = strchr(soft, ':');
	if (hard)
		*hard++ = '\0';
	limit.resource = parse_resource(text, name);
	limit.value.rlim_cur = parse_amount(soft);
	limit.value.rlim_max = hard ? parse_amount(hard) : limit.value.rlim_cur;
	if (limit.value.rlim_cur > limit.value.rlim_max)
		die("--rlimit", text, "the soft limit is above the hard one");
	free(name);
	return limit;
}

void set_limit(const struct limit *limit)
{
	static const struct cause cause = { "hard-limit",
		"the hard limit here is lower, and only CAP_SYS_RESOURCE may raise it" };

	if (setrlimit(limit->resource, &limit->value))
		die_errno_cause(
			"set the limit", limit->text, errno == EPERM ? &cause : NULL);
}
