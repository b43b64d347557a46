/* SPDX-License-Identifier: MIT */
/* The devices of a group. Version 1 has a controller for them, devices.deny and
 * devices.allow; under version 2 a BPF program attached to the group answers for every
 * open and mknod of a device node (bpf(2), BPF_PROG_TYPE_CGROUP_DEVICE; cgroup-v2.rst,
 * "Device controller"). There is no library for that program short of a compiler; it has
 * no loops and five comparisons a rule. */
#include "devices.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "die.h"
#include "parse.h"

static const char *const defaults[] = {
	"c *:* m", "b *:* m", "c 1:3 rwm", /* null */
	"c 1:5 rwm", /* zero */
	"c 1:7 rwm", /* full */
	"c 1:8 rwm", /* random */
	"c 1:9 rwm", /* urandom */
	"c 5:0 rwm", /* tty */
	"c 5:1 rwm", /* console */
	"c 5:2 rwm", /* ptmx */
	"c 136:* rwm", /* pts */
};

/* ---------------------------------------------------------------- rules */

/* A number or "*" up to END; *TEXT moves past it. */
static int64_t parse_part(const char *whole, const char **text, char end)
{
	size_t length = strcspn(*text, (const char[]){ end, '\0' });
	char part[16];

	if (length >= sizeof part || (*text)[length] != end)
		die("--device", whole, "not of the form \"c 1:3 rwm\"");
	memcpy(part, *text, length);
	part[length] = '\0';
	*text += length + 1;
	/* The kernel's device numbers have 12 and 20 bits. */
	return !strcmp(part, "*") ? ANY
				  : (int64_t)parse_uint("--device", part, 0, 1 << 20);
}

/* PATH[:ACCESS] as the rule for the device that is there: stat(2)'s numbers. */
static struct device_rule rule_of_path(const char *text, const char **access)
{
	const char *colon = strrchr(text, ':');
	struct device_rule rule = { .type = 'c' };
	struct stat status;
	char *path = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);

	if (!path || stat(path, &status))
		die_errno("--device", path ? path : text);
	if (!S_ISCHR(status.st_mode) && !S_ISBLK(status.st_mode))
		die("--device", path, "not a device");
	if (S_ISBLK(status.st_mode))
		rule.type = 'b';
	rule.major = major(status.st_rdev);
	rule.minor = minor(status.st_rdev);
	*access = colon ? colon + 1 : "rwm";
	free(path);
	return rule;
}

void add_device_rule(struct device_rules *rules, const char *text)
{
	struct device_rule rule = { .type = text[0], .major = ANY, .minor = ANY };
	const char *at = text + 2;

	if (rules->count == RULES_MAX)
		die("--device", text, "at most %d rules", RULES_MAX);
	if (!strcmp(text, "a")) {
		rule.read = rule.write = rule.make = true;
		rules->list[rules->count++] = rule;
		return;
	}
	if (*text == '/') {
		rule = rule_of_path(text, &at);
	} else {
		if (!*text || !strchr("abc", text[0]) || text[1] != ' ')
			die("--device", text, "not of the form \"c 1:3 rwm\"");
		rule.major = parse_part(text, &at, ':');
		rule.minor = parse_part(text, &at, ' ');
	}
	for (; *at; at++) {
		if (*at == 'r')
			rule.read = true;
		else if (*at == 'w')
			rule.write = true;
		else if (*at == 'm')
			rule.make = true;
		else
			die("--device", text, "access is of r, w and m");
	}
	if (!rule.read && !rule.write && !rule.make)
		die("--device", text, "which access? some of r, w and m");
	rules->list[rules->count++] = rule;
}

void add_default_rules(struct device_rules *rules)
{
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++)
		add_device_rule(rules, defaults[i]);
}

/* ---------------------------------------------------------------- version 1 */

static void format_part(char *text, size_t size, int64_t number)
{
	if (number == ANY)
		snprintf(text, size, "*");
	else
		snprintf(text, size, "%lld", (long long)number);
}

static void allow(const struct hierarchy *hierarchy, const struct device_rule *rule,
	char type, const char *group)
{
	char major[24], minor[24], text[64];

	format_part(major, sizeof major, rule->major);
	format_part(minor, sizeof minor, rule->minor);
	snprintf(text, sizeof text, "%c %s:%s %s%s%s", type, major, minor,
		rule->read ? "r" : "", rule->write ? "w" : "", rule->make ? "m" : "");
	if (write_group(hierarchy, "devices.allow", text))
		die_errno("allow the device", text);
	(void)group;
}

static void write_rules(const struct device_rules *rules,
	const struct hierarchy *hierarchy, const char *group)
{
	static const struct cause cause = { "not-delegated",
		"start as root on the host: the devices controller obeys nobody else" };

	if (hierarchy->group < 0 || write_group(hierarchy, "devices.deny", "a"))
		die_errno_cause("deny all devices", group, &cause);
	for (int i = 0; i < rules->count; i++) {
		const struct device_rule *rule = &rules->list[i];

		/* The file's own "a" stands for everything, whatever follows it. */
		if (rule->type != 'b')
			allow(hierarchy, rule, 'c', group);
		if (rule->type != 'c')
			allow(hierarchy, rule, 'b', group);
	}
}

/* ---------------------------------------------------------------- version 2 */

