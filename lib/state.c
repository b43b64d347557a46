/* SPDX-License-Identifier: MIT */
#include "state.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup.h"
#include "delete.h"
#include "die.h"
#include "parse.h"

enum {
	PATH_SIZE = 2 * NAME_LENGTH + 32, /* "containers/ID.new/id", "names/NAME" */
	KILL_PATIENCE = 10000, /* milliseconds */
};

static int open_base(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct stat status;

	if (fd < 0 && errno == ENOENT) {
		if (mkdir(path, 0700) && errno != EEXIST)
			die_errno("make the directory of the state", path);
		fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	}
	if (fd < 0)
		die_errno("open the directory of the state", path);
	if (fstat(fd, &status))
		die_errno("look at the directory of the state", path);
	/* What is killed and deleted is what the files in it say. */
	if (status.st_uid != geteuid())
		die("open the directory of the state", path, "it belongs to user %u",
			(unsigned)status.st_uid);
	if (status.st_mode & (S_IWGRP | S_IWOTH))
		die("open the directory of the state", path, "others may write to it");
	return fd;
}

struct state open_state(const char *root, const char *run)
{
	return (struct state){ open_base(root), open_base(run) };
}

bool is_id(const char *text)
{
	return strspn(text, "0123456789abcdef") == ID_LENGTH && !text[ID_LENGTH];
}

bool is_name(const char *text)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-";
	size_t length = strspn(text, letters);

	return length && !text[length] && length <= NAME_LENGTH && !strchr("_.-", *text);
}

const char *parse_container_id(const char *what, const char *text)
{
	if (!is_id(text))
		die(what, text, "not an ID, which has %d digits 0-9 and a-f", ID_LENGTH);
	return text;
}

const char *parse_container_name(const char *what, const char *text)
{
	if (!is_name(text))
		die(what, text,
			"not a name: at most %d letters, digits, \"_\", \".\" and \"-\", "
			"a letter or "
			"digit first",
			NAME_LENGTH);
	return text;
}

/* "FOLDER/NAME", for the calls that take a path from state->root or state->run. */
struct path {
	char text[PATH_SIZE];
};

static struct path path_of(const char *folder, const char *name)
{
	struct path path;

	snprintf(path.text, sizeof path.text, "%s/%s", folder, name);
	return path;
}

