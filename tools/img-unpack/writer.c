/* SPDX-License-Identifier: MIT */
/* The records come from a process that has read a hostile archive and may be in its
 * hands: each is copied out of the shared memory, then checked, then acted on. */

#include "writer.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "die.h"
#include "root.h"
#include "sys.h"
#include "tree.h"

enum {
	RATIO_FROM = 64 << 20, /* bytes; below that, no ratio is looked at */
};

struct attribute {
	const char *name;
	const void *value;
	size_t size;
};

struct writer {
	const struct writing *writing;
	struct ring *ring;
	struct tree tree;
	uid_t uid; /* ours, which new files have */
	gid_t gid;
	struct timespec start; /* what is older was there before */
	bool warned; /* that attributes are not kept */
	uint64_t entries;
	uint64_t bytes; /* the sizes of all files */
	uint64_t content; /* written */
	/* The entry at hand. */
	struct entry_record head;
	char *name, *target; /* name is taken apart while its place is found */
	char *shown; /* name, for messages */
	unsigned char *attributes;
	struct place place;
	int file; /* -1: none is open */
	bool created; /* not a directory that was there before */
	uint64_t written; /* up to where */
	struct end_record end;
	unsigned char buffer[RECORD_MAX + 8];
};

/* ------------------------------------------------------------------ taking records */
static _Noreturn void die_reader(const struct writer *writer, const char *reason)
{
	die("read the archive", writer->writing->archive, "%s", reason);
}

/* The next LENGTH bytes, in the ring. */
static const unsigned char *take(struct writer *writer, uint32_t length)
{
	const unsigned char *bytes =
		ring_peek(writer->ring, length, writer->writing->pidfd);

	if (!bytes)
		die_reader(writer, "the process that reads it was killed, or crashed");
	return bytes;
}

static void take_copy(struct writer *writer, void *to, uint32_t length)
{
	memcpy(to, take(writer, length), length);
	ring_release(writer->ring, length);
}

static _Noreturn void die_protocol(const struct writer *writer)
{
	die_reader(writer, "the process that reads it breaks the rules");
}

static _Noreturn void die_failed(struct writer *writer, uint32_t length)
{
	char *reason;

	if (length > RECORD_MAX)
		die_protocol(writer);
	take_copy(writer, writer->buffer, length);
	writer->buffer[length] = '\0';
	reason = memchr(writer->buffer, '\0', length);
	if (!reason)
		die_protocol(writer);
	/* An archive that cannot be read looks truncated to the reader. */
	errno = atomic_load(&writer->writing->source->error);
	if (errno)
		die_errno("read the archive", writer->writing->archive);
	if (*writer->buffer)
		die("unpack", (char *)writer->buffer, "%s", reason + 1);
	die("read the archive", writer->writing->archive, "%s", reason + 1);
}

/* ----------------------------------------------------------------- setting what it has
 */
static _Noreturn void die_entry(const struct writer *writer, const char *tried)
{
	die_errno(tried, writer->shown);
}

static _Noreturn void die_owner(const struct writer *writer)
{
	static const struct cause cause = { "not-privileged",
		"files of several owners can be made by root only, or by root of a user "
		"namespace that has these ids" };

	die_errno_cause("set the owner of", writer->shown, &cause);
}

/* Attributes that an archive must not set: those in which overlayfs keeps its own state
 * (CVE-2023-0386 and its kin), and those that belong to the host, not to the image. */
static bool is_kept(const char *name)
{
	return (!strncmp(name, "user.", 5) && strncmp(name, "user.overlay.", 13)) ||
		!strcmp(name, "security.capability") ||
		!strcmp(name, "system.posix_acl_access") ||
		!strcmp(name, "system.posix_acl_default");
}

/* FD, or, if it is -1, the last component in the place's directory. */
static void set_attribute(
	struct writer *writer, int fd, const struct attribute *attribute)
{
	int result;

