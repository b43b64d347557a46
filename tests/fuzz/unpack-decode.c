/* SPDX-License-Identifier: MIT */
/* Any bytes as an archive for img-unpack's decoder: gzip, zstd, xz, bzip2 or none.
 *
 *	make fuzz-unpack-decode SECONDS=60 */

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../../tools/img-unpack/decode.h"

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size);

int LLVMFuzzerTestOneInput(const unsigned char *data, size_t size)
{
	static unsigned char out[64 << 10];
	int file = memfd_create("input", 0);
	struct decoder *decoder = open_decoder(file);
	ssize_t length;
	int rounds = 0;

	if (file < 0 || !decoder || write(file, data, size) != (ssize_t)size ||
		lseek(file, 0, SEEK_SET))
		abort();
	while ((length = decode(decoder, out, sizeof out)) > 0 && rounds++ < 256)
		if (length > (ssize_t)sizeof out)
			abort();
	if (length < 0 && !decoder_error(decoder))
		abort();
	close_decoder(decoder);
	close(file);
	return 0;
}
