/* SPDX-License-Identifier: MIT */
/* mnt-bind: mount volumes into a root file system, then run a program.
 *
 * The root may be hostile: a target may be a link to a place of the host, a FIFO, or be
 * swapped while we look. So a target is resolved once, inside the root, and is an fd from
 * then on; a mount is made detached, with all its flags, and put on that fd. A source is
 * opened before anything is mounted, so that no volume can hide or replace another's. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "mnt.h"
#include "parse.h"
#include "root.h"
#include "sys.h"
#include "tool.h"

enum {
	OPTION_TMPFS = OPTION_OWN,
	OPTION_REMOUNT_READ_ONLY,
	TMPFS_OPTIONS_MAX = 8,
};

static const struct tool_option options[] = {
	{ 'r', "root", "directory", "the root file system" },
	{ 'b', "bind", "source:target[:options]",
		"mount a directory or file of the host (repeatable)" },
	{ OPTION_TMPFS, "tmpfs", "target[:options]",
		"mount an empty file system in memory (repeatable)" },
	{ OPTION_REMOUNT_READ_ONLY, "remount-read-only", "path",
		"make the mount there read-only, when all else is done (repeatable)" },
	{ 0 },
};

/* DAC_OVERRIDE: sources and targets may lie in directories of any user. */
static const struct tool tool = {
	.name = "mnt-bind",
	.kind = LINK,
	.purpose = "mount volumes into a root file system, then run a program",
	.synopsis = "--root directory [--bind source:target[:options] ...] "
		    "[--tmpfs target[:options] ...] [--remount-read-only path ...] [--] "
		    "program "
		    "[argument ...]",
	.options = options,
	.capabilities = CAP(SYS_ADMIN) | CAP(DAC_OVERRIDE),
};

/* One volume. SOURCE is NULL for a tmpfs. */
struct volume {
	char *source, *target;
	int mount; /* detached, once it is made */
	bool recursive; /* with the mounts below the source */
	struct mount_change change;
	struct mount_option tmpfs[TMPFS_OPTIONS_MAX + 1];
};

/* Cut TEXT at its first colon that no backslash stands before, and take the backslashes
 * off ("\:" and "\\"). The rest after the colon, or NULL. */
static char *cut_field(char *text)
{
	char *to = text;

	for (; *text && *text != ':'; text++) {
		if (*text == '\\' && (text[1] == ':' || text[1] == '\\'))
			text++;
		*to++ = *text;
	}
	text = *text ? text + 1 : NULL;
	*to = '\0';
	return text;
}

struct word {
	const char *word;
	uint64_t set, clear;
	unsigned propagation;
	bool recursive;
};

/* The words that binds and tmpfs have in common, and those of binds. */
static const struct word attribute_words[] = {
	{ .word = "ro", .set = MOUNT_ATTR_RDONLY },
	{ .word = "rw", .clear = MOUNT_ATTR_RDONLY },
	{ .word = "nosuid", .set = MOUNT_ATTR_NOSUID },
	{ .word = "suid", .clear = MOUNT_ATTR_NOSUID },
	{ .word = "nodev", .set = MOUNT_ATTR_NODEV },
	{ .word = "dev", .clear = MOUNT_ATTR_NODEV },
	{ .word = "noexec", .set = MOUNT_ATTR_NOEXEC },
	{ .word = "exec", .clear = MOUNT_ATTR_NOEXEC },
	{ 0 },
};
static const struct word bind_words[] = {
	{ .word = "rro", .set = MOUNT_ATTR_RDONLY, .recursive = true },
	{ .word = "private", .propagation = MS_PRIVATE },
	{ .word = "rprivate", .propagation = MS_PRIVATE, .recursive = true },
	{ .word = "slave", .propagation = MS_SLAVE },
	{ .word = "rslave", .propagation = MS_SLAVE, .recursive = true },
	{ .word = "shared", .propagation = MS_SHARED },
	{ .word = "rshared", .propagation = MS_SHARED, .recursive = true },
	{ 0 },
};

static const struct word *find_word(const struct word *words, const char *word)
{
	for (; words->word; words++)
		if (!strcmp(words->word, word))
			return words;
	return NULL;
}

static void apply_word(struct mount_change *change, const struct word *word)
{
	change->set = (change->set | word->set) & ~word->clear;
	if (word->propagation) {
		change->propagation = word->propagation;
		change->propagation_recursive = word->recursive;
	} else if (word->recursive) {
		change->set_recursive = true;
	}
}

