/* SPDX-License-Identifier: MIT */
/* Two threads: one decompresses into a few blocks, the other takes the digest of each
 * block, hands it to libarchive, and puts what that makes of it into the ring. libarchive
 * is asked for tar and nothing else, and does not touch files. */

#include "reader.h"

#include <archive.h>
#include <archive_entry.h>
#include <iconv.h>
#include <inttypes.h>
#include <malloc.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "acl.h"
#include "caps.h"
#include "decode.h"
#include "die.h"
#include "jail.h"
#include "record.h"
#include "sys.h"

enum {
	BLOCK_SIZE = 128 << 10, /* a multiple of tar's 512 */
	BLOCKS = 16,
	BATCH = BLOCKS / 2, /* to wait for: a switch for each block would cost more */
	END_MARK = 1024, /* two blocks of zeros, which end a tar */
	MEMORY_MAX = 640 << 20, /* whatever an archive makes of its headers */
};

struct reader {
	struct ring *ring;
	struct archive *archive;
	const char *entry; /* its name, while one is read */
	EVP_MD_CTX *digest;
	uint64_t limit, total; /* bytes of tar */
	uint64_t zeros; /* at the end of what was read so far */
	struct decoder *decoder;
	/* Shared by both threads: blocks [taken, filled) are ready, modulo BLOCKS. */
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool started, may_start, ended;
	unsigned filled, taken;
	unsigned held; /* 1 while libarchive looks at a block */
	ssize_t length[BLOCKS];
	unsigned char *block[BLOCKS];
};

static void put_record(struct reader *reader, uint32_t type, const void *first,
	size_t first_length, const void *second, size_t second_length)
{
	struct record record = { type, (uint32_t)(first_length + second_length) };
	uint32_t whole = (uint32_t)sizeof record + record.length;
	unsigned char *place = ring_reserve(reader->ring, whole);

	memcpy(place, &record, sizeof record);
	memcpy(place + sizeof record, first, first_length);
	if (second_length)
		memcpy(place + sizeof record + first_length, second, second_length);
	ring_commit(reader->ring, whole);
}

static _Noreturn void fail(struct reader *reader, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static _Noreturn void fail(struct reader *reader, const char *format, ...)
{
	const char *entry = reader->entry ? reader->entry : "";
	size_t length = strnlen(entry, 4096);
	char name[4097], reason[512];
	va_list arguments;

	memcpy(name, entry, length);
	name[length] = '\0';
	va_start(arguments, format);
	vsnprintf(reason, sizeof reason, format, arguments);
	va_end(arguments);
	put_record(reader, RECORD_FAIL, name, length + 1, reason, strlen(reason));
	ring_flush(reader->ring);
	_exit(EXIT_TOOL);
}

/* ------------------------------------------------------------ the thread that decodes */
static void *decode_all(void *argument)
{
	struct reader *reader = argument;
	ssize_t length;

	pthread_mutex_lock(&reader->lock);
	reader->started = true;
	pthread_cond_signal(&reader->changed);
	while (!reader->may_start)
		pthread_cond_wait(&reader->changed, &reader->lock);
	do {
		unsigned slot = reader->filled % BLOCKS;

		if (reader->filled - reader->taken == BLOCKS)
			while (reader->filled - reader->taken > BLOCKS - BATCH)
				pthread_cond_wait(&reader->changed, &reader->lock);
		pthread_mutex_unlock(&reader->lock);
		length = decode(reader->decoder, reader->block[slot], BLOCK_SIZE);
		pthread_mutex_lock(&reader->lock);
		reader->length[slot] = length;
		reader->filled++;
		reader->ended = length <= 0;
		if (reader->ended || reader->filled - reader->taken == BATCH)
			pthread_cond_signal(&reader->changed);
	} while (length > 0);
	/* After an error somebody will ask for it. */
	if (!length)
		close_decoder(reader->decoder);
	pthread_mutex_unlock(&reader->lock);
	return NULL;
}

/* ------------------------------------------------------------- the thread that parses */
/* The zeros at the end of BLOCK; all of it if there is nothing else. */
static size_t trailing_zeros(const unsigned char *block, size_t length)
{
	size_t zeros = 0;

	while (zeros < length && !block[length - 1 - zeros])
		zeros++;
	return zeros;
}

/* What libarchive calls for more. The block before this one is given back. */
static ssize_t next_block(struct archive *archive, void *argument, const void **block)
{
	struct reader *reader = argument;
	size_t zeros;
	unsigned slot;
	ssize_t length;

	(void)archive;
	pthread_mutex_lock(&reader->lock);
	if (reader->held) {
		reader->held = 0;
		reader->taken++;
		if (reader->filled - reader->taken == BLOCKS - BATCH)
			pthread_cond_signal(&reader->changed);
	}
	if (reader->filled == reader->taken && !reader->ended) {
		ring_flush(reader->ring);
		while (reader->filled - reader->taken < BATCH && !reader->ended)
			pthread_cond_wait(&reader->changed, &reader->lock);
	}
	slot = reader->taken % BLOCKS;
	length = reader->length[slot];
	/* An end or an error stays where it is, to be found again. */
	reader->held = length > 0;
	pthread_mutex_unlock(&reader->lock);
	if (length < 0)
		fail(reader, "%s", decoder_error(reader->decoder));
	if (!length)
		return 0;
	*block = reader->block[slot];
	reader->total += (uint64_t)length;
	if (reader->total > reader->limit)
		fail(reader, "unpacks to more than %" PRIu64 " bytes (--limit-bytes)",
			reader->limit);
	if (!EVP_DigestUpdate(reader->digest, *block, (size_t)length))
		fail(reader, "the digest cannot be taken");
	zeros = trailing_zeros(*block, (size_t)length);
	reader->zeros = zeros + (zeros == (size_t)length ? reader->zeros : 0);
	return length;
}

static uint32_t find_kind(struct reader *reader, struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry))
		return ENTRY_HARDLINK;
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG:
		return ENTRY_FILE;
	case AE_IFDIR:
		return ENTRY_DIRECTORY;
	case AE_IFLNK:
		return ENTRY_SYMLINK;
	case AE_IFIFO:
		return ENTRY_FIFO;
	case AE_IFCHR:
		return ENTRY_CHARACTER;
	case AE_IFBLK:
		return ENTRY_BLOCK;
	default:
		fail(reader, "of a type that tar does not have");
	}
}

