/* SPDX-License-Identifier: MIT */
/* state-remove: remove containers.
 *
 * A container whose lock is held lives, and is refused, or with --force killed: through
 * its cgroup, or where it has none by the PID of its first process. Its supervisor then
 * ends, writes down how the container ended, and lets the lock go; only then its files
 * are removed here, under the lock. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "die.h"
#include "state.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_RUN,
	PATIENCE = 10000, /* milliseconds, for processes and for the supervisor to end */
};

static const struct tool_option options[] = {
	{ OPTION_ROOT, "root", "directory", "where the state of containers is" },
	{ OPTION_RUN, "run", "directory", "where their locks are" },
	{ 'f', "force", NULL,
		"kill those that run, and do not mind those that are missing" },
	{ 0 },
};

static const struct tool tool = {
	.name = "state-remove",
	.kind = JOB,
	.purpose = "remove containers",
	.synopsis = "--root directory --run directory [--force] container ...",
	.options = options,
	.capabilities = CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(KILL),
};

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

/* The value "pid" was written while its process was there. A process that started later
 * has got the number of one that has ended, and is none of ours. */
static bool kill_first(int directory)
{
	char text[VALUE_SIZE], *end;
	struct stat status;
	int64_t start;
	long pid;
	int pidfd;

	if (!read_value(directory, "pid", text, sizeof text) ||
		fstatat(directory, "pid", &status, AT_SYMLINK_NOFOLLOW))
		return false;
	pid = strtol(text, &end, 10);
	if (pid <= 1 || *end || pid > INT32_MAX)
		return false;
	if ((pidfd = sys_pidfd_open((pid_t)pid)) < 0)
		return errno == ESRCH;
	/* After the pidfd: it stays the process that is looked at here. */
	start = start_of(pid);
	if (start >= 0 && start <= nanoseconds(status.st_mtim) + second / 50)
		sys_pidfd_send_signal(pidfd, SIGKILL);
	close(pidfd);
	return true;
}

static bool kill_container(int directory, const char *text)
{
	char group[VALUE_SIZE];

	if (read_value(directory, "cgroup", group, sizeof group) && *group) {
		if (!kill_group(group, PATIENCE))
			return true;
		warn("kill", text, "%s", strerror(errno));
		return false;
	}
	if (kill_first(directory))
		return true;
	warn("kill", text, "it has no cgroup, and its first process is not known");
	return false;
}

/* The lock of a container that ends meanwhile if it must. */
static int claim(const struct state *state, const char *text, const char *id,
	int directory, bool force)
{
	int lock = claim_container(state, id, 0);

	if (lock < 0 && errno == EWOULDBLOCK && force) {
		if (!kill_container(directory, text))
			return -1;
		lock = claim_container(state, id, PATIENCE);
	}
	if (lock < 0 && errno == EWOULDBLOCK)
		warn("remove", text,
			force ? "its supervisor does not end"
			      : "it is running; stop it first, or use --force");
	else if (lock < 0)
		warn("lock", text, "%s", strerror(errno));
	return lock;
}

static bool remove_claimed(const struct state *state, const char *id, int directory)
{
	int again = open_container(state, id);

	/* Its own script removed it as soon as it had ended. */
	if (again < 0)
		return errno == ENOENT;
	close(again);
	return end_group(directory) && remove_container(state, id, directory);
}

static bool remove_one(const struct state *state, const char *text, bool force)
{
	int reason, directory, lock;
	char id[ID_LENGTH + 1];
	bool gone;

	reason = find_container(state, text, id);
	if (reason) {
		if (reason == ENOENT && force)
			return true;
		warn("find the container", text, "%s",
			reason == ENOENT ? "no such container"
				: reason == EEXIST
				? "several IDs begin so; give more digits"
				: strerror(reason));
		return false;
	}
	directory = open_container(state, id);
	if (directory < 0) {
		if (errno == ENOENT && force)
			return true;
		warn("open the container", text, "%s", strerror(errno));
		return false;
	}
	lock = claim(state, text, id, directory, force);
	gone = lock >= 0 && remove_claimed(state, id, directory);
	if (gone)
		drop_lock(state, id);
	close(directory);
	if (lock >= 0)
		close(lock);
	return gone && puts(text) >= 0;
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *run = NULL;
	struct common common = { 0 };
	bool force = false, all = true;
	struct state state;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_RUN:
			run = optarg;
			break;
		case 'f':
			force = true;
			break;
		}
	}
	if (!root || !run || !argv[optind])
		die_usage(&tool, "which containers?");
	start_tool(&tool, &common);

	state = open_state(root, run);
	for (char **text = argv + optind; *text; text++)
		all = remove_one(&state, *text, force) && all;
	if (fflush(stdout))
		die_errno("write", "standard output");
	return all ? 0 : EXIT_TOOL;
}
