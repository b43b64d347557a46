/* SPDX-License-Identifier: MIT */
#include "decode.h"

#include <bzlib.h>
#include <errno.h>
#include <isa-l/igzip_lib.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zstd.h>

enum {
	INPUT_SIZE = 512 << 10,
	ZSTD_WINDOW_LOG = 27, /* what zstd -22 --ultra writes: 128 MiB */
	XZ_MEMORY = 160 << 20, /* xz -9 needs 65 MiB */
};

/* Decode some of the input to OUT, and set *MADE to how much came of it. False: error. */
typedef bool step(struct decoder *decoder, unsigned char *out, size_t size, size_t *made);

struct decoder {
	int fd;
	bool ended; /* no more input */
	bool between; /* at the end of a member, or before the first */
	size_t at, end; /* what of the input is not used yet */
	const char *error;
	step *step;
	struct inflate_state gzip;
	struct isal_gzip_header header;
	ZSTD_DStream *zstd;
	lzma_stream xz;
	bz_stream bzip2;
	unsigned char input[INPUT_SIZE];
};

static bool fail(struct decoder *decoder, const char *error)
{
	decoder->error = error;
	return false;
}

/* Have at least LEAST bytes of input, or all that is left. */
static bool fill(struct decoder *decoder, size_t least)
{
	if (decoder->end - decoder->at >= least)
		return true;
	memmove(decoder->input, decoder->input + decoder->at, decoder->end - decoder->at);
	decoder->end -= decoder->at;
	decoder->at = 0;
	while (!decoder->ended && decoder->end < least) {
		ssize_t got = read(decoder->fd, decoder->input + decoder->end,
			INPUT_SIZE - decoder->end);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return fail(decoder, "the archive cannot be read");
		decoder->ended = !got;
		decoder->end += (size_t)got;
	}
	return true;
}

static size_t available(const struct decoder *decoder)
{
	return decoder->end - decoder->at;
}

static bool starts_with(const struct decoder *decoder, const void *magic, size_t length)
{
	return available(decoder) >= length &&
		!memcmp(decoder->input + decoder->at, magic, length);
}

static bool step_plain(
	struct decoder *decoder, unsigned char *out, size_t size, size_t *made)
{
	*made = available(decoder) < size ? available(decoder) : size;
	memcpy(out, decoder->input + decoder->at, *made);
	decoder->at += *made;
	return true;
}

static bool step_gzip(
	struct decoder *decoder, unsigned char *out, size_t size, size_t *made)
{
	struct inflate_state *gzip = &decoder->gzip;
	size_t before;

	if (decoder->between) {
		/* Tapes, and those who write as if for one, pad with zeros. */
		if (!decoder->input[decoder->at]) {
			decoder->at++;
			return true;
		}
		if (!starts_with(decoder, "\x1f\x8b\x08", 3))
			return fail(decoder, "bytes that are not gzip after its end");
		isal_inflate_reset(gzip);
		gzip->crc_flag = ISAL_GZIP;
		decoder->between = false;
	}
	before = gzip->avail_in = (uint32_t)available(decoder);
	gzip->next_in = decoder->input + decoder->at;
	gzip->next_out = out;
	gzip->avail_out = (uint32_t)size;
	switch (isal_inflate(gzip)) {
	case ISAL_DECOMP_OK:
	case ISAL_END_INPUT:
		break;
	case ISAL_INCORRECT_CHECKSUM:
		return fail(decoder, "wrong gzip check sum or length");
	default:
		return fail(decoder, "damaged gzip");
	}
	*made = size - gzip->avail_out;
	decoder->at += before - gzip->avail_in;
	decoder->between = gzip->block_state == ISAL_BLOCK_FINISH;
	return true;
}

static bool step_zstd(
	struct decoder *decoder, unsigned char *out, size_t size, size_t *made)
{
	ZSTD_inBuffer from = { decoder->input + decoder->at, available(decoder), 0 };
	ZSTD_outBuffer to = { out, size, 0 };
	size_t left = ZSTD_decompressStream(decoder->zstd, &to, &from);

	if (ZSTD_isError(left))
		return fail(decoder, ZSTD_getErrorName(left));
	*made = to.pos;
	decoder->at += from.pos;
	decoder->between = !left;
	return true;
}

static bool step_xz(
	struct decoder *decoder, unsigned char *out, size_t size, size_t *made)
{
	size_t before = available(decoder);
	lzma_ret result;

