/* SPDX-License-Identifier: MIT */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum {
	GROUPS_MAX = 65536, /* NGROUPS_MAX of the kernel */
	HOME_SIZE = 4096,
	EXTRA_MAX = 64, /* groups that options may add */
};

/* Who the program is to be, as asked for: digits alone are a number and never a name. */
struct request {
	const char *user; /* of the form [USER][:GROUP], as Docker has it */
	const char *extra[EXTRA_MAX]; /* groups to add */
	int extra_count;
};

/* Who that is. */
struct account {
	uint32_t uid;
	uint32_t gid;
	char home[HOME_SIZE]; /* "/" if nothing is known */
	size_t group_count; /* the supplementary groups, among them gid */
	gid_t groups[GROUPS_MAX];
};

/* Look REQUEST up in /etc/passwd and /etc/group below the root, by Docker's rules: the
 * first entry that matches counts; without a GROUP it is the user's own, or 0, and the
 * groups that name the user are added. Files that are missing are empty; dies if one is
 * not a regular file or too large. The account is in memory that nobody frees. */
struct account *find_account(const struct request *request);