	if (!is_kept(attribute->name))
		return;
	if (fd >= 0)
		result = fsetxattr(
			fd, attribute->name, attribute->value, attribute->size, 0);
	else
		/* There is no call for a link in a directory (before Linux 6.13). */
		result = fchdir(writer->place.directory)
			? -1
			: lsetxattr(writer->place.last, attribute->name, attribute->value,
				  attribute->size, 0);
	if (!result)
		return;
	if (errno != ENOTSUP && (errno != EPERM || fd >= 0))
		die_errno(attribute->name, writer->shown);
	if (!writer->warned)
		warn("keep the attribute", attribute->name,
			"the file system has none like it");
	writer->warned = true;
}

/* Go through the attributes of the entry at hand, checked already. */
static bool next_attribute(
	struct writer *writer, uint32_t *at, struct attribute *attribute, char *name)
{
	uint32_t lengths[2];

	if (*at == writer->head.attributes_length)
		return false;
	memcpy(lengths, writer->attributes + *at, sizeof lengths);
	*at += sizeof lengths;
	memcpy(name, writer->attributes + *at, lengths[0]);
	name[lengths[0]] = '\0';
	*at += lengths[0];
	*attribute = (struct attribute){ name, writer->attributes + *at, lengths[1] };
	*at += lengths[1];
	return true;
}

static void set_attributes(struct writer *writer, int fd)
{
	char name[ATTRIBUTE_NAME_MAX + 1];
	struct attribute attribute;
	uint32_t at = 0;

	while (next_attribute(writer, &at, &attribute, name))
		set_attribute(writer, fd, &attribute);
}

static void get_times(const struct writer *writer, struct timespec times[2])
{
	times[0] = times[1] = (struct timespec){ .tv_sec = writer->head.seconds,
		.tv_nsec = writer->head.nanoseconds };
}

/* An archive says what ACLs an entry has: none, if it says nothing. A new one has one
 * from its directory, if that has a default one, and a mode which that has changed. */
static void drop_given_acl(struct writer *writer, int fd)
{
	static const char *const names[] = { "system.posix_acl_access",
		"system.posix_acl_default" };

	if (!writer->place.gives_acl)
		return;
	for (int i = 0; i < 2; i++) {
		int result = fd >= 0 ? fremovexattr(fd, names[i])
			: fchdir(writer->place.directory)
			? -1
			: lremovexattr(writer->place.last, names[i]);

		if (result && errno != ENODATA && errno != ENOTSUP)
			die_entry(writer, "drop the inherited ACL of");
	}
}

/* Owner first, since a change of owner takes away set-id bits and capabilities. */
static void set_owner_and_mode(struct writer *writer, int fd)
{
	const struct entry_record *head = &writer->head;
	struct stat status;

	if (writer->created)
		drop_given_acl(writer, fd);
	if (fstat(fd, &status))
		die_entry(writer, "look at");
	if ((status.st_uid != head->uid || status.st_gid != head->gid) &&
		fchown(fd, head->uid, head->gid))
		die_owner(writer);
	if ((head->mode & 07000 || (status.st_mode & 07777) != head->mode) &&
		fchmod(fd, head->mode))
		die_entry(writer, "set the mode of");
	set_attributes(writer, fd);
}

/* ---------------------------------------------------------------------- making entries
 */
/* Something is about to be removed. A place that was found by going up may be above
 * the open levels, which would go on to be used although they are gone from the tree. */
static void leave_levels_below(struct writer *writer)
{
	if (writer->place.temporary && close_levels(&writer->tree))
		die_entry(writer, "set the time of a directory above");
}

/* Something is where the entry goes: take it away. */
static void make_room(struct writer *writer)
{
	leave_levels_below(writer);
	if (remove_all(writer->place.directory, writer->place.last))
		die_entry(writer, "replace");
}

static void make_file(struct writer *writer)
{
	const int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
	const struct place *place = &writer->place;
	mode_t mode = writer->head.mode & 0777;

	writer->file = openat(place->directory, place->last, flags, mode);
	if (writer->file < 0 && errno == EEXIST) {
		make_room(writer);
		writer->file = openat(place->directory, place->last, flags, mode);
	}
	if (writer->file < 0)
		die_entry(writer, "make");
	writer->written = 0;
	writer->created = true;
}

