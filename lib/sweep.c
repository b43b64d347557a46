/* SPDX-License-Identifier: MIT */
#include "sweep.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "delete.h"
#include "die.h"

enum {
	ORPHAN_AGE = 60, /* seconds, after which nobody is about to lock a lock file */
};

/* "ended web (ID)", or with dry_run "would have ended web (ID)". */
static void say(const struct sweep *sweep, const char *did, int directory, const char *id,
	const char *why)
{
	char name[VALUE_SIZE], line[VALUE_SIZE + 2 * NAME_LENGTH];
	bool named = directory >= 0 && read_value(directory, "name", name, sizeof name) &&
		is_name(name);

	snprintf(line, sizeof line, "%s%s %s%s%s%s", sweep->dry_run ? "would have " : "",
		did, named ? name : id, named ? " (" : "", named ? id : "",
		named ? ")" : "");
	warn(line, NULL, "%s", why);
}

/* A container that nobody runs, claimed unless dry_run. One that is finished was not
 * quite done when its script was killed. */
static void sweep_dead(struct sweep *sweep, const char *id, int directory)
{
	bool finished = has_value(directory, "finished"), clean;
	bool remove = has_value(directory, "remove");

	/* Of the others, nothing but a lock file is left. */
	if (!finished || remove) {
		sweep->found++;
		say(sweep, finished ? "removed" : "ended", directory, id,
			"its supervisor was killed");
	}
	if (sweep->dry_run)
		return;
	if (remove)
		clean = end_group(directory) &&
			remove_container(sweep->state, id, directory);
	else
		clean = end_container(directory, KILLED);
	if (clean)
		drop_lock(sweep->state, id);
	else
		sweep->failed++;
}

void sweep_container(struct sweep *sweep, const char *id)
{
	const struct state *state = sweep->state;
	int lock = -1, directory;

	if (sweep->dry_run ? is_alive(state, id)
			   : (lock = claim_container(state, id, sweep->patience)) < 0)
		return;
	directory = open_container(state, id);
	/* Looked at again now that it is claimed. */
	if (directory >= 0 &&
		(!has_value(directory, "finished") || has_value(directory, "remove")))
		sweep_dead(sweep, id, directory);
	else if (!sweep->dry_run)
		drop_lock(state, id); /* which claiming made */
	if (directory >= 0)
		close(directory);
	if (lock >= 0)
		close(lock);
}

static void sweep_half_made(struct sweep *sweep, const char *id)
{
	sweep->found++;
	say(sweep, "removed the half-made", -1, id, "its maker was killed");
	if (sweep->dry_run)
		return;
	if (discard_unfinished(sweep->state, id))
		drop_lock(sweep->state, id);
	else
		sweep->failed++;
}

/* A lock without a container, of one that was being made or removed; unless a script has
 * opened it just now and is about to lock it. */
static void sweep_orphan(struct sweep *sweep, const char *id, int lock)
{
	struct stat status;

	if (has_unfinished(sweep->state, id)) {
		sweep_half_made(sweep, id);
		return;
	}
	if (fstat(lock, &status) || time(NULL) - status.st_mtime < ORPHAN_AGE)
		return;
	sweep->found++;
	say(sweep, "removed the lock of", -1, id, "there is no such container");
	if (!sweep->dry_run)
		drop_lock(sweep->state, id);
}

