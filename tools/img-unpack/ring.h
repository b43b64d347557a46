/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A ring of bytes in memory that two processes share: one puts, one takes. Its pages are
 * mapped twice, one behind the other, so that any span of it is contiguous. Neither end
 * believes what the other writes into the shared part: positions are checked, and what is
 * judged must be copied first. */

struct ring_control;

struct ring {
	struct ring_control *control;
	unsigned char *data;
	uint32_t size; /* a power of two, in whole pages */
	uint32_t position; /* our own end; the shared copy is for the other side only */
};

/* SIZE bytes, to be shared by fork(2). Dies on failure. */
struct ring make_ring(uint32_t size);

/* The end that puts. Wait until LENGTH bytes are free and return where they are. */
unsigned char *ring_reserve(struct ring *ring, uint32_t length);
/* They are filled. */
void ring_commit(struct ring *ring, uint32_t length);
/* Wake the taker, who is otherwise left asleep until there is work worth it. To be called
 * before this end waits for anything else, and at the end. */
void ring_flush(struct ring *ring);

/* The end that takes. Wait until LENGTH bytes are there and return where they are; NULL
 * if the process open as PIDFD ended first, or if the other end lies about its position.
 */
const unsigned char *ring_peek(struct ring *ring, uint32_t length, int pidfd);
/* They are not needed any more. */
void ring_release(struct ring *ring, uint32_t length);