static void finish_file(struct writer *writer)
{
	struct timespec times[2];

	if (writer->file < 0)
		return;
	/* It may end in a hole. */
	if (writer->written < writer->head.size &&
		ftruncate(writer->file, (off_t)writer->head.size))
		die_entry(writer, "set the size of");
	set_owner_and_mode(writer, writer->file);
	get_times(writer, times);
	if (futimens(writer->file, times))
		die_entry(writer, "set the time of");
	if (close(writer->file))
		die_entry(writer, "write");
	writer->file = -1;
	if (leave_place(&writer->tree, &writer->place))
		die_entry(writer, "set the time of the directory of");
}

static void make_directory(struct writer *writer)
{
	const int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	struct place *place = &writer->place;
	const char *last = place->last ? place->last : ".";
	struct timespec times[2];
	int fd;

	writer->created = place->last && !mkdirat(place->directory, last, 0700);
	if (place->last && !writer->created && errno != EEXIST)
		die_entry(writer, "make");
	fd = openat(place->directory, last, flags);
	if (fd < 0 && (errno == ENOTDIR || errno == ELOOP)) {
		make_room(writer);
		writer->created = !mkdirat(place->directory, last, 0700);
		if (!writer->created)
			die_entry(writer, "make");
		fd = openat(place->directory, last, flags);
	}
	if (fd < 0)
		die_entry(writer, "make");
	set_owner_and_mode(writer, fd);
	get_times(writer, times);
	if (keep_directory(&writer->tree, place, fd, times))
		die_entry(writer, "set the time of");
	if (place->temporary && leave_place(&writer->tree, place))
		die_entry(writer, "set the time of the directory of");
}

static int make_special(struct writer *writer)
{
	const struct entry_record *head = &writer->head;
	const struct place *place = &writer->place;
	mode_t type = head->kind == ENTRY_FIFO ? S_IFIFO
		: head->kind == ENTRY_BLOCK    ? S_IFBLK
					       : S_IFCHR;

	if (head->kind == ENTRY_SYMLINK)
		return symlinkat(writer->target, place->directory, place->last);
	return mknodat(place->directory, place->last, type | (head->mode & 0777),
		makedev(head->major, head->minor));
}

/* Links, devices, FIFOs: never opened, so by name in the place's directory. */
static void make_other(struct writer *writer)
{
	const struct entry_record *head = &writer->head;
	const struct place *place = &writer->place;
	struct timespec times[2];
	int result = make_special(writer);

	if (result && errno == EEXIST) {
		make_room(writer);
		result = make_special(writer);
	}
	if (result)
		die_entry(writer, "make");
	if ((head->uid != writer->uid || head->gid != writer->gid) &&
		fchownat(place->directory, place->last, head->uid, head->gid,
			AT_SYMLINK_NOFOLLOW))
		die_owner(writer);
	drop_given_acl(writer, -1);
	/* It was made a moment ago, by us, and is not a link. */
	if (head->kind != ENTRY_SYMLINK &&
		fchmodat(place->directory, place->last, head->mode, 0))
		die_entry(writer, "set the mode of");
	set_attributes(writer, -1);
	get_times(writer, times);
	if (utimensat(place->directory, place->last, times, AT_SYMLINK_NOFOLLOW))
		die_entry(writer, "set the time of");
	if (leave_place(&writer->tree, &writer->place))
		die_entry(writer, "set the time of the directory of");
}

static bool is_same(int directory, const char *name, const struct stat *other)
{
	struct stat status;

	return !fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) &&
		status.st_dev == other->st_dev && status.st_ino == other->st_ino;
}

/* The target's directory is resolved like any other, its last component is not followed:
 * a link to a symbolic link is one to the link itself. */
