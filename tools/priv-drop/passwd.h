/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Reading /etc/passwd and /etc/group of an image (passwd(5), group(5)), which may hold
 * anything. Pure functions on bytes in memory: no allocation, no system call, nothing
 * kept. A line is passed over if it is a comment, an entry of NIS ("+", "-"), or has a
 * NUL. */

/* Bytes, not ended by a NUL. */
struct text {
	const char *start;
	size_t length;
};

enum found {
	MISSING,
	FOUND,
	MALFORMED, /* its entry is there, and its numbers make no sense */
};

struct user {
	struct text name;
	uint32_t uid;
	uint32_t gid;
	struct text home; /* empty if it is not an absolute path */
};

/* The first entry of that name, or (NAME is NULL) of that uid. For a name a malformed
 * entry counts, so that nothing later can stand in for it. */
enum found find_user(
	struct text passwd, const char *name, uint32_t uid, struct user *user);

/* The gid of the first group of that name. */
enum found find_group(struct text group, const char *name, uint32_t *gid);

/* Write the gids of the groups that name MEMBER to GIDS, at most MAX; returns how many
 * there are, which may be more. */
size_t member_groups(struct text group, struct text member, uint32_t *gids, size_t max);
