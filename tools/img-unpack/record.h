/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* What the reader tells the writer, as records in the ring: a struct record, then LENGTH
 * bytes. The writer takes none of it on trust.
 *
 * An archive is: for each of its entries a RECORD_ENTRY, which for a regular file is
 * followed by any number of RECORD_DATA; then a RECORD_END. RECORD_FAIL may come at any
 * time and is the last. */

enum record_type {
	RECORD_ENTRY = 1, /* struct entry_record, name, target, attributes */
	RECORD_DATA, /* uint64_t offset, bytes */
	RECORD_END, /* struct end_record */
	RECORD_FAIL, /* the name of an entry (may be empty), NUL, the reason */
};

struct record {
	uint32_t type;
	uint32_t length;
};

enum entry_kind {
	ENTRY_FILE = 1,
	ENTRY_DIRECTORY,
	ENTRY_SYMLINK,
	ENTRY_HARDLINK,
	ENTRY_FIFO,
	ENTRY_CHARACTER,
	ENTRY_BLOCK,
};

/* The lengths count no NUL, and there is none between the parts. Attributes are, each:
 * two uint32_t, the lengths of name and value, then these. */
struct entry_record {
	uint64_t size;
	int64_t seconds;
	uint32_t nanoseconds;
	uint32_t kind;
	uint32_t mode;
	uint32_t uid;
	uint32_t gid;
	uint32_t major;
	uint32_t minor;
	uint32_t name_length;
	uint32_t target_length;
	uint32_t attributes_length;
};

struct end_record {
	unsigned char diff_id[32];
	uint64_t size; /* of the tar */
};

enum {
	RING_SIZE = 4 << 20,
	RECORD_MAX = 1 << 20, /* with all its parts */
	DATA_MAX = 256 << 10, /* in one RECORD_DATA */
	ATTRIBUTE_NAME_MAX = 255, /* XATTR_NAME_MAX of linux/limits.h */
	NAME_LENGTH_MAX = 512 << 10, /* paths longer than PATH_MAX are walked in parts */
};
