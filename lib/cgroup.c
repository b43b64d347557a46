/* SPDX-License-Identifier: MIT */
#include "cgroup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "sys.h"

static void close_quietly(int fd)
{
	int saved = errno;

	if (fd >= 0)
		close(fd);
	errno = saved;
}

/* Below a hierarchy's root: no link, no mount on top, no way up. */
static int open_below(int directory, const char *path, int flags)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags | O_CLOEXEC,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV };

	return sys_openat2(directory, path, &how);
}

char *read_control(int directory, const char *name)
{
	int fd = open_below(directory, name, O_RDONLY);
	size_t size = 4096, have = 0;
	char *text = NULL;

	if (fd < 0)
		return NULL;
	for (;;) {
		char *larger = realloc(text, size);
		ssize_t got;

		if (!larger)
			break;
		text = larger;
		got = read(fd, text + have, size - 1 - have);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		if (!got) {
			close(fd);
			text[have] = '\0';
			return text;
		}
		have += (size_t)got;
		if (have == size - 1)
			size *= 2;
	}
	close_quietly(fd);
	free(text);
	return NULL;
}

static int write_control(int directory, const char *name, const char *text)
{
	int fd = open_below(directory, name, O_WRONLY);
	ssize_t done;

	if (fd < 0)
		return -1;
	do
		done = write(fd, text, strlen(text));
	while (done < 0 && errno == EINTR);
	close_quietly(fd);
	return done < 0 ? -1 : 0;
}

int write_group(const struct hierarchy *hierarchy, const char *name, const char *text)
{
	return write_control(hierarchy->group, name, text);
}

/* ---------------------------------------------------------------- what is mounted */

/* mountinfo writes blanks, newlines and backslashes as \ooo (proc(5)). */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] >= '0' && text[1] <= '3' && text[2] &&
			text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				(text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

/* "cpu,cpuacct" becomes ",cpu,cpuacct,": a word is found with its commas. */
static char *comma_list(const char *text)
{
	char *list;

	if (asprintf(&list, ",%s,", text) < 0)
		return NULL;
	for (char *c = list; *c; c++)
		if (*c == ' ' || *c == '\n')
			*c = ',';
	return list;
}

/* 1 if what is at the mount point is the hierarchy of that device number, and nothing
 * that was mounted over it later; -1 if that cannot be told. */
static int is_hierarchy(int fd, bool unified, dev_t device)
{
	struct statfs system;
	struct stat status;

	if (fstatfs(fd, &system) || fstat(fd, &status))
		return -1;
	return (unsigned long)system.f_type ==
		(unsigned long)(unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC) &&
		status.st_dev == device;
}

static bool is_known(const struct hierarchies *all, dev_t device)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->list[i].device == device)
			return true;
	return false;
}

static int add_hierarchy(struct hierarchies *all, bool unified, dev_t device, char *mount,
	const char *options)
{
	struct hierarchy new = { .unified = unified, .device = device, .group = -1 };
	struct hierarchy *list;
	char *offered;
	int is;

	unescape(mount);
	if (is_known(all, device))
		return 0;
	new.root = open(mount, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* Hidden, or not for us: as if it were not there. */
	if (new.root < 0)
		return errno == ENOENT || errno == ENOTDIR || errno == EACCES ? 0 : -1;
	if ((is = is_hierarchy(new.root, unified, device)) != 1) {
		close_quietly(new.root);
		return is;
	}
	offered = unified ? read_control(new.root, "cgroup.controllers") : NULL;
	new.controllers = comma_list(offered ? offered : unified ? "" : options);
	free(offered);
	new.mount = strdup(mount);
	list = realloc(all->list, (all->count + 1) * sizeof *list);
	if (list)
		all->list = list;
	if (!new.controllers || !new.mount || !list)
		return -1;
	list[all->count++] = new;
	return 0;
}

/* One line: "31 23 0:28 / /sys/fs/cgroup/cpu rw,relatime shared:9 - cgroup cgroup
 * rw,cpu".
 */
static int read_mount(struct hierarchies *all, char *line)
{
	char *tail = strstr(line, " - "), *mount, *options;
	unsigned major, minor;
	int at = 0;
	bool unified;

	if (!tail || sscanf(line, "%*u %*u %u:%u %*s %n", &major, &minor, &at) != 2 ||
		!at)
		return 0;
	tail += strlen(" - ");
	unified = !strncmp(tail, "cgroup2 ", strlen("cgroup2 "));
	if (!unified && strncmp(tail, "cgroup ", strlen("cgroup ")) != 0)
		return 0;
	mount = line + at;
	mount[strcspn(mount, " ")] = '\0';
	options = strrchr(tail, ' ') + 1;
	return add_hierarchy(all, unified, makedev(major, minor), mount, options);
}

int open_hierarchies(struct hierarchies *all)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t size = 0;
	int result = 0;

	*all = (struct hierarchies){ 0 };
	if (!in)
		return -1;
	while (!result && getline(&line, &size, in) >= 0)
		result = read_mount(all, line);
	if (ferror(in))
		result = -1;
	free(line);
	fclose(in);
	return result;
}

