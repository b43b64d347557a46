/* SPDX-License-Identifier: MIT */
/* From rules to a program, by libseccomp and two things that it does not do.
 *
 * Denials come first. libseccomp has one tree of rules, in which "ioctl is allowed" hides
 * "ioctl with this request is not"; so a profile could only say what is allowed, never
 * except something from it. Here all rules that deny make a program of their own, which
 * allows the rest; wherever it allows, it goes on at the other program instead.
 *
 * What the profile cannot know does not exist. A system call with a number above all that
 * the profile names is newer than it; the answer to a program that tries such a call must
 * be ENOSYS, as an older kernel's would be, since with EPERM it would give up instead of
 * doing it in the older way. Only where the profile's default is an error, not death. */

#include "filter.h"

#include <errno.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

/* System calls that are newer than libseccomp 2.5.4. Since Linux 5.1 a new call has the
 * same number on all machines, but for alpha and mips, which count from elsewhere. */
static const struct {
	const char *name;
	int number;
	uint32_t only; /* on this machine alone, or 0 */
} newer_calls[] = {
	{ "uretprobe", 335, SCMP_ARCH_X86_64 },
	{ "cachestat", 451, 0 },
	{ "fchmodat2", 452, 0 },
	{ "map_shadow_stack", 453, 0 },
	{ "futex_wake", 454, 0 },
	{ "futex_wait", 455, 0 },
	{ "futex_requeue", 456, 0 },
	{ "statmount", 457, 0 },
	{ "listmount", 458, 0 },
	{ "lsm_get_self_attr", 459, 0 },
	{ "lsm_set_self_attr", 460, 0 },
	{ "lsm_list_modules", 461, 0 },
	{ "mseal", 462, 0 },
	{ "setxattrat", 463, 0 },
	{ "getxattrat", 464, 0 },
	{ "listxattrat", 465, 0 },
	{ "removexattrat", 466, 0 },
	{ "open_tree_attr", 467, 0 },
	{ "file_getattr", 468, 0 },
	{ "file_setattr", 469, 0 },
};

struct build {
	const char *name;
	const struct profile *profile;
	const struct target *target;
	scmp_filter_ctx denials, rest;
	int highest; /* number of a system call that the profile names */
};

static _Noreturn void die_library(const struct build *build, const char *call, int error)
{
	errno = -error;
	die("compile the profile", build->name, "%s%s%s", call, *call ? ": " : "",
		strerror(errno));
}

/* x32 has the numbers of x86_64, marked; its pseudo numbers are negative, as are those of
 * calls that the machine does not have. */
static bool counts_as_others(uint32_t architecture)
{
	return architecture != SCMP_ARCH_MIPS && architecture != SCMP_ARCH_MIPS64 &&
		architecture != SCMP_ARCH_MIPS64N32 && architecture != SCMP_ARCH_MIPSEL &&
		architecture != SCMP_ARCH_MIPSEL64 &&
		architecture != SCMP_ARCH_MIPSEL64N32;
}

static int call_number(const struct build *build, const char *name)
{
	int number = seccomp_syscall_resolve_name(name);

	/* libseccomp cannot translate a number without a name for a second machine. */
	if (number != __NR_SCMP_ERROR || build->profile->architecture_count ||
		!counts_as_others(build->target->architecture))
		return number;
	for (size_t i = 0; i < sizeof newer_calls / sizeof *newer_calls; i++)
		if (!strcmp(newer_calls[i].name, name) &&
			(!newer_calls[i].only ||
				newer_calls[i].only == build->target->architecture))
			return newer_calls[i].number;
	return __NR_SCMP_ERROR;
}

static bool denies(uint32_t action)
{
	return action != SCMP_ACT_ALLOW && action != SCMP_ACT_LOG &&
		(action & SECCOMP_RET_ACTION_FULL) != SCMP_ACT_TRACE(0);
}

static void add(struct build *build, const struct rule *rule, int number,
	const char *call, unsigned count, const struct scmp_arg_cmp *arguments)
{
	int error = seccomp_rule_add_array(
		denies(rule->action) ? build->denials : build->rest, rule->action, number,
		count, arguments);

	/* Said twice, which does no harm. */
	if (error && error != -EEXIST)
		die_library(build, call, error);
}

/* Two comparisons of one argument are, as in runc, two rules: either is enough. */
static bool compares_twice(const struct rule *rule)
{
	unsigned seen = 0;

	for (unsigned i = 0; i < rule->argument_count; i++) {
		if (seen & 1U << rule->arguments[i].arg)
			return true;
		seen |= 1U << rule->arguments[i].arg;
	}
	return false;
}