int open_container(const struct state *state, const char *id)
{
	return openat(state->root, path_of("containers", id).text,
		O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

bool read_value(int directory, const char *name, char *text, size_t size)
{
	int fd = openat(directory, name,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t got;
	int reason;

	if (fd < 0)
		return false;
	do
		got = read(fd, text, size);
	while (got < 0 && errno == EINTR);
	reason = got == (ssize_t)size ? EFBIG : errno;
	close(fd);
	if (got < 0 || got == (ssize_t)size) {
		errno = reason;
		return false;
	}
	if (got && text[got - 1] == '\n')
		got--;
	text[got] = '\0';
	return true;
}

bool has_value(int directory, const char *name)
{
	return !faccessat(directory, name, F_OK, 0);
}

static int write_file(int directory, const char *name, const char *text)
{
	int fd = openat(directory, name,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	size_t length = strlen(text);
	ssize_t put;
	int reason = 0;

	if (fd < 0)
		return -1;
	while (!reason && length) {
		put = write(fd, text, length);
		if (put < 0 && errno != EINTR)
			reason = errno;
		if (put > 0) {
			text += put;
			length -= (size_t)put;
		}
	}
	close(fd);
	errno = reason;
	return reason ? -1 : 0;
}

int write_value(int directory, const char *name, const char *text)
{
	char temporary[64], line[VALUE_SIZE];
	int reason;

	if (snprintf(line, sizeof line, "%s\n", text) >= VALUE_SIZE) {
		errno = EFBIG;
		return -1;
	}
	snprintf(temporary, sizeof temporary, ".%s.new", name);
	if (!write_file(directory, temporary, line) &&
		!renameat(directory, temporary, directory, name))
		return 0;
	reason = errno;
	unlinkat(directory, temporary, 0);
	errno = reason;
	return -1;
}

void format_now(char *text, size_t size)
{
	struct timespec now;
	struct tm parts;
	size_t length;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &parts);
	length = strftime(text, size, "%Y-%m-%dT%H:%M:%S", &parts);
	snprintf(text + length, size - length, ".%09ldZ", now.tv_nsec);
}

int read_name(const struct state *state, const char *name, char *id)
{
	char text[ID_LENGTH + 2];

	if (!read_value(state->root, path_of("names", name).text, text, sizeof text))
		return -1;
	if (!is_id(text)) {
		errno = EUCLEAN;
		return -1;
	}
	memcpy(id, text, ID_LENGTH + 1);
	return 0;
}

static int find_prefix(const struct state *state, const char *text, char *id)
{
	int fd = openat(state->root, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	size_t length = strlen(text), found = 0;

	if (!stream)
		return errno;
	while (found < 2 && (entry = readdir(stream)))
		if (!strncmp(entry->d_name, text, length) && is_id(entry->d_name)) {
			memcpy(id, entry->d_name, ID_LENGTH + 1);
			found++;
		}
	closedir(stream);
	return !found ? ENOENT : found == 1 ? 0 : EEXIST;
}

int find_container(const struct state *state, const char *text, char *id)
{
	struct stat status;

	if (is_id(text) &&
		!fstatat(state->root, path_of("containers", text).text, &status,
			AT_SYMLINK_NOFOLLOW)) {
		memcpy(id, text, ID_LENGTH + 1);
		return 0;
	}
	if (!is_name(text))
		return ENOENT;
	if (!read_name(state, text, id) &&
		!fstatat(state->root, path_of("containers", id).text, &status,
			AT_SYMLINK_NOFOLLOW))
		return 0;
	return find_prefix(state, text, id);
}

bool is_alive(const struct state *state, const char *id)
{
	int fd = openat(state->run, path_of("locks", id).text,
		O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	bool held;

	if (fd < 0)
		return false;
	/* Shared, so that two who look at once do not take each other for the holder. */
	held = flock(fd, LOCK_SH | LOCK_NB) && errno == EWOULDBLOCK;
	close(fd);
	return held;
}

static void pause_briefly(void)
{
	nanosleep(&(const struct timespec){ .tv_nsec = 1000000 }, NULL);
}

int claim_with(const struct state *state, const char *id, int fd)
{
	struct stat ours, there;

	/* Whoever looks whether a container lives holds its lock for a moment. */
	for (int waited = 0; flock(fd, LOCK_EX | LOCK_NB); waited++) {
		if (errno != EINTR && (errno != EWOULDBLOCK || waited == 20))
			return -1;
		pause_briefly();
	}
	if (fstat(fd, &ours))
		return -1;
	if (fstatat(state->run, path_of("locks", id).text, &there, AT_SYMLINK_NOFOLLOW) ||
		ours.st_dev != there.st_dev || ours.st_ino != there.st_ino) {
		errno = ESTALE;
		return -1;
	}
	return 0;
}

void claim_inherited(const struct state *state, const char *id, int fd)
{
	if (!claim_with(state, id, fd))
		return;
	if (errno == EWOULDBLOCK)
		die("lock", id, "another process holds the lock of this container");
	if (errno == ESTALE)
		die("lock", id, "fd %d is not the lock file of this container", fd);
	die_errno("lock", id);
}

int claim_container(const struct state *state, const char *id, int patience)
{
	struct path path = path_of("locks", id);
	int fd, reason;

	for (int waited = 0;; waited += 20) {
		fd = openat(state->run, path.text,
			O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (fd < 0 && errno == ENOENT && !mkdirat(state->run, "locks", 0700))
			continue;
		if (fd < 0)
			return -1;
		if (!claim_with(state, id, fd))
			return fd;
		reason = errno;
		close(fd);
		/* ESTALE: the last holder removed the file as we opened it. */
		errno = reason;
		if ((reason != ESTALE && reason != EWOULDBLOCK) || waited > patience)
			return -1;
	}
}

void drop_lock(const struct state *state, const char *id)
{
	if (unlinkat(state->run, path_of("locks", id).text, 0) && errno != ENOENT)
		warn("remove the lock of", id, "%s", strerror(errno));
}

bool end_group(int directory)
{
	char group[VALUE_SIZE];

	if (!read_value(directory, "cgroup", group, sizeof group)) {
		if (errno == ENOENT)
			return true;
		warn("read the cgroup of the container", NULL, "%s", strerror(errno));
		return false;
	}
	if (!*group)
		return true;
	if (!remove_group(group))
		return true;
	if (errno == EBUSY && !kill_group(group, KILL_PATIENCE) && !remove_group(group))
		return true;
	warn("remove the cgroup", group, "%s", strerror(errno));
	return false;
}

bool end_container(int directory, int exit_code)
{
	char number[16], now[64];
	bool clean = end_group(directory);

	if (has_value(directory, "finished"))
		return clean;
	snprintf(number, sizeof number, "%d", exit_code);
	format_now(now, sizeof now);
	/* "finished" last: it says that the rest is there. */
	if (write_value(directory, "exit-code", number) ||
		write_value(directory, "finished", now)) {
		warn("write down how the container ended", NULL, "%s", strerror(errno));
		return false;
	}
	return clean;
}

void release_name(const struct state *state, const char *name, const char *id)
{
	int names = openat(state->root, "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	char holder[ID_LENGTH + 1];
	bool theirs;

	if (names < 0)
		return;
	/* Only holders of this lock take names away: between reading and removing it, it
	 * cannot become another's. */
	while (flock(names, LOCK_EX) && errno == EINTR)
		;
	if (read_name(state, name, holder))
		theirs = !id && errno == EUCLEAN;
	else
		theirs = id && !strcmp(holder, id);
	if (theirs)
		unlinkat(names, name, 0);
	close(names);
}

/* A container that is not complete: being made, or being deleted where there is no trash.
 */
static struct path unfinished_path(const char *id)
{
	struct path path;

	snprintf(path.text, sizeof path.text, "containers/%s.new", id);
	return path;
}

/* Where containers go to be deleted, by one rename. */
static int move_to_trash(const struct state *state, struct path from, struct path trash)
{
	if (!renameat(state->root, from.text, state->root, trash.text))
		return 0;
	if (errno != ENOENT || (mkdirat(state->root, "trash", 0700) && errno != EEXIST))
		return -1;
	return renameat(state->root, from.text, state->root, trash.text);
}

/* FROM is the path below the root of what is open as DIRECTORY. */
static bool discard(
	const struct state *state, struct path from, const char *id, int directory)
{
	struct path path = path_of("trash", id);
	char name[VALUE_SIZE];
	bool named = read_value(directory, "name", name, sizeof name) && is_name(name);

	/* Locked before it gets there: whoever finds one in the trash whose lock is free
	 * finishes the deletion. */
	while (flock(directory, LOCK_EX) && errno == EINTR)
		;
	if (move_to_trash(state, from, path)) {
		/* A full disk may have no room for a trash, and needs the deletion most.
		 */
		path = unfinished_path(id);
		if (renameat(state->root, from.text, state->root, path.text)) {
			warn("move to the trash", id, "%s", strerror(errno));
			return false;
		}
	}
	/* Before the deletion, which can take long: the name is free for the next one. */
	if (named)
		release_name(state, name, id);
	return delete_tree(state->root, path.text, directory);
}

bool remove_container(const struct state *state, const char *id, int directory)
{
	return discard(state, path_of("containers", id), id, directory);
}

int make_unfinished(const struct state *state, const char *id)
{
	struct path path = unfinished_path(id);

	if (mkdirat(state->root, path.text, 0700) &&
		(errno != ENOENT ||
			(mkdirat(state->root, "containers", 0700) && errno != EEXIST) ||
			mkdirat(state->root, path.text, 0700)))
		return -1;
	return openat(
		state->root, path.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

int take_name(const struct state *state, const char *name, const char *id)
{
	struct path path = path_of("names", name), from;

	snprintf(from.text, sizeof from.text, "containers/%s.new/id", id);
	if (!linkat(state->root, from.text, state->root, path.text, 0))
		return 0;
	if (errno != ENOENT || (mkdirat(state->root, "names", 0700) && errno != EEXIST))
		return -1;
	return linkat(state->root, from.text, state->root, path.text, 0);
}

int finish_container(const struct state *state, const char *id)
{
	return renameat(state->root, unfinished_path(id).text, state->root,
		path_of("containers", id).text);
}

bool discard_unfinished(const struct state *state, const char *id)
{
	struct path path = unfinished_path(id);
	int directory = openat(
		state->root, path.text, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool gone;

	if (directory < 0)
		return errno == ENOENT;
	gone = discard(state, path, id, directory);
	close(directory);
	return gone;
}

bool has_unfinished(const struct state *state, const char *id)
{
	struct stat status;

	return !fstatat(
		state->root, unfinished_path(id).text, &status, AT_SYMLINK_NOFOLLOW);
}
