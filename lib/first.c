/* SPDX-License-Identifier: MIT */
#include "first.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "state.h"
#include "sys.h"

static const int64_t second = 1000000000;

static int64_t nanoseconds(struct timespec time)
{
	return time.tv_sec * second + time.tv_nsec;
}

/* When process PID started, in nanoseconds since 1970; -1 if it is not there. It is the
 * 22nd field of proc_pid_stat(5), in ticks since the machine started; the 2nd may contain
 * anything, but no later one a ")". */
static int64_t start_of(long pid)
{
	struct timespec now, up;
	char path[64], text[1024], *at;
	ssize_t length;
	int fd;

	snprintf(path, sizeof path, "/proc/%ld/stat", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	if (length <= 0)
		return -1;
	text[length] = '\0';
	at = strrchr(text, ')');
	for (int field = 2; at && field < 22; field++)
		at = strchr(at + 1, ' ');
	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_BOOTTIME, &up);
	return at ? nanoseconds(now) - nanoseconds(up) +
			strtoll(at + 1, NULL, 10) * (second / sysconf(_SC_CLK_TCK))
		  : -1;
}

int open_first(int directory, pid_t *pid)
{
	char text[VALUE_SIZE], *end;
	struct stat status;
	int64_t start;
	long number;
	int pidfd;

	if (!read_value(directory, "pid", text, sizeof text) ||
		fstatat(directory, "pid", &status, AT_SYMLINK_NOFOLLOW))
		return -1;
	number = strtol(text, &end, 10);
	errno = ENOENT;
	if (number <= 1 || *end || number > INT32_MAX)
		return -1;
	*pid = (pid_t)number;
	pidfd = sys_pidfd_open(*pid);
	if (pidfd < 0)
		return -1;
	/* After the pidfd: it stays the process that is looked at here. The value was
	 * written while the process was there: one that started later has got the number
	 * of one that has ended. */
	start = start_of(number);
	if (start >= 0 && start <= nanoseconds(status.st_mtim) + second / 50)
		return pidfd;
	close(pidfd);
	errno = ESRCH;
	return -1;
}
