/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <time.h>

/* A layer says what is gone from those below it with names of its own (OCI image layer
 * specification, "Whiteouts"): .wh.NAME hides NAME, .wh..wh..opq all that lower layers
 * have in its directory. */

enum whiteouts {
	WHITEOUTS_APPLY, /* delete what is hidden */
	WHITEOUTS_OVERLAY, /* leave the marks by which overlayfs hides it */
};

bool is_whiteout(const char *last);

/* Do in DIRECTORY what the whiteout LAST says. What this archive brought, which is what
 * changed since START, an opaque directory keeps. -1 and errno. */
int apply_whiteout(enum whiteouts whiteouts, int directory, const char *last,
	const struct timespec *start);

/* A time that is later than all that was done before, and not later than all that
 * follows: file systems count in ticks of the clock. */
struct timespec wait_for_tick(void);