static void make_hardlink(struct writer *writer)
{
	const struct place *place = &writer->place;
	struct place source;
	struct tree tree;
	struct stat status;
	int result;

	/* Its levels are its own, so that the writer stays where it is. */
	open_tree_at(&tree, writer->writing->directory, writer->tree.depth_max);
	if (find_place(&tree, writer->target, &source) || !source.last ||
		fstatat(source.directory, source.last, &status, AT_SYMLINK_NOFOLLOW))
		die_errno("find what is linked to by", writer->shown);
	if (S_ISDIR(status.st_mode))
		die("link", writer->shown, "to a directory");
	result = linkat(source.directory, source.last, place->directory, place->last, 0);
	if (result && errno == EEXIST &&
		!is_same(place->directory, place->last, &status)) {
		make_room(writer);
		result = linkat(
			source.directory, source.last, place->directory, place->last, 0);
	} else if (result && errno == EEXIST) {
		result = 0;
	}
	if (result)
		die_entry(writer, "link");
	if (source.temporary)
		close(source.directory);
	while (tree.depth > 1) {
		close(tree.levels[--tree.depth].fd);
		free(tree.levels[tree.depth].name);
	}
	if (leave_place(&writer->tree, &writer->place))
		die_entry(writer, "set the time of the directory of");
}

/* ------------------------------------------------------------------- checking records */
static bool has_nul(const void *bytes, size_t length)
{
	return memchr(bytes, '\0', length) != NULL;
}

static bool are_attributes(const struct writer *writer)
{
	const uint32_t length = writer->head.attributes_length;
	uint32_t at = 0, lengths[2];

	while (at < length) {
		if (length - at < sizeof lengths)
			return false;
		memcpy(lengths, writer->attributes + at, sizeof lengths);
		at += sizeof lengths;
		if (!lengths[0] || lengths[0] > ATTRIBUTE_NAME_MAX ||
			lengths[0] > length - at ||
			has_nul(writer->attributes + at, lengths[0]))
			return false;
		at += lengths[0];
		if (lengths[1] > length - at)
			return false;
		at += lengths[1];
	}
	return true;
}

static char *copy_text(const struct writer *writer, const void *bytes, size_t length)
{
	char *text = malloc(length + 1);

	if (!text)
		die_errno("remember a name in", writer->writing->archive);
	memcpy(text, bytes, length);
	text[length] = '\0';
	return text;
}

/* Set the entry at hand from a record of LENGTH bytes. */
static void take_entry(struct writer *writer, uint32_t length)
{
	struct entry_record *head = &writer->head;
	unsigned char *part = writer->buffer + sizeof *head;

	if (length < sizeof *head || length > RECORD_MAX)
		die_protocol(writer);
	take_copy(writer, writer->buffer, length);
	memcpy(head, writer->buffer, sizeof *head);
	if ((uint64_t)head->name_length + head->target_length + head->attributes_length !=
			length - sizeof *head ||
		!head->name_length || head->mode & ~07777U ||
		head->nanoseconds > 999999999 || head->kind < ENTRY_FILE ||
		head->kind > ENTRY_BLOCK || head->uid == UINT32_MAX ||
		head->gid == UINT32_MAX || head->size > INT64_MAX ||
		has_nul(part, head->name_length + head->target_length))
		die_protocol(writer);
	free(writer->name);
	free(writer->shown);
	free(writer->target);
	writer->name = copy_text(writer, part, head->name_length);
	writer->shown = copy_text(writer, part, head->name_length);
	writer->target = copy_text(writer, part + head->name_length, head->target_length);
	writer->attributes = part + head->name_length + head->target_length;
	if (!are_attributes(writer))
		die("unpack", writer->shown, "an extended attribute that is not valid");
}

static void check_limits(struct writer *writer)
{
	const struct limits *limits = &writer->writing->limits;
	uint64_t size = writer->head.kind == ENTRY_FILE ? writer->head.size : 0;

	if (++writer->entries > limits->entries)
		die("unpack", writer->shown,
			"more than %" PRIu64 " entries (--limit-entries)",
			limits->entries);
	if (size > limits->bytes - writer->bytes)
		die("unpack", writer->shown,
			"more than %" PRIu64 " bytes (--limit-bytes)", limits->bytes);
	writer->bytes += size;
}

/* SIZE bytes of content are about to be written. */
static void check_ratio(struct writer *writer, uint64_t size)
{
	const struct writing *writing = writer->writing;

	writer->content += size;
	if (writer->content > RATIO_FROM &&
		writer->content / writing->limits.ratio >
			atomic_load(&writing->source->size))
		die("unpack", writer->shown,
			"more than %" PRIu64 " times the archive's size (--limit-ratio)",
			writing->limits.ratio);
}