static void bind_option(struct volume *volume, const char *word)
{
	const struct word *found = find_word(attribute_words, word);

	if (!found)
		found = find_word(bind_words, word);
	if (found)
		apply_word(&volume->change, found);
	else if (!strcmp(word, "bind"))
		volume->recursive = false;
	else if (!strcmp(word, "rbind"))
		volume->recursive = true;
	else
		die("--bind", word, "no such option of a bind; see mnt-bind(1)");
}

/* A tmpfs takes its values as they are: what it would refuse is said here by name. */
static void check_tmpfs_value(const char *key, const char *value)
{
	size_t digits = strspn(value, "0123456789");

	if (!strcmp(key, "uid") || !strcmp(key, "gid"))
		parse_id("--tmpfs", value);
	else if (!strcmp(key, "mode") &&
		(!*value || strlen(value) > 5 ||
			strspn(value, "01234567") != strlen(value)))
		die("--tmpfs", value, "not a mode in octal");
	else if (strcmp(key, "mode") &&
		(!digits || digits > 18 ||
			(value[digits] &&
				(value[digits + 1] ||
					!strchr("kKmMgG%", value[digits])))))
		die("--tmpfs", value, "not a number, with k, m, g or %% after it");
}

static void tmpfs_option(struct volume *volume, char *word)
{
	static const char *const keys[] = { "size", "mode", "uid", "gid", "nr_inodes" };
	const struct word *found = find_word(attribute_words, word);
	struct mount_option *row = volume->tmpfs;
	char *value = strchr(word, '=');

	if (found) {
		apply_word(&volume->change, found);
		return;
	}
	for (size_t i = 0; value && i < sizeof keys / sizeof *keys; i++) {
		if (strncmp(keys[i], word, (size_t)(value - word)) ||
			keys[i][value - word])
			continue;
		check_tmpfs_value(keys[i], value + 1);
		/* Given again, a key has its last value. */
		while (row->key && strcmp(row->key, keys[i]))
			row++;
		*row = (struct mount_option){ keys[i], value + 1 };
		return;
	}
	die("--tmpfs", word, "no such option of a tmpfs; see mnt-bind(1)");
}

static void each_word(
	char *list, struct volume *volume, void (*act)(struct volume *, char *))
{
	char *rest = list, *word;

	while ((word = strsep(&rest, ",")))
		if (*word)
			act(volume, word);
}

static void bind_word(struct volume *volume, char *word)
{
	bind_option(volume, word);
}

static struct volume parse_bind(char *text)
{
	struct volume volume = { .source = text,
		.recursive = true,
		.change = { .propagation = MS_PRIVATE, .propagation_recursive = true } };
	char *rest;

	volume.target = cut_field(text);
	if (!volume.target || !*text || !*volume.target)
		die("--bind", text, "not of the form source:target[:options]");
	rest = cut_field(volume.target);
	if (rest)
		each_word(rest, &volume, bind_word);
	return volume;
}

static struct volume parse_tmpfs(char *text)
{
	struct volume volume = { .target = text,
		.change = { .set = MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV |
				MOUNT_ATTR_NOEXEC },
		.tmpfs = { { "mode", "1777" } } };
	char *rest = cut_field(text);

	if (!*text)
		die("--tmpfs", text, "not of the form target[:options]");
	if (rest)
		each_word(rest, &volume, tmpfs_option);
	return volume;
}

/* A source becomes a detached copy of the mounts there as they are now: it cannot show a
 * volume that is mounted over it later. */
static void open_source(struct volume *volume)
{
	int fd;

	if (!volume->source)
		return;
	fd = open(volume->source, O_PATH | O_CLOEXEC);
	if (fd < 0)
		die_errno("open the source", volume->source);
	volume->mount = clone_mount(fd, volume->recursive);
	if (volume->mount < 0)
		die_errno("bind", volume->source);
	close(fd);
}

/* Where FD is, as a path from the root; for the caller to free. */
static char *path_of(int fd, const char *what)
{
	static const struct cause no_proc = { "no-proc",
		"mount procfs on /proc before mounting volumes" };
	char name[FD_PATH_SIZE], *path = NULL;
	size_t size = 128;
	ssize_t length;

	if (fd_path(fd, name))
		die_errno_cause("look up", what, &no_proc);
	do {
		free(path);
		size *= 2;
		if (!(path = malloc(size)))
			die_errno("look up", what);
		length = readlink(name, path, size);
		if (length < 0)
			die_errno("look up", what);
	} while ((size_t)length == size);
	path[length] = '\0';
	return path;
}

