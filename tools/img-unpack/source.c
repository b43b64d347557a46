/* SPDX-License-Identifier: MIT */
#include "source.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "die.h"

enum {
	PART = 256 << 10,
};

static bool write_all(int fd, const unsigned char *data, size_t length)
{
	while (length) {
		ssize_t wrote = write(fd, data, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			return false;
		data += wrote;
		length -= (size_t)wrote;
	}
	return true;
}

static void *read_archive(void *argument)
{
	struct source *source = argument;
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	unsigned char part[PART];
	bool passing = true;
	ssize_t got;

	if (!digest || !EVP_DigestInit_ex(digest, EVP_sha256(), NULL))
		source->error = ENOMEM;
	while (!source->error && (got = read(source->archive, part, sizeof part))) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0) {
			source->error = errno;
			break;
		}
		source->size += (uint64_t)got;
		if (!EVP_DigestUpdate(digest, part, (size_t)got))
			source->error = ENOMEM;
		/* A reader that has gone away has said why. */
		passing = passing && write_all(source->pipe, part, (size_t)got);
		if (!passing)
			break;
	}
	if (!source->error && !EVP_DigestFinal_ex(digest, source->digest, NULL))
		source->error = ENOMEM;
	EVP_MD_CTX_free(digest);
	/* Last, so that whoever sees the end of the pipe sees the error too. */
	close(source->pipe);
	return NULL;
}

void start_source(struct source *source)
{
	int error = pthread_create(&source->thread, NULL, read_archive, source);

	if (error)
		die("start the thread that reads", "the archive", "%s", strerror(error));
}

void finish_source(struct source *source)
{
	int error = pthread_join(source->thread, NULL);

	if (error)
		die("wait for the thread that reads", "the archive", "%s",
			strerror(error));
}
