/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "record.h"
#include "ring.h"
#include "source.h"
#include "whiteout.h"

/* What an archive may make of the directory. */
struct limits {
	uint64_t bytes; /* of all files together, holes too */
	uint64_t entries;
	uint64_t depth; /* components of a name */
	uint64_t ratio; /* unpacked bytes for each of the archive's */
};

struct writing {
	const char *archive; /* its name, for messages */
	int directory; /* open for reading */
	int pidfd; /* the reader */
	struct limits limits;
	enum whiteouts whiteouts;
	bool may_hold; /* the directory is not new: lower layers may be in it */
	const struct source *source;
};

/* Make of the records in RING (record.h) what they say, below the directory, and return
 * the last. Dies on failure, and if the reader failed, with the reason that it gave. */
const struct end_record *write_archive(const struct writing *writing, struct ring *ring);