static bool starts(const char *path, const char *directory)
{
	size_t length = strlen(directory);

	return !strncmp(path, directory, length) &&
		(path[length] == '/' || !path[length]);
}

/* A volume over a part of /proc or /sys fools whoever trusts those (CVE-2019-16884).
 * Where the target really is decides, not what it was called: a link may lead there. */
static void check_target(int root, int target, const char *name)
{
	static const unsigned long magics[] = { PROC_SUPER_MAGIC, SYSFS_MAGIC,
		CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC };
	char *above = path_of(root, "the root"), *path = path_of(target, name);
	const char *inside = path;
	bool refused;

	/* The machine's own root is "/", which needs nothing cut off. */
	if (strcmp(above, "/")) {
		if (!starts(path, above))
			die("mount a volume", name, "the target has left the root");
		inside = path + strlen(above);
	}
	if (!*inside || !strcmp(inside, "/"))
		die("mount a volume", name, "a volume cannot be the root itself");
	refused = starts(inside, "/proc") || starts(inside, "/sys");
	for (size_t i = 0; i < sizeof magics / sizeof *magics; i++)
		refused |= is_on(target, magics[i]);
	if (refused)
		die("mount a volume", name,
			"nothing is mounted at or below /proc or /sys");
	free(above);
	free(path);
}

static void make_tmpfs(struct volume *volume)
{
	volume->mount = make_mount("tmpfs", volume->tmpfs, (unsigned)volume->change.set);
	if (volume->mount < 0)
		die_errno("make a tmpfs for", volume->target);
	/* The attributes are there from the start. */
	volume->change = (struct mount_change){ 0 };
}

static void mount_volume(int root, struct volume *volume)
{
	static const struct cause old_kernel = { "no-mount-setattr",
		"this kernel cannot make whole trees read-only (5.12 can): use ro, or "
		"bind "
		"what is below one by one" };
	struct stat status;
	int target;

	if (!volume->source)
		make_tmpfs(volume);
	if (fstat(volume->mount, &status))
		die_errno("examine what is for", volume->target);
	target = open_target_in_root(root, volume->target, S_ISDIR(status.st_mode));
	if (target < 0)
		die_errno("open the target", volume->target);
	check_target(root, target, volume->target);
	if (attach_changed_mount(volume->mount, target, &volume->change))
		die_errno_cause(
			"mount on", volume->target, errno == ENOSYS ? &old_kernel : NULL);
	close(volume->mount);
	close(target);
}

static void remount_read_only(int root, const char *path)
{
	static const struct mount_change read_only = { .set = MOUNT_ATTR_RDONLY };
	static const struct cause no_mount = { "no-mount-point",
		"only a mount can be made read-only: bind the directory first" };
	int mount = open_in_root(root, path, O_PATH, 0);

	if (mount < 0)
		die_errno("open", path);
	if (change_mount(mount, &read_only))
		die_errno_cause(
			"make read-only", path, errno == EINVAL ? &no_mount : NULL);
	close(mount);
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	const char *root = NULL, **read_only;
	int volumes = 0, read_onlys = 0, root_fd, option;
	struct volume *volume;
	mode_t mask;

	volume = calloc((size_t)argc, sizeof *volume);
	read_only = calloc((size_t)argc, sizeof *read_only);
	if (!volume || !read_only)
		die_errno("read the command line", NULL);
	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case 'b':
			volume[volumes++] = parse_bind(optarg);
			break;
		case OPTION_TMPFS:
			volume[volumes++] = parse_tmpfs(optarg);
			break;
		case OPTION_REMOUNT_READ_ONLY:
			read_only[read_onlys++] = optarg;
			break;
		}
	}
	if (!root || !argv[optind])
		die_usage(&tool, "which root, and which program?");
	start_tool(&tool, &common);

	mask = umask(0);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		die_errno("open the root", root);
	for (int i = 0; i < volumes; i++)
		open_source(&volume[i]);
	for (int i = 0; i < volumes; i++)
		mount_volume(root_fd, &volume[i]);
	for (int i = 0; i < read_onlys; i++)
		remount_read_only(root_fd, read_only[i]);
	umask(mask);
	exec_program(&common, argv + optind);
}
