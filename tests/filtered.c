/* SPDX-License-Identifier: MIT */
/* filtered: make one system call under a filter, and say what came of it.
 *
 *	filtered [--32 | --x32] filter call [argument ...]
 *
 * The filter is a file of instructions, as seccomp-compile writes it. Prints "ok", the
 * name of the error, or "killed by" a signal. The call is made by a child which needs no
 * other call, so that a filter may deny all but that one. --32: through int $0x80, where
 *a call is a number; --x32: with x32's mark on the number. */

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void fail(const char *what)
{
	perror(what);
	exit(2);
}

static long call_64(long number, const long *a)
{
	register long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4],
			  r9 __asm__("r9") = a[5]; // cppcheck-suppress constStatement
	long result;

	__asm__ volatile(
		"syscall"
		: "=a"(result)
		: "a"(number), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
		: "rcx", "r11", "memory");
	return result;
}

static long call_32(long number, const long *a)
{
	int result;

	__asm__ volatile("int $0x80"
			 : "=a"(result)
			 : "a"((int)number), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3])
			 : "memory");
	return result;
}

int main(int argc, char *argv[])
{
	struct sock_filter code[BPF_MAXINSNS];
	struct sock_fprog program = { .filter = code };
	long arguments[6] = { 0 }, number;
	volatile long *result;
	int fd, status, at = 1, foreign = 0;
	ssize_t got;
	pid_t child;

	if (argc > 1 && !strncmp(argv[1], "--", 2))
		foreign = !strcmp(argv[at++], "--x32") ? 2 : 1;
	if (argc < at + 2 || argc > at + 8)
		return 2;
	fd = open(argv[at], O_RDONLY);
	got = fd < 0 ? -1 : read(fd, code, sizeof code);
	if (got <= 0)
		fail(argv[at]);
	program.len = (unsigned short)((size_t)got / sizeof *code);
	number = foreign == 1 || (*argv[at + 1] >= '0' && *argv[at + 1] <= '9')
		? strtol(argv[at + 1], NULL, 10)
		: seccomp_syscall_resolve_name(argv[at + 1]);
	if (foreign == 2)
		number |= 0x40000000;
	for (int i = at + 2; i < argc; i++)
		arguments[i - at - 2] = (long)strtoull(argv[i], NULL, 0);

	result = mmap(NULL, sizeof *result, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (result == MAP_FAILED)
		fail("mmap");
	*result = 1L << 40;
	child = fork();
	if (!child) {
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
			prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program))
			fail("load the filter");
		*result = foreign == 1 ? call_32(number, arguments)
				       : call_64(number, arguments);
		for (;;)
			__asm__ volatile("hlt");
	}
	waitpid(child, &status, 0);
	if (*result == 1L << 40)
		printf("killed by %s\n",
			WIFSIGNALED(status) ? sigabbrev_np(WTERMSIG(status)) : "nothing");
	else if (*result < 0 && *result > -4096)
		printf("%s\n", strerrorname_np((int)-*result));
	else
		printf("ok\n");
	return 0;
}