enum {
	RULE_CODE = 8, /* instructions of a rule, at most */
	CODE_MAX = RULE_CODE * RULES_MAX + 8,
};

struct code {
	struct bpf_insn list[CODE_MAX];
	int count;
};

static void emit(
	struct code *code, int operation, int to, int from, int offset, int value)
{
	code->list[code->count++] = (struct bpf_insn){ .code = (uint8_t)operation,
		.dst_reg = (uint8_t)to & 15,
		.src_reg = (uint8_t)from & 15,
		.off = (int16_t)offset,
		.imm = value };
}

static void emit_return(struct code *code, int value)
{
	emit(code, BPF_ALU64 | BPF_MOV | BPF_K, BPF_REG_0, 0, 0, value);
	emit(code, BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}

/* "If the register is not VALUE, to the next rule"; emit_rule fills in how far that is.
 */
static void emit_unless(struct code *code, int reg, int64_t value)
{
	emit(code, BPF_JMP | BPF_JNE | BPF_K, reg, 0, 0, (int)value);
}

/* The program's registers: 2 type, 3 access, 4 major, 5 minor; 6 is scratch. */
static void emit_rule(struct code *code, const struct device_rule *rule)
{
	int start = code->count;
	int denied = (rule->read ? 0 : BPF_DEVCG_ACC_READ) |
		(rule->write ? 0 : BPF_DEVCG_ACC_WRITE) |
		(rule->make ? 0 : BPF_DEVCG_ACC_MKNOD);

	if (rule->type != 'a')
		emit_unless(code, BPF_REG_2,
			rule->type == 'b' ? BPF_DEVCG_DEV_BLOCK : BPF_DEVCG_DEV_CHAR);
	if (denied) {
		emit(code, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_6, BPF_REG_3, 0, 0);
		emit(code, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_6, 0, 0, denied);
		emit_unless(code, BPF_REG_6, 0);
	}
	if (rule->major != ANY)
		emit_unless(code, BPF_REG_4, rule->major);
	if (rule->minor != ANY)
		emit_unless(code, BPF_REG_5, rule->minor);
	emit_return(code, 1);
	for (int i = start; i < code->count; i++)
		if (code->list[i].code == (BPF_JMP | BPF_JNE | BPF_K))
			code->list[i].off = (int16_t)(code->count - i - 1);
}

/* Registers from struct bpf_cgroup_dev_ctx: access_type has the access above the type. */
static void emit_program(struct code *code, const struct device_rules *rules)
{
	emit(code, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_2, BPF_REG_1, 0, 0);
	emit(code, BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_3, BPF_REG_2, 0, 0);
	emit(code, BPF_ALU64 | BPF_AND | BPF_K, BPF_REG_2, 0, 0, 0xffff);
	emit(code, BPF_ALU64 | BPF_RSH | BPF_K, BPF_REG_3, 0, 0, 16);
	emit(code, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_4, BPF_REG_1, 4, 0);
	emit(code, BPF_LDX | BPF_MEM | BPF_W, BPF_REG_5, BPF_REG_1, 8, 0);
	for (int i = 0; i < rules->count; i++) {
		emit_rule(code, &rules->list[i]);
		/* All is allowed: what follows would never run, which the kernel refuses.
		 */
		if (rules->list[i].type == 'a' && rules->list[i].major == ANY &&
			rules->list[i].minor == ANY && rules->list[i].read &&
			rules->list[i].write && rules->list[i].make)
			return;
	}
	emit_return(code, 0);
}

static void attach_program(const struct device_rules *rules,
	const struct hierarchy *hierarchy, const char *group)
{
	static const struct cause cause = { "no-device-filter",
		"start as root on the host, with a kernel that has CONFIG_CGROUP_BPF, or "
		"without --device and --device-default" };
	struct code code = { .count = 0 };
	union bpf_attr load = { .prog_type = BPF_PROG_TYPE_CGROUP_DEVICE,
		.insns = (uintptr_t)code.list,
		.license = (uintptr_t) "MIT" };
	union bpf_attr attach = { .attach_type = BPF_CGROUP_DEVICE,
		.attach_flags = BPF_F_ALLOW_MULTI };
	int program;

	emit_program(&code, rules);
	load.insn_cnt = (uint32_t)code.count;
	program = (int)syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof load);
	if (program < 0)
		die_errno_cause("load the device filter of", group, &cause);
	attach.target_fd = (uint32_t)hierarchy->group;
	attach.attach_bpf_fd = (uint32_t)program;
	/* From here on the group holds the program. */
	if (syscall(SYS_bpf, BPF_PROG_ATTACH, &attach, sizeof attach))
		die_errno_cause("attach the device filter to", group, &cause);
	close(program);
}

void limit_devices(const struct device_rules *rules, const struct hierarchies *all,
	const char *group)
{
	static const struct cause cause = { "no-controller",
		"mount the devices controller or version 2 of cgroups, or start without "
		"--device and --device-default" };
	const struct hierarchy *unified = NULL;

	for (size_t i = 0; i < all->count; i++) {
		if (!all->list[i].unified && has_controller(&all->list[i], "devices")) {
			write_rules(rules, &all->list[i], group);
			return;
		}
		if (all->list[i].unified && all->list[i].group >= 0)
			unified = &all->list[i];
	}
	if (!unified)
		die_cause(&cause, "limit the devices of", group,
			"no devices controller on this host");
	attach_program(rules, unified, group);
}
