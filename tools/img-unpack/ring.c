/* SPDX-License-Identifier: MIT */
#include "ring.h"

#include <linux/futex.h>
#include <poll.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "die.h"

enum {
	WORTH_WAKING = 1 << 20, /* bytes; a switch for each record would cost more */
	CONTROL_SIZE = 4096,
};

/* On cache lines of their own: each is written by one side. Positions only grow, modulo
 * 2^32, and are what futex(2) waits on. */
struct ring_control {
	_Alignas(64) _Atomic uint32_t put;
	_Atomic uint32_t putter_waits;
	_Alignas(64) _Atomic uint32_t taken;
	_Atomic uint32_t taker_waits;
};

struct ring make_ring(uint32_t size)
{
	int memory = memfd_create("ring", MFD_CLOEXEC);
	unsigned char *place;
	struct ring ring = { .size = size };

	if (memory < 0 || ftruncate(memory, CONTROL_SIZE + size))
		die_errno("make the ring", NULL);
	ring.control =
		mmap(NULL, CONTROL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	place = mmap(NULL, 2 * (size_t)size, PROT_NONE,
		MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (ring.control == MAP_FAILED || place == MAP_FAILED)
		die_errno("map the ring", NULL);
	for (int half = 0; half < 2; half++)
		if (mmap(place + half * (size_t)size, size, PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_FIXED, memory, CONTROL_SIZE) == MAP_FAILED)
			die_errno("map the ring", NULL);
	close(memory);
	ring.data = place;
	return ring;
}

/* Sleep while WORD is VALUE, but not for long: a wake-up may be saved on purpose, and the
 * other side may have died. */
static void wait_for(_Atomic uint32_t *word, uint32_t value)
{
	static const struct timespec timeout = { .tv_nsec = 100 * 1000 * 1000 };

	syscall(SYS_futex, word, FUTEX_WAIT, value, &timeout, NULL, 0);
}

static void wake(_Atomic uint32_t *word, _Atomic uint32_t *waits)
{
	if (atomic_exchange(waits, 0))
		syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

unsigned char *ring_reserve(struct ring *ring, uint32_t length)
{
	struct ring_control *control = ring->control;

	for (;;) {
		uint32_t taken = atomic_load(&control->taken);

		if (ring->size - (ring->position - taken) >= length)
			return ring->data + (ring->position & (ring->size - 1));
		ring_flush(ring);
		atomic_store(&control->putter_waits, 1);
		if (atomic_load(&control->taken) == taken)
			wait_for(&control->taken, taken);
	}
}

void ring_commit(struct ring *ring, uint32_t length)
{
	struct ring_control *control = ring->control;

	ring->position += length;
	atomic_store(&control->put, ring->position);
	if (atomic_load(&control->taker_waits) &&
		ring->position - atomic_load(&control->taken) >= WORTH_WAKING)
		wake(&control->put, &control->taker_waits);
}

void ring_flush(struct ring *ring)
{
	wake(&ring->control->put, &ring->control->taker_waits);
}

static bool has_ended(int pidfd)
{
	struct pollfd poller = { .fd = pidfd, .events = POLLIN };

	return poll(&poller, 1, 0) > 0;
}

const unsigned char *ring_peek(struct ring *ring, uint32_t length, int pidfd)
{
	struct ring_control *control = ring->control;
	bool ended = false;

	for (;;) {
		uint32_t put = atomic_load(&control->put);

		if (put - ring->position > ring->size)
			return NULL;
		if (put - ring->position >= length)
			return ring->data + (ring->position & (ring->size - 1));
		/* Looked at once more after it ended: it may have put before. */
		if (ended)
			return NULL;
		wake(&control->taken, &control->putter_waits);
		atomic_store(&control->taker_waits, 1);
		if (atomic_load(&control->put) == put) {
			wait_for(&control->put, put);
			ended = has_ended(pidfd);
		}
	}
}

void ring_release(struct ring *ring, uint32_t length)
{
	struct ring_control *control = ring->control;

	ring->position += length;
	atomic_store(&control->taken, ring->position);
	/* Half of it, so that both sides work in long turns. */
	if (atomic_load(&control->putter_waits) &&
		atomic_load(&control->put) - ring->position <= ring->size / 2)
		wake(&control->taken, &control->putter_waits);
}