/* True if the entry at hand was one, and is done. */
static bool make_whiteout(struct writer *writer)
{
	const struct place *place = &writer->place;
	int result;

	if (!place->last || !is_whiteout(place->last))
		return false;
	leave_levels_below(writer);
	result = apply_whiteout(writer->writing->whiteouts, place->directory, place->last,
		&writer->start);
	if (result)
		die_entry(writer, "apply the whiteout");
	if (writer->head.size)
		die("apply the whiteout", writer->shown, "it has content");
	if (leave_place(&writer->tree, &writer->place))
		die_entry(writer, "set the time of the directory of");
	return true;
}

static void take_and_make(struct writer *writer, uint32_t length)
{
	take_entry(writer, length);
	check_limits(writer);
	if (find_place(&writer->tree, writer->name, &writer->place)) {
		if (errno == ENAMETOOLONG)
			die("unpack", writer->shown,
				"a name that is too long, or deeper than %zu "
				"(--limit-depth)",
				writer->tree.depth_max);
		die_entry(writer, "find the directory of");
	}
	/* The root of the tree, by whatever name, is a directory and stays one. */
	if (!writer->place.last && writer->head.kind != ENTRY_DIRECTORY)
		die("unpack", writer->shown, "only a directory can have this name");
	if (make_whiteout(writer))
		return;
	if (writer->head.kind == ENTRY_FILE)
		make_file(writer);
	else if (writer->head.kind == ENTRY_DIRECTORY)
		make_directory(writer);
	else if (writer->head.kind == ENTRY_HARDLINK)
		make_hardlink(writer);
	else
		make_other(writer);
}

/* The bytes go from the shared memory to the file: whatever they are, they are content.
 */
static void take_data(struct writer *writer, uint32_t length)
{
	uint64_t offset, size = length - sizeof offset;
	const unsigned char *data;

	if (writer->file < 0 || length < sizeof offset ||
		length > DATA_MAX + sizeof offset)
		die_protocol(writer);
	data = take(writer, length);
	memcpy(&offset, data, sizeof offset);
	data += sizeof offset;
	if (offset < writer->written || offset > writer->head.size ||
		size > writer->head.size - offset)
		die("unpack", writer->shown, "more content than its size");
	check_ratio(writer, size);
	writer->written = offset + size;
	while (size) {
		ssize_t wrote = pwrite(writer->file, data, size, (off_t)offset);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			die_entry(writer, "write");
		data += wrote;
		offset += (uint64_t)wrote;
		size -= (uint64_t)wrote;
	}
	ring_release(writer->ring, length);
}

static struct writer *make_writer(const struct writing *writing, struct ring *ring)
{
	struct writer *writer = calloc(1, sizeof *writer);

	if (!writer)
		die_errno("prepare to write", NULL);
	writer->writing = writing;
	writer->ring = ring;
	writer->uid = geteuid();
	writer->gid = getegid();
	writer->file = -1;
	/* In a new directory nothing is older. */
	if (writing->may_hold && writing->whiteouts == WHITEOUTS_APPLY)
		writer->start = wait_for_tick();
	open_tree_at(&writer->tree, writing->directory, writing->limits.depth);
	return writer;
}

const struct end_record *write_archive(const struct writing *writing, struct ring *ring)
{
	struct writer *writer = make_writer(writing, ring);
	struct record record;

	for (;;) {
		take_copy(writer, &record, sizeof record);
		switch (record.type) {
		case RECORD_ENTRY:
			finish_file(writer);
			take_and_make(writer, record.length);
			break;
		case RECORD_DATA:
			take_data(writer, record.length);
			break;
		case RECORD_FAIL:
			die_failed(writer, record.length);
		case RECORD_END:
			if (record.length != sizeof writer->end)
				die_protocol(writer);
			take_copy(writer, &writer->end, record.length);
			finish_file(writer);
			if (close_levels(&writer->tree))
				die_errno("set the time of", "a directory");
			return &writer->end;
		default:
			die_protocol(writer);
		}
	}
}
