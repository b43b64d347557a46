/* SPDX-License-Identifier: MIT */
/* The reader of seccomp profiles, and the compiler behind it, under libFuzzer:
 *
 *	make fuzz-seccomp-profile SECONDS=60
 *
 * What the reader refuses it dies of; here dying comes back to the fuzzer. What it leaves
 * in memory, as a short process may, is given back after each document. */

#include <jansson.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "die.h"

/* All that the reader allocates, freed at once. */
static void *given[1 << 16];
static size_t given_count;
static jmp_buf refused;

static void *give(size_t size)
{
	void *memory = given_count < sizeof given / sizeof *given ? malloc(size) : NULL;

	if (!memory)
		longjmp(refused, 1);
	given[given_count++] = memory;
	return memory;
}

static void *give_zeroed(size_t count, size_t size)
{
	return memset(give(count * size), 0, count * size);
}

static void keep(void *memory)
{
	(void)memory;
}

void die(const char *tried, const char *object, const char *reason, ...)
{
	(void)tried, (void)object, (void)reason;
	longjmp(refused, 1);
}

void die_errno(const char *tried, const char *object)
{
	die(tried, object, "");
}

void die_errno_cause(const char *tried, const char *object, const struct cause *cause)
{
	(void)cause;
	die(tried, object, "");
}

void warn(const char *tried, const char *object, const char *reason, ...)
{
	(void)tried, (void)object, (void)reason;
}

#define calloc give_zeroed
#include "../../tools/seccomp-compile/profile.c"
#undef calloc
#define seccomp_init(action) (filters[filter_count++] = (seccomp_init)(action))
static scmp_filter_ctx filters[2];
static int filter_count;
#include "../../tools/seccomp-compile/filter.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct target target = { CAP(CHOWN) | CAP(SYS_CHROOT),
		SCMP_ARCH_X86_64, kernel_version(6, 1) };
	static struct program program;
	static int scratch = -1;

	if (scratch < 0)
		scratch = memfd_create("filter", 0);
	json_set_alloc_funcs(give, keep);
	if (!setjmp(refused))
		make_filter("fuzz",
			read_profile("fuzz", (const char *)data, size, &target), &target,
			scratch, &program);
	while (filter_count)
		seccomp_release(filters[--filter_count]);
	while (given_count)
		free(given[--given_count]);
	return 0;
}
