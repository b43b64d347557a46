/* SPDX-License-Identifier: MIT */
#include "jail.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "die.h"

#ifndef LANDLOCK_ACCESS_FS_TRUNCATE
#define LANDLOCK_ACCESS_FS_TRUNCATE (1ULL << 14)
#endif

enum {
	ABI_LINKS = 2, /* before it, no hard link to another directory is allowed */
	ABI_TRUNCATE = 3,
};

static void forbid_privileges(void)
{
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die_errno("forbid new privileges", NULL);
}

void restrict_files(int directory)
{
	struct landlock_ruleset_attr attributes = {
		.handled_access_fs = (LANDLOCK_ACCESS_FS_REFER << 1) - 1,
	};
	struct landlock_path_beneath_attr rule = { .parent_fd = directory };
	long abi = syscall(
		SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
	int ruleset;

	forbid_privileges();
	if (abi < ABI_LINKS)
		return;
	if (abi >= ABI_TRUNCATE)
		attributes.handled_access_fs |= LANDLOCK_ACCESS_FS_TRUNCATE;
	ruleset = (int)syscall(
		SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
	if (ruleset < 0)
		die_errno("make a Landlock ruleset", NULL);
	rule.allowed_access =
		attributes.handled_access_fs & ~(__u64)LANDLOCK_ACCESS_FS_EXECUTE;
	if (directory >= 0 &&
		syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule,
			0))
		die_errno("allow the directory", NULL);
	if (syscall(SYS_landlock_restrict_self, ruleset, 0))
		die_errno("enter the Landlock ruleset", NULL);
	close(ruleset);
}

#if defined(__x86_64__)
#define NATIVE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define NATIVE AUDIT_ARCH_AARCH64
#elif defined(__riscv)
#define NATIVE AUDIT_ARCH_RISCV64
#else
#error "the number of this architecture, from linux/audit.h, is needed here"
#endif

#define LOAD(field)                                                                      \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ALLOW(name)                                                                      \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1),                           \
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

void restrict_calls(void)
{
#ifndef __SANITIZE_ADDRESS__ /* which needs more than this */
	/* Memory, but none that can be executed: bit 2 of the third argument. */
	struct sock_filter code[] = {
		LOAD(arch),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, NATIVE, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(nr),
		ALLOW(read),
		ALLOW(futex),
		ALLOW(munmap),
		ALLOW(mremap),
		ALLOW(madvise),
		ALLOW(brk),
		ALLOW(rt_sigprocmask), /* at the end of a thread */
		ALLOW(rt_sigreturn),
		ALLOW(exit),
		ALLOW(exit_group),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mmap, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		LOAD(args[2]),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, PROT_EXEC, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = { sizeof code / sizeof *code, code };

	_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__,
		"the low half of an argument comes first");
	forbid_privileges();
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC,
		    &program))
		die_errno("install the seccomp filter", NULL);
#endif
}