void close_hierarchies(struct hierarchies *all)
{
	for (size_t i = 0; i < all->count; i++) {
		close_quietly(all->list[i].root);
		close_quietly(all->list[i].group);
		free(all->list[i].controllers);
		free(all->list[i].mount);
	}
	free(all->list);
	*all = (struct hierarchies){ 0 };
}

static bool in_list(const char *list, const char *name)
{
	size_t length = strlen(name);

	for (const char *at = list; (at = strstr(at, name)); at++)
		if (at > list && at[-1] == ',' && at[length] == ',')
			return true;
	return false;
}

bool has_controller(const struct hierarchy *hierarchy, const char *name)
{
	return in_list(hierarchy->controllers, name);
}

bool can_make_groups(void)
{
	struct hierarchies all;
	bool can = false;

	if (open_hierarchies(&all))
		return false;
	for (size_t i = 0; i < all.count; i++)
		can = can || !faccessat(all.list[i].root, ".", W_OK | X_OK, AT_EACCESS);
	close_hierarchies(&all);
	return can;
}

/* ---------------------------------------------------------------- making groups */

bool is_group(const char *group)
{
	if (*group != '/')
		return false;
	while (*group == '/') {
		size_t length = strcspn(++group, "/");

		if (!length || (length == 1 && group[0] == '.') ||
			(length == 2 && group[0] == '.' && group[1] == '.'))
			return false;
		group += length;
	}
	return true;
}

/* The processors and memory nodes of a new cpuset are none at all. */
static int fill_cpuset(int parent, int child)
{
	static const char *const names[] = { "cpuset.cpus", "cpuset.mems" };

	for (int i = 0; i < 2; i++) {
		char *own = read_control(child, names[i]), *text;
		int result;

		if (!own)
			return -1;
		if (*own != '\n' && *own) {
			free(own);
			continue;
		}
		free(own);
		if (!(text = read_control(parent, names[i])))
			return -1;
		result = write_control(child, names[i], text);
		free(text);
		if (result)
			return -1;
	}
	return 0;
}

/* Version 2: a group that holds processes hands down no controller, but for those of
 * threads, and then its children can hold no process: kept away from. The root of all is
 * the exception; it has no cgroup.type. */
static bool holds_processes(int directory)
{
	char *text;
	bool holds;

	if (faccessat(directory, "cgroup.type", F_OK, 0))
		return false;
	text = read_control(directory, "cgroup.procs");
	holds = text && *text;
	free(text);
	return holds;
}

/* Let PARENT's children have the controllers. One at a time, since a write of several
 * fails as a whole. */
static void hand_down(struct hierarchy *hierarchy, int parent, const char *const wanted[])
{
	char word[32];

	if (holds_processes(parent)) {
		hierarchy->trouble = EBUSY;
		return;
	}
	for (; *wanted; wanted++) {
		if (!has_controller(hierarchy, *wanted))
			continue;
		snprintf(word, sizeof word, "+%s", *wanted);
		if (write_control(parent, "cgroup.subtree_control", word))
			hierarchy->trouble = errno;
	}
}

/* The child NAME of PARENT, made where it is missing; closes PARENT unless it is the
 * root. */
