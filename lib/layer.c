/* SPDX-License-Identifier: MIT */
#include "layer.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdint.h>
#include <stdio.h>
#include <unistd.h>

#include "die.h"

char *layer_stamp(const struct stat *status)
{
	char *stamp;

	if (asprintf(&stamp, "%jx-%jx-%jd-%jd.%09ld-%jd.%09ld", (uintmax_t)status->st_dev,
		    (uintmax_t)status->st_ino, (intmax_t)status->st_size,
		    (intmax_t)status->st_mtim.tv_sec, status->st_mtim.tv_nsec,
		    (intmax_t)status->st_ctim.tv_sec, status->st_ctim.tv_nsec) < 0)
		die_errno("make the stamp", NULL);
	return stamp;
}

bool find_layer(
	int layers, int directory, const char *name, char diff_id[DIGEST_SIZE + 1])
{
	/* One byte more than there may be, to see what is longer. */
	ssize_t length = readlinkat(directory, name, diff_id, DIGEST_SIZE + 1);
	struct stat status;

	if (length != DIGEST_SIZE)
		return false;
	diff_id[length] = '\0';
	return !fstatat(layers, diff_id, &status, AT_SYMLINK_NOFOLLOW) &&
		S_ISDIR(status.st_mode);
}