static void add_call(struct build *build, const struct rule *rule, const char *call)
{
	int number = call_number(build, call);

	if (number == __NR_SCMP_ERROR) {
		/* As Docker does: a name of another kernel's or another machine's call.
		 * Where all else is allowed, it may be a hole. */
		if (denies(rule->action) && !denies(build->profile->default_action))
			warn("read the profile", build->name,
				"no system call is known as %.100s: it is not denied",
				call);
		return;
	}
	if (number > build->highest)
		build->highest = number;
	/* What the default does anyway, but for denials: those except something from what
	 * other rules allow. */
	if (!rule->applies ||
		(rule->action == build->profile->default_action && !denies(rule->action)))
		return;
	if (!compares_twice(rule)) {
		add(build, rule, number, call, rule->argument_count, rule->arguments);
		return;
	}
	for (unsigned i = 0; i < rule->argument_count; i++)
		add(build, rule, number, call, 1, &rule->arguments[i]);
}

static scmp_filter_ctx start_filter(const struct build *build, uint32_t default_action)
{
	scmp_filter_ctx filter = seccomp_init(default_action);
	int error;

	if (!filter)
		die("compile the profile", build->name, "libseccomp cannot start");
	/* A binary tree of the calls' numbers. */
	error = seccomp_attr_set(filter, SCMP_FLTATR_CTL_OPTIMIZE, 2);
	if (!error)
		/* A program of a foreign machine ends with "Bad system call"; answers it
		 * could not even report would leave no clue. */
		error = seccomp_attr_set(
			filter, SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
	for (size_t i = 0; !error && i < build->profile->architecture_count; i++) {
		error = seccomp_arch_add(filter, build->profile->architectures[i]);
		if (error == -EEXIST)
			error = 0;
	}
	if (error)
		die_library(build, "", error);
	return filter;
}

static void append(const struct build *build, struct program *program,
	struct sock_filter instruction)
{
	if (program->length == BPF_MAXINSNS)
		die("compile the profile", build->name,
			"longer than the %d instructions of a filter", BPF_MAXINSNS);
	program->code[program->length++] = instruction;
}

static void append_filter(const struct build *build, scmp_filter_ctx filter, int scratch,
	struct program *program)
{
	struct sock_filter instruction;
	int error;
	off_t at = 0;

	if (ftruncate(scratch, 0) || lseek(scratch, 0, SEEK_SET))
		die_errno("empty the scratch file for", build->name);
	error = seccomp_export_bpf(filter, scratch);
	if (error)
		die_library(build, "", error);
	while (pread(scratch, &instruction, sizeof instruction, at) ==
		(ssize_t)sizeof instruction) {
		append(build, program, instruction);
		at += (off_t)sizeof instruction;
	}
}

static void append_unknown(const struct build *build, struct program *program)
{
	const struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, build->target->architecture, 0, 4),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, (uint32_t)build->highest, 0, 2),
		/* On x86_64 that is x32's, another machine's. */
		BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
	};

	for (size_t i = 0; i < sizeof code / sizeof *code; i++)
		append(build, program, code[i]);
}

/* Where the denials allow, go on after them. */
static void go_on(struct program *program, size_t start)
{
	for (size_t i = start; i < program->length; i++)
		if (program->code[i].code == (BPF_RET | BPF_K) &&
			program->code[i].k == SECCOMP_RET_ALLOW)
			program->code[i] = (struct sock_filter)BPF_STMT(
				BPF_JMP | BPF_JA, (uint32_t)(program->length - i - 1));
}

void make_filter(const char *name, const struct profile *profile,
	const struct target *target, int scratch, struct program *program)
{
	struct build build = { name, profile, target, NULL, NULL, -1 };
	size_t start;

	build.denials = start_filter(&build, SCMP_ACT_ALLOW);
	build.rest = start_filter(&build, profile->default_action);
	for (size_t i = 0; i < profile->rule_count; i++)
		for (size_t k = 0; k < profile->rules[i].name_count; k++)
			add_call(&build, &profile->rules[i], profile->rules[i].names[k]);

	program->length = 0;
	if (build.highest >= 0 &&
		(profile->default_action & SECCOMP_RET_ACTION_FULL) == SECCOMP_RET_ERRNO)
		append_unknown(&build, program);
	start = program->length;
	append_filter(&build, build.denials, scratch, program);
	go_on(program, start);
	append_filter(&build, build.rest, scratch, program);
}