static int make_child(struct hierarchy *hierarchy, int parent, const char *name,
	const char *const wanted[])
{
	int child = -1;

	if (hierarchy->unified)
		hand_down(hierarchy, parent, wanted);
	if (!mkdirat(parent, name, 0755) || errno == EEXIST)
		child = open_below(parent, name, O_RDONLY | O_DIRECTORY);
	if (child >= 0 && has_controller(hierarchy, "cpuset") && !hierarchy->unified &&
		fill_cpuset(parent, child)) {
		close_quietly(child);
		child = -1;
	}
	if (parent != hierarchy->root)
		close_quietly(parent);
	return child;
}

int make_group(struct hierarchy *hierarchy, const char *group, const char *const wanted[])
{
	int at = hierarchy->root;
	char *copy, *rest;

	if (!is_group(group)) {
		errno = EINVAL;
		return -1;
	}
	if (!(copy = strdup(group)))
		return -1;
	rest = copy;
	for (char *name; at >= 0 && (name = strsep(&rest, "/"));)
		if (*name)
			at = make_child(hierarchy, at, name, wanted);
	free(copy);
	hierarchy->group = at;
	return at < 0 ? -1 : 0;
}

int open_group(struct hierarchy *hierarchy, const char *group)
{
	if (!is_group(group)) {
		errno = EINVAL;
		return -1;
	}
	hierarchy->group = open_below(hierarchy->root, group + 1, O_RDONLY | O_DIRECTORY);
	return hierarchy->group < 0 ? -1 : 0;
}

/* ---------------------------------------------------------------- ending groups */

/* What is done to a directory: its parent, its name there, its fd. Returns -1 and errno,
 * 0, or 1 for "not done yet". */
typedef int act(int parent, const char *name, int directory);

/* Do WHAT to every directory below DIRECTORY, the deepest first, then to it. What
 * vanishes meanwhile is passed over. Closes DIRECTORY. */
static int walk(int parent, const char *name, int directory, act *what)
{
	int copy = fcntl(directory, F_DUPFD_CLOEXEC, 0), result = 0, own;
	DIR *list = copy < 0 ? NULL : fdopendir(copy);

	if (!list) {
		close_quietly(copy);
		close_quietly(directory);
		return -1;
	}
	for (struct dirent *entry; result >= 0 && (entry = readdir(list));) {
		int child;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = open_below(directory, entry->d_name, O_RDONLY | O_DIRECTORY);
		if (child < 0 && errno == ENOENT)
			continue;
		own = child < 0 ? -1 : walk(directory, entry->d_name, child, what);
		result = own < 0 ? own : result | own;
	}
	if (result >= 0) {
		own = what(parent, name, directory);
		result = own < 0 ? own : result | own;
	}
	close_quietly(directory);
	own = errno;
	closedir(list);
	errno = own;
	return result;
}

static int walk_group(struct hierarchy *hierarchy, const char *group, act *what)
{
	int directory;

	if (open_group(hierarchy, group))
		return errno == ENOENT ? 0 : -1;
	directory = hierarchy->group;
	hierarchy->group = -1;
	return walk(hierarchy->root, group + 1, directory, what);
}

static int remove_directory(int parent, const char *name, int directory)
{
	(void)directory;
	return !unlinkat(parent, name, AT_REMOVEDIR) || errno == ENOENT ? 0 : -1;
}

int remove_group(const char *group)
{
	struct hierarchies all;
	int result, reason = 0;

	if (!is_group(group)) {
		errno = EINVAL;
		return -1;
	}
	if ((result = open_hierarchies(&all)))
		return result;
	/* One that resists does not keep the others. Most have no group below them: to
	 * look first would make the kernel set up an inode for each of its control files.
	 */
	for (size_t i = 0; i < all.count; i++)
		if (unlinkat(all.list[i].root, group + 1, AT_REMOVEDIR) &&
			errno != ENOENT &&
			walk_group(&all.list[i], group, remove_directory))
			reason = errno;
	close_hierarchies(&all);
	errno = reason;
	return reason ? -1 : 0;
}

/* Whether PID is still a line of the list of processes: it may have ended, and its number
 * may be another process's by now. */
