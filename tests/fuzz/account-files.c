/* SPDX-License-Identifier: MIT */
/* What priv-drop's parser makes of any bytes as /etc/passwd and /etc/group: it stays
 * within them, and what it finds is in them. */

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "../../tools/priv-drop/passwd.h"

enum {
	GIDS = 16
};

static void require(int claim)
{
	if (!claim)
		abort();
}

static void require_inside(struct text part, struct text whole)
{
	if (!part.length)
		return;
	require(part.start && part.start >= whole.start &&
		part.start + part.length <= whole.start + whole.length);
	for (size_t i = 0; i < part.length; i++)
		require(part.start[i] != '\n' && part.start[i] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* On the heap and without a byte more, so that a read beyond it is seen. */
	char *copy = size ? malloc(size) : NULL;
	struct text whole = { copy, size };
	uint32_t gids[GIDS], gid, first = 0;
	struct user user;
	size_t count;

	if (copy)
		memcpy(copy, data, size);
	if (find_user(whole, "user", 0, &user) == FOUND) {
		require(user.name.length == 4 && user.uid != UINT32_MAX &&
			user.gid != UINT32_MAX);
		require_inside(user.name, whole);
		require_inside(user.home, whole);
		require(!user.home.length || user.home.start[0] == '/');
		count = member_groups(whole, user.name, gids, GIDS);
		for (size_t i = 0; i < count && i < GIDS; i++)
			require(gids[i] != UINT32_MAX);
		/* A smaller array gets the same beginning. */
		require(member_groups(whole, user.name, &first, 1) == count);
		require(!count || first == gids[0]);
	}
	if (find_user(whole, NULL, 7, &user) == FOUND) {
		require(user.uid == 7);
		require_inside(user.name, whole);
		require_inside(user.home, whole);
	}
	if (find_group(whole, "user", &gid) == FOUND)
		require(gid != UINT32_MAX);
	free(copy);
	return 0;
}
