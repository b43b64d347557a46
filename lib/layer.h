/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <sys/stat.h>

/* Unpacked layers, found by the archive that they are from:
 *
 *	layers/DIFF-ID/        the files of a tar, named by the SHA-256 of the
 *uncompressed tar layers/.blobs/DIGEST   a link to it, for each compressed form that was
 *seen layers/.stamps/STAMP   a link to it, for each file that was seen: device, inode,
 *size, times
 */

enum {
	DIGEST_SIZE = 64, /* SHA-256 in hexadecimal */
};

/* The stamp of an archive, in memory that is the caller's to free. A file that has
 * changed has another: a rewrite moves the time of change, which nobody can set, if not
 * the inode. */
char *layer_stamp(const struct stat *status);

/* Whether NAME in DIRECTORY, .blobs or .stamps, is a link to a layer that is there in
 * LAYERS; its name then in DIFF_ID. Both directories are fds. */
bool find_layer(
	int layers, int directory, const char *name, char diff_id[DIGEST_SIZE + 1]);