static void sweep_lock(struct sweep *sweep, int locks, const char *id)
{
	int lock = openat(locks, id, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	int directory;

	if (lock < 0)
		return;
	/* Not claim_with, which is patient: nearly all are held. */
	if (flock(lock, LOCK_EX | LOCK_NB) || claim_with(sweep->state, id, lock)) {
		close(lock);
		return;
	}
	directory = open_container(sweep->state, id);
	if (directory >= 0) {
		sweep_dead(sweep, id, directory);
		close(directory);
	} else if (errno == ENOENT) {
		sweep_orphan(sweep, id, lock);
	}
	close(lock);
}

static DIR *open_folder(int base, const char *name)
{
	int fd = openat(base, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? NULL : fdopendir(fd);
}

void sweep_locks(struct sweep *sweep)
{
	DIR *locks = open_folder(sweep->state->run, "locks");
	struct dirent *entry;

	if (!locks)
		return;
	while ((entry = readdir(locks)))
		if (is_id(entry->d_name))
			sweep_lock(sweep, dirfd(locks), entry->d_name);
	closedir(locks);
}

static bool has_lock(const struct sweep *sweep, const char *id)
{
	char path[ID_LENGTH + sizeof "locks/"];
	struct stat status;

	snprintf(path, sizeof path, "locks/%s", id);
	return !fstatat(sweep->state->run, path, &status, AT_SYMLINK_NOFOLLOW);
}

/* The locks are lost when the machine restarts. Those that are there have been looked at.
 */
static void sweep_unlocked(struct sweep *sweep, int containers, const char *id)
{
	int directory =
		openat(containers, id, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	bool dead;

	if (directory < 0)
		return;
	dead = !has_value(directory, "finished") || has_value(directory, "remove");
	close(directory);
	if (dead && !has_lock(sweep, id))
		sweep_container(sweep, id);
}

static void sweep_unfinished(struct sweep *sweep, const char *name)
{
	char id[ID_LENGTH + 1];
	int lock;

	if (strlen(name) != ID_LENGTH + strlen(".new") ||
		strcmp(name + ID_LENGTH, ".new") != 0)
		return;
	memcpy(id, name, ID_LENGTH);
	id[ID_LENGTH] = '\0';
	if (!is_id(id) || has_lock(sweep, id))
		return;
	if (sweep->dry_run) {
		sweep_half_made(sweep, id);
		return;
	}
	if ((lock = claim_container(sweep->state, id, 0)) < 0)
		return;
	if (has_unfinished(sweep->state, id))
		sweep_half_made(sweep, id);
	close(lock);
}

static void sweep_containers(struct sweep *sweep)
{
	DIR *containers = open_folder(sweep->state->root, "containers");
	struct dirent *entry;

	if (!containers)
		return;
	while ((entry = readdir(containers))) {
		if (is_id(entry->d_name))
			sweep_unlocked(sweep, dirfd(containers), entry->d_name);
		else
			sweep_unfinished(sweep, entry->d_name);
	}
	closedir(containers);
}

static void sweep_damaged(struct sweep *sweep, const char *name)
{
	sweep->found++;
	say(sweep, "freed the name", -1, name, "it is damaged");
	if (!sweep->dry_run)
		release_name(sweep->state, name, NULL);
}

static void sweep_name(struct sweep *sweep, const char *name)
{
	char id[ID_LENGTH + 1];
	int directory;

	/* The container is asked for before the lock: one that is being made is locked
	 * all the while. */
	if (read_name(sweep->state, name, id)) {
		if (errno == EUCLEAN)
			sweep_damaged(sweep, name);
		return;
	}
	if ((directory = open_container(sweep->state, id)) >= 0) {
		close(directory);
		return;
	}
	if (is_alive(sweep->state, id))
		return;
	if ((directory = open_container(sweep->state, id)) >= 0) {
		close(directory);
		return;
	}
	sweep->found++;
	say(sweep, "freed the name", -1, name, "its container is not there");
	if (!sweep->dry_run)
		release_name(sweep->state, name, id);
}

static void sweep_names(struct sweep *sweep)
{
	DIR *names = open_folder(sweep->state->root, "names");
	struct dirent *entry;

	if (!names)
		return;
	while ((entry = readdir(names)))
		if (is_name(entry->d_name))
			sweep_name(sweep, entry->d_name);
	closedir(names);
}

/* Whoever deletes holds a lock on the directory meanwhile. */
static void sweep_trash_entry(struct sweep *sweep, int trash, const char *name)
{
	int directory =
		openat(trash, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	if (directory < 0)
		return;
	if (!flock(directory, LOCK_EX | LOCK_NB)) {
		sweep->found++;
		say(sweep, "deleted", directory, name, "it was left in the trash");
		if (!sweep->dry_run && !delete_tree(trash, name, directory))
			sweep->failed++;
	}
	close(directory);
}

static void sweep_trash(struct sweep *sweep)
{
	DIR *trash = open_folder(sweep->state->root, "trash");
	struct dirent *entry;

	if (!trash)
		return;
	while ((entry = readdir(trash)))
		if (is_id(entry->d_name))
			sweep_trash_entry(sweep, dirfd(trash), entry->d_name);
	closedir(trash);
}

void sweep_rest(struct sweep *sweep)
{
	sweep_containers(sweep);
	sweep_names(sweep);
	sweep_trash(sweep);
}
