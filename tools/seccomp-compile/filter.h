/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/filter.h>
#include <stddef.h>

#include "profile.h"

struct program {
	struct sock_filter code[BPF_MAXINSNS];
	size_t length;
};

/* Make the BPF program of PROFILE for TARGET. Works through SCRATCH, an fd of an empty
 * file that may be overwritten. Dies, naming NAME, where libseccomp refuses a rule or the
 * program would be longer than the kernel takes. */
void make_filter(const char *name, const struct profile *profile,
	const struct target *target, int scratch, struct program *program);