static uint32_t check_id(struct reader *reader, const char *what, int64_t id)
{
	/* 2^32-1 means "unchanged" to chown(2), and larger ones would lose bits: either
	 * way the file would be root's. */
	if (id < 0 || id >= UINT32_MAX)
		fail(reader, "%s id %" PRId64 " out of range, 0 to 4294967294", what, id);
	return (uint32_t)id;
}

/* The extended attributes of ENTRY in the form of record.h, ACLs among them. */
static void gather_attributes(
	struct reader *reader, struct archive_entry *entry, FILE *out)
{
	const char *name;
	const void *value;
	size_t size;

	archive_entry_xattr_reset(entry);
	while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK) {
		const uint32_t lengths[2] = { (uint32_t)strlen(name), (uint32_t)size };

		if (size > RECORD_MAX || strlen(name) > RECORD_MAX)
			fail(reader, "an extended attribute that is too long");
		fwrite(lengths, sizeof lengths, 1, out);
		fwrite(name, 1, lengths[0], out);
		fwrite(value, 1, size, out);
	}
	if (!put_acls(entry, out))
		fail(reader, "an access control list that is not valid");
}

static void put_entry(struct reader *reader, struct archive_entry *entry, uint32_t kind)
{
	const char *target = kind == ENTRY_HARDLINK ? archive_entry_hardlink(entry)
		: kind == ENTRY_SYMLINK		    ? archive_entry_symlink(entry)
						    : "";
	struct entry_record head = {
		.size = kind == ENTRY_FILE ? (uint64_t)archive_entry_size(entry) : 0,
		.seconds = archive_entry_mtime(entry),
		.nanoseconds = (uint32_t)archive_entry_mtime_nsec(entry),
		.kind = kind,
		.mode = archive_entry_perm(entry) & 07777,
		.uid = check_id(reader, "user", archive_entry_uid(entry)),
		.gid = check_id(reader, "group", archive_entry_gid(entry)),
		.major = (uint32_t)archive_entry_rdevmajor(entry),
		.minor = (uint32_t)archive_entry_rdevminor(entry),
	};
	char *parts = NULL;
	size_t size = 0;
	long before;
	FILE *out = open_memstream(&parts, &size);

	if (!target || !out)
		fail(reader, out ? "a link to nothing" : "no memory");
	if (strlen(reader->entry) > NAME_LENGTH_MAX || strlen(target) > NAME_LENGTH_MAX)
		fail(reader, "a name that is too long");
	head.name_length = (uint32_t)strlen(reader->entry);
	head.target_length = (uint32_t)strlen(target);
	fputs(reader->entry, out);
	fputs(target, out);
	before = ftell(out);
	gather_attributes(reader, entry, out);
	head.attributes_length = (uint32_t)(ftell(out) - before);
	if (fclose(out))
		fail(reader, "no memory");
	if (size + sizeof head > RECORD_MAX)
		fail(reader, "a header that is too long");
	put_record(reader, RECORD_ENTRY, &head, sizeof head, parts, size);
	free(parts);
}

/* What libarchive reports is an error, but for names that it cannot turn into this
 * process's character set, which has none but ASCII on purpose: it then leaves the bytes
 * of the name as they are in the archive, which is what is wanted. */
static void check_result(struct reader *reader, int result)
{
	const char *said = archive_error_string(reader->archive);

	if (result == ARCHIVE_OK ||
		(result == ARCHIVE_WARN && said && strstr(said, "can't be converted")))
		return;
	if (!archive_format(reader->archive))
		fail(reader, "not a tar, plain or in gzip, zstd, xz or bzip2");
	if (result == ARCHIVE_RETRY)
		fail(reader, "damaged tar: wrong check sum of a header");
	fail(reader, "%s", said ? said : "damaged tar");
}