	decoder->xz.next_in = decoder->input + decoder->at;
	decoder->xz.avail_in = before;
	decoder->xz.next_out = out;
	decoder->xz.avail_out = size;
	result = lzma_code(&decoder->xz, decoder->ended ? LZMA_FINISH : LZMA_RUN);
	*made = size - decoder->xz.avail_out;
	decoder->at += before - decoder->xz.avail_in;
	decoder->between = result == LZMA_STREAM_END;
	switch (result) {
	case LZMA_OK:
	case LZMA_STREAM_END:
		return true;
	case LZMA_BUF_ERROR: /* No progress: fine while there is more to come. */
		return !decoder->ended || fail(decoder, "truncated xz");
	case LZMA_MEMLIMIT_ERROR:
		return fail(decoder, "xz that needs more than 160 MiB to unpack");
	default:
		return fail(decoder, "damaged xz");
	}
}

static bool step_bzip2(
	struct decoder *decoder, unsigned char *out, size_t size, size_t *made)
{
	size_t before = available(decoder);
	int result;

	if (decoder->between) {
		BZ2_bzDecompressEnd(&decoder->bzip2);
		memset(&decoder->bzip2, 0, sizeof decoder->bzip2);
		if (!starts_with(decoder, "BZh", 3))
			return fail(decoder, "bytes that are not bzip2 after its end");
		if (BZ2_bzDecompressInit(&decoder->bzip2, 0, 0) != BZ_OK)
			return fail(decoder, "no memory for bzip2");
		decoder->between = false;
	}
	decoder->bzip2.next_in = (char *)decoder->input + decoder->at;
	decoder->bzip2.avail_in = (unsigned)before;
	decoder->bzip2.next_out = (char *)out;
	decoder->bzip2.avail_out = (unsigned)size;
	result = BZ2_bzDecompress(&decoder->bzip2);
	if (result != BZ_OK && result != BZ_STREAM_END)
		return fail(decoder, "damaged bzip2");
	*made = size - decoder->bzip2.avail_out;
	decoder->at += before - decoder->bzip2.avail_in;
	decoder->between = result == BZ_STREAM_END;
	return true;
}

static bool choose(struct decoder *decoder)
{
	decoder->between = true;
	if (!fill(decoder, 6))
		return false;
	if (!available(decoder))
		return fail(decoder, "empty");
	if (starts_with(decoder, "\x1f\x8b", 2)) {
		isal_inflate_init(&decoder->gzip);
		decoder->step = step_gzip;
	} else if (starts_with(decoder, "\x28\xb5\x2f\xfd", 4) ||
		(available(decoder) >= 4 && (decoder->input[0] & 0xf0) == 0x50 &&
			!memcmp(decoder->input + 1, "\x2a\x4d\x18", 3))) {
		decoder->zstd = ZSTD_createDStream();
		if (!decoder->zstd ||
			ZSTD_isError(ZSTD_DCtx_setParameter(
				decoder->zstd, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG)))
			return fail(decoder, "no memory for zstd");
		decoder->step = step_zstd;
	} else if (starts_with(decoder,
			   "\xfd"
			   "7zXZ",
			   6)) {
		if (lzma_stream_decoder(&decoder->xz, XZ_MEMORY, LZMA_CONCATENATED) !=
			LZMA_OK)
			return fail(decoder, "no memory for xz");
		decoder->step = step_xz;
	} else if (starts_with(decoder, "BZh", 3)) {
		decoder->step = step_bzip2;
	} else {
		decoder->step = step_plain;
	}
	return true;
}

struct decoder *open_decoder(int fd)
{
	struct decoder *decoder = calloc(1, sizeof *decoder);

	if (decoder)
		decoder->fd = fd;
	return decoder;
}

ssize_t decode(struct decoder *decoder, unsigned char *out, size_t size)
{
	size_t have = 0;

	if (decoder->error || (!decoder->step && !choose(decoder)))
		return -1;
	while (have < size) {
		size_t made = 0, before;

		if (!available(decoder) && !fill(decoder, 1))
			return -1;
		/* Enough to know a member by. */
		if (decoder->between && !fill(decoder, 6))
			return -1;
		if (!available(decoder) && decoder->between)
			break;
		before = decoder->at;
		if (!decoder->step(decoder, out + have, size - have, &made))
			return -1;
		have += made;
		if (!made && decoder->at == before && decoder->ended &&
			!decoder->between) {
			fail(decoder, "truncated: the compressed data ends too early");
			return -1;
		}
	}
	return (ssize_t)have;
}

const char *decoder_error(const struct decoder *decoder)
{
	return decoder->error;
}

void close_decoder(struct decoder *decoder)
{
	ZSTD_freeDStream(decoder->zstd);
	lzma_end(&decoder->xz);
	BZ2_bzDecompressEnd(&decoder->bzip2);
	free(decoder);
}
