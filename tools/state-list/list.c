/* SPDX-License-Identifier: MIT */
#include "list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

static char *read_text(int directory, const char *name)
{
	char text[VALUE_SIZE], *copy;

	copy = strdup(read_value(directory, name, text, sizeof text) ? text : "");
	if (!copy)
		die_errno("read the value", name);
	return copy;
}

/* "2026-11-25T03:06:25.123456789Z"; the beginning of 1970 if it is not of that form. */
static struct timespec read_time(int directory, const char *name)
{
	struct timespec time = { 0 };
	char text[VALUE_SIZE], *rest;
	struct tm parts = { 0 };

	if (!read_value(directory, name, text, sizeof text))
		return time;
	rest = strptime(text, "%Y-%m-%dT%H:%M:%S", &parts);
	if (!rest)
		return time;
	time.tv_sec = timegm(&parts);
	if (*rest == '.')
		time.tv_nsec = strtol(rest + 1, NULL, 10);
	return time;
}

/* Not finished, and nobody holds the lock: its supervisor was killed, and no command has
 * come across it since. */
static const char *state_of(const struct state *state, const char *id)
{
	return is_alive(state, id) ? "running" : "dead";
}

/* False if it is not to be listed. */
static bool load(const struct state *state, const char *id, int directory, bool ended,
	struct listed *one)
{
	char code[VALUE_SIZE];
	bool finished = has_value(directory, "finished");

	if (finished && !ended)
		return false;
	memcpy(one->id, id, sizeof one->id);
	one->state = finished ? "exited" : state_of(state, id);
	if (!ended && strcmp(one->state, "running") != 0)
		return false;
	one->name = read_text(directory, "name");
	one->image = read_text(directory, "image");
	one->command = read_text(directory, "command");
	one->labels = read_text(directory, "labels");
	one->created = read_time(directory, "created");
	one->finished = read_time(directory, "finished");
	one->exit_code = read_value(directory, "exit-code", code, sizeof code)
		? (int)strtol(code, NULL, 10)
		: 0;
	return true;
}

static int compare(const void *left, const void *right)
{
	const struct listed *a = left, *b = right;

	if (a->created.tv_sec != b->created.tv_sec)
		return a->created.tv_sec < b->created.tv_sec ? 1 : -1;
	if (a->created.tv_nsec != b->created.tv_nsec)
		return a->created.tv_nsec < b->created.tv_nsec ? 1 : -1;
	return strcmp(a->id, b->id);
}

struct listed *list_containers(const struct state *state, bool ended, size_t *count)
{
	int fd = openat(state->root, "containers", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct listed *all = NULL;
	size_t room = 0, used = 0;
	struct dirent *entry;

	*count = 0;
	if (!stream) {
		if (errno == ENOENT)
			return NULL;
		die_errno("read the directory of", "containers");
	}
	while ((entry = readdir(stream))) {
		int directory;

		if (!is_id(entry->d_name))
			continue;
		if (used == room) {
			room = room ? 2 * room : 64;
			if (!(all = realloc(all, room * sizeof *all)))
				die_errno("list", "containers");
		}
		directory = openat(fd, entry->d_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (directory < 0)
			continue;
		if (load(state, entry->d_name, directory, ended, &all[used]))
			used++;
		close(directory);
	}
	closedir(stream);
	if (used)
		qsort(all, used, sizeof *all, compare);
	*count = used;
	return all;
}