static void put_content(struct reader *reader)
{
	const void *data;
	size_t size;
	int64_t offset;
	int result;

	while ((result = archive_read_data_block(
			reader->archive, &data, &size, &offset)) != ARCHIVE_EOF) {
		check_result(reader, result);
		while (size) {
			size_t part = size < DATA_MAX ? size : DATA_MAX;
			uint64_t at = (uint64_t)offset;

			put_record(reader, RECORD_DATA, &at, sizeof at, data, part);
			data = (const char *)data + part;
			offset += (int64_t)part;
			size -= part;
		}
	}
}

/* A tar ends with zeros, and with nothing else: without them it was cut, and what comes
 * after them nobody would see. */
static void check_end(struct reader *reader)
{
	uint64_t mark = (uint64_t)archive_read_header_position(reader->archive);
	const void *block;

	while (next_block(NULL, reader, &block))
		;
	if (reader->total < mark + END_MARK)
		fail(reader, "truncated: the zeros that end a tar are missing");
	if (reader->zeros < reader->total - mark)
		fail(reader, "bytes after the end of the tar");
}

static void put_archive(struct reader *reader)
{
	struct archive_entry *entry;
	struct end_record end = { 0 };
	int result = archive_read_open(reader->archive, reader, NULL, next_block, NULL);

	check_result(reader, result);
	while ((result = archive_read_next_header(reader->archive, &entry)) !=
		ARCHIVE_EOF) {
		uint32_t kind;

		reader->entry = NULL;
		if (result >= ARCHIVE_WARN)
			reader->entry = archive_entry_pathname(entry);
		check_result(reader, result);
		if (!reader->entry || !*reader->entry)
			fail(reader, "an entry without a name");
		kind = find_kind(reader, entry);
		put_entry(reader, entry, kind);
		if (kind == ENTRY_FILE)
			put_content(reader);
	}
	reader->entry = NULL;
	check_end(reader);
	if (!EVP_DigestFinal_ex(reader->digest, end.diff_id, NULL))
		fail(reader, "the digest cannot be taken");
	end.size = reader->total;
	put_record(reader, RECORD_END, &end, sizeof end, NULL, 0);
	ring_flush(reader->ring);
}

/* Everything that needs more than memory happens here. */
static void prepare(struct reader *reader, int archive)
{
	const struct rlimit none = { 0, 0 };

	/* More of them would be made for a number of processors, which it then asks for.
	 */
	mallopt(M_ARENA_MAX, 1);
	reader->archive = archive_read_new();
	reader->decoder = open_decoder(archive);
	reader->digest = EVP_MD_CTX_new();
	if (!reader->archive || !reader->decoder || !reader->digest ||
		!EVP_DigestInit_ex(reader->digest, EVP_sha256(), NULL) ||
		archive_read_support_format_tar(reader->archive) != ARCHIVE_OK)
		die("prepare the reader", NULL, "the libraries cannot be started");
	for (int i = 0; i < BLOCKS; i++)
		if (!(reader->block[i] = malloc(BLOCK_SIZE)))
			die_errno("prepare the reader", NULL);
	/* libarchive will want this conversion (see check_result). The C library looks
	 * once for files that describe more of them than it has built in. */
	if (iconv_open("ANSI_X3.4-1968", "UTF-8") == (iconv_t)-1)
		die_errno("prepare the conversion of names", NULL);
	if (setrlimit(RLIMIT_CORE, &none) || setrlimit(RLIMIT_NPROC, &none))
		die_errno("limit the reader", NULL);
#ifndef __SANITIZE_ADDRESS__ /* which maps terabytes */
	struct rlimit memory;

	if (getrlimit(RLIMIT_AS, &memory))
		die_errno("limit the reader", NULL);
	if (memory.rlim_cur > MEMORY_MAX)
		memory.rlim_cur = MEMORY_MAX;
	if (memory.rlim_max > MEMORY_MAX)
		memory.rlim_max = MEMORY_MAX;
	if (setrlimit(RLIMIT_AS, &memory))
		die_errno("limit the reader", NULL);
#endif
}

void run_reader(int archive, struct ring *ring, uint64_t limit)
{
	struct reader reader = { .ring = ring, .limit = limit };
	pthread_t decoding;
	int error;

	/* Only the archive stays, at 0. */
	if (dup2(archive, 0) < 0 || sys_close_range(3, ~0U, 0))
		die_errno("close the files of the reader", NULL);
	pthread_mutex_init(&reader.lock, NULL);
	pthread_cond_init(&reader.changed, NULL);
	restrict_files(-1);
	set_caps(0, 0);
	error = pthread_create(&decoding, NULL, decode_all, &reader);
	if (error)
		die("start the thread that decompresses", NULL, "%s", strerror(error));
	prepare(&reader, 0);
	close(1);
	close(2);
	/* A thread that is starting calls what later is forbidden. */
	pthread_mutex_lock(&reader.lock);
	while (!reader.started)
		pthread_cond_wait(&reader.changed, &reader.lock);
	restrict_calls();
	reader.may_start = true;
	pthread_cond_signal(&reader.changed);
	pthread_mutex_unlock(&reader.lock);
	put_archive(&reader);
	_exit(0);
}
