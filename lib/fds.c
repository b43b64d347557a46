/* SPDX-License-Identifier: MIT */
#include "fds.h"

#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "die.h"
#include "sys.h"

static void close_from_to(unsigned first, unsigned last)
{
	if (first > last || !sys_close_range(first, last, 0))
		return;
	if (errno != ENOSYS && errno != EPERM)
		die_errno("close the other fds", NULL);
	/* A kernel before 5.9, or a filter that does not know the call. */
	if (last > (unsigned)sysconf(_SC_OPEN_MAX))
		last = (unsigned)sysconf(_SC_OPEN_MAX);
	for (unsigned fd = first; fd <= last; fd++)
		close((int)fd);
}

/* The smallest of KEPT that is at least FIRST; -1 if there is none. */
static int next_kept(const int kept[], int count, int first)
{
	int least = -1;

	for (int i = 0; i < count; i++)
		if (kept[i] >= first && (least < 0 || kept[i] < least))
			least = kept[i];
	return least;
}

void close_all_but(const int kept[], int count)
{
	int first = 0, next;

	while ((next = next_kept(kept, count, first)) >= 0) {
		if (next > first)
			close_from_to((unsigned)first, (unsigned)next - 1);
		first = next + 1;
	}
	close_from_to((unsigned)first, UINT_MAX);
}
