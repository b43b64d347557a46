/* SPDX-License-Identifier: MIT */
#pragma once

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>

/* The thread that reads the archive, takes its digest, and passes it on to the reader
 * through a pipe. It is not part of the reader so that the digest is right even if the
 * archive has taken over what parses it. */
struct source {
	int archive; /* from here */
	int pipe; /* to there; closed at the end */
	pthread_t thread;
	_Atomic uint64_t size; /* of what was read so far */
	_Atomic int error; /* an errno, or 0 */
	unsigned char digest[32];
};

/* Dies on failure. */
void start_source(struct source *source);

/* Wait until all is read. */
void finish_source(struct source *source);
