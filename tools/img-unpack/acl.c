/* SPDX-License-Identifier: MIT */
#include "acl.h"

#include <archive.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifndef ACL_UNDEFINED_ID
#define ACL_UNDEFINED_ID (-1)
#endif

/* The kernel wants them in this order. */
static const struct {
	int tag;
	uint16_t kernel;
} tags[] = {
	{ ARCHIVE_ENTRY_ACL_USER_OBJ, ACL_USER_OBJ },
	{ ARCHIVE_ENTRY_ACL_USER, ACL_USER },
	{ ARCHIVE_ENTRY_ACL_GROUP_OBJ, ACL_GROUP_OBJ },
	{ ARCHIVE_ENTRY_ACL_GROUP, ACL_GROUP },
	{ ARCHIVE_ENTRY_ACL_MASK, ACL_MASK },
	{ ARCHIVE_ENTRY_ACL_OTHER, ACL_OTHER },
};

/* Add the entries of one list that have tags[WHICH]. */
static bool add_entries(
	struct archive_entry *entry, int type, size_t which, FILE *out, bool *extended)
{
	int kind, permissions, tag, id;
	const char *name;

	archive_entry_acl_reset(entry, type);
	while (archive_entry_acl_next(entry, type, &kind, &permissions, &tag, &id,
		       &name) == ARCHIVE_OK) {
		bool named =
			tag == ARCHIVE_ENTRY_ACL_USER || tag == ARCHIVE_ENTRY_ACL_GROUP;
		struct posix_acl_xattr_entry row = { tags[which].kernel,
			(uint16_t)(permissions & 7),
			named ? (uint32_t)id : (uint32_t)ACL_UNDEFINED_ID };

		if (tag != tags[which].tag)
			continue;
		/* Names mean nothing here: ids count, and one must be there. */
		if (named && id < 0)
			return false;
		*extended |= named || tag == ARCHIVE_ENTRY_ACL_MASK;
		fwrite(&row, sizeof row, 1, out);
	}
	return true;
}

static bool put_acl(struct archive_entry *entry, int type, const char *name, FILE *out)
{
	const struct posix_acl_xattr_header header = { POSIX_ACL_XATTR_VERSION };
	uint32_t lengths[2] = { (uint32_t)strlen(name), 0 };
	bool good = true, extended = type == ARCHIVE_ENTRY_ACL_TYPE_DEFAULT;
	char *value = NULL;
	size_t size = 0;
	FILE *list;

	if (!archive_entry_acl_reset(entry, type))
		return true;
	if (!(list = open_memstream(&value, &size)))
		return false;
	fwrite(&header, sizeof header, 1, list);
	for (size_t i = 0; good && i < sizeof tags / sizeof *tags; i++)
		good = add_entries(entry, type, i, list, &extended);
	if (fclose(list))
		good = false;
	/* A list that says no more than the mode is the mode. */
	if (good && extended) {
		lengths[1] = (uint32_t)size;
		fwrite(lengths, sizeof lengths, 1, out);
		fputs(name, out);
		fwrite(value, 1, size, out);
	}
	free(value);
	return good;
}

bool put_acls(struct archive_entry *entry, FILE *out)
{
	return put_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_ACCESS, "system.posix_acl_access",
		       out) &&
		put_acl(entry, ARCHIVE_ENTRY_ACL_TYPE_DEFAULT, "system.posix_acl_default",
			out);
}
