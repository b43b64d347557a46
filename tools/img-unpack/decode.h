/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* The compressions that an archive of an image may have, told by its first bytes: gzip,
 * zstd, xz, bzip2, or none. Concatenated members are one stream, as RFC 1952 has it, and
 * each one's check sum must be right. No program is ever run for one. */

struct decoder;

/* Read the archive from FD. NULL if there is no memory. */
struct decoder *open_decoder(int fd);

/* Fill the SIZE bytes at OUT, with fewer only at the end of the archive, which is told by
 * 0. -1: decoder_error says what is wrong. */
ssize_t decode(struct decoder *decoder, unsigned char *out, size_t size);

const char *decoder_error(const struct decoder *decoder);

/* Give its memory back; the fd stays open. */
void close_decoder(struct decoder *decoder);
