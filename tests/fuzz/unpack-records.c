/* SPDX-License-Identifier: MIT */
/* Any bytes as the records that the writer of img-unpack gets: it must refuse them or
 *obey them inside its directory, never fail in another way. Messages end the run of one
 *input instead of the process.
 *
 *	make fuzz-unpack-records SECONDS=60 */

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/die.h"
#include "../../lib/sys.h"
#include "../../tools/img-unpack/tree.h"
#include "../../tools/img-unpack/writer.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

static jmp_buf ended;

void die(const char *tried, const char *object, const char *reason, ...)
{
	(void)tried, (void)object, (void)reason;
	longjmp(ended, 1);
}

void die_errno(const char *tried, const char *object)
{
	(void)tried, (void)object;
	longjmp(ended, 1);
}

void die_errno_cause(const char *tried, const char *object, const struct cause *cause)
{
	(void)cause;
	die_errno(tried, object);
}

void warn(const char *tried, const char *object, const char *reason, ...)
{
	(void)tried, (void)object, (void)reason;
}

/* A ring that holds one input and never waits. */
const unsigned char *ring_peek(struct ring *ring, uint32_t length, int pidfd)
{
	(void)pidfd;
	return ring->size - ring->position >= length ? ring->data + ring->position : NULL;
}

void ring_release(struct ring *ring, uint32_t length)
{
	ring->position += length;
}

static void check_canary(int base)
{
	struct stat status;

	if (fstatat(base, "canary", &status, 0) || status.st_size ||
		status.st_nlink != 1 || (status.st_mode & 07777) != 0600)
		abort();
}

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static int base = -1;
	struct source source = { .size = 1 << 30 };
	struct ring ring = { .size = (uint32_t)size };
	struct writing writing = { "input", -1, -1, { 1 << 20, 1000, 100, 1000 },
		WHITEOUTS_APPLY, false, &source };

	if (base < 0) {
		char path[] = "/dev/shm/fuzz.XXXXXX";

		umask(0);
		if (!mkdtemp(path) || (base = open(path, O_RDONLY | O_DIRECTORY)) < 0 ||
			close(openat(base, "canary", O_CREAT | O_WRONLY, 0600)))
			abort();
	}
	if (mkdirat(base, "x", 0755))
		abort();
	writing.directory = openat(base, "x", O_RDONLY | O_DIRECTORY);
	/* A copy of its own size, so that reading past its end is seen. */
	ring.data = malloc(size ? size : 1);
	memcpy(ring.data, data, size);
	if (!setjmp(ended))
		write_archive(&writing, &ring);
	free(ring.data);
	check_canary(base);
	/* What was open when it ended. */
	sys_close_range((unsigned)writing.directory, ~0U, 0);
	if (remove_all(base, "x"))
		abort();
	return 0;
}