static bool is_listed(int directory, long pid)
{
	char *text = read_control(directory, "cgroup.procs"), line[32];
	bool found = false;

	if (!text)
		return false;
	snprintf(line, sizeof line, "%ld\n", pid);
	for (const char *at = text; !found && (at = strstr(at, line)); at++)
		found = at == text || at[-1] == '\n';
	free(text);
	return found;
}

/* The pidfd first, then the question whether the process is (still) of the group: so no
 * other is hit. False if it may not be killed, which waiting would not change. */
static bool kill_listed(int directory, long pid)
{
	int pidfd = sys_pidfd_open((pid_t)pid);
	bool denied;

	if (pidfd < 0)
		return true;
	denied = is_listed(directory, pid) && sys_pidfd_send_signal(pidfd, SIGKILL) &&
		errno == EPERM;
	close(pidfd);
	if (denied)
		errno = EPERM;
	return !denied;
}

/* Returns 1 where a process was left to end. */
static int kill_directory(int parent, const char *name, int directory)
{
	char *text = read_control(directory, "cgroup.procs");
	int busy = 0;

	(void)parent;
	(void)name;
	if (!text) /* ENODEV: removed meanwhile; EOPNOTSUPP: of threads only */
		return errno == ENODEV || errno == ENOENT || errno == EOPNOTSUPP ? 0 : -1;
	for (char *rest = text, *line; (line = strsep(&rest, "\n"));) {
		if (!*line)
			continue;
		if (busy >= 0)
			busy = 1;
		/* 0: not in this pid namespace */
		if (*line != '0' && !kill_listed(directory, strtol(line, NULL, 10)))
			busy = -1;
	}
	free(text);
	write_control(directory, "freezer.state", "THAWED");
	if (busy < 0)
		errno = EPERM;
	return busy;
}

/* Write to a control file that not every hierarchy and kernel has. */
static void write_if_there(struct hierarchy *hierarchy, const char *group,
	const char *name, const char *text)
{
	if (open_group(hierarchy, group))
		return;
	write_group(hierarchy, name, text);
	close_quietly(hierarchy->group);
	hierarchy->group = -1;
}

/* Version 2 ends a whole tree at once. Under version 1 the freezer holds it still, so
 * that no fork is missed; a task that is frozen takes its SIGKILL only when thawed. */
static int kill_tree(struct hierarchy *hierarchy, const char *group)
{
	int busy, reason;

	if (hierarchy->unified)
		write_if_there(hierarchy, group, "cgroup.kill", "1");
	else
		write_if_there(hierarchy, group, "freezer.state", "FROZEN");
	busy = walk_group(hierarchy, group, kill_directory);
	reason = errno;
	if (!hierarchy->unified)
		write_if_there(hierarchy, group, "freezer.state", "THAWED");
	errno = reason;
	return busy;
}

int kill_group(const char *group, int patience)
{
	const struct timespec pause = { .tv_nsec = 2000000 };
	struct hierarchies all;
	int busy = 1, reason;

	if (open_hierarchies(&all))
		return -1;
	for (int waited = 0; busy > 0 && waited <= patience; waited += 2) {
		if (waited)
			nanosleep(&pause, NULL);
		busy = 0;
		for (size_t i = 0; busy >= 0 && i < all.count; i++) {
			int result = kill_tree(&all.list[i], group);

			busy = result < 0 ? result : busy | result;
		}
	}
	reason = busy > 0 ? EBUSY : errno;
	close_hierarchies(&all);
	errno = reason;
	return busy ? -1 : 0;
}

unsigned long count_oom_kills(const char *group)
{
	struct hierarchies all;
	unsigned long count = 0;

	if (open_hierarchies(&all))
		return 0;
	for (size_t i = 0; i < all.count; i++) {
		struct hierarchy *hierarchy = &all.list[i];
		char *text, *at;

		if (!has_controller(hierarchy, "memory") || open_group(hierarchy, group))
			continue;
		text = read_control(hierarchy->group,
			hierarchy->unified ? "memory.events" : "memory.oom_control");
		if (text && (at = strstr(text, "oom_kill ")))
			count += strtoul(at + strlen("oom_kill "), NULL, 10);
		free(text);
	}
	close_hierarchies(&all);
	return count;
}
