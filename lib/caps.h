/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/capability.h>
#include <stdint.h>

/* A set of capabilities: bit N is the capability numbered N in linux/capability.h. */
typedef uint64_t caps;

#define CAP(name) ((caps)1 << CAP_##name)
#define CAPS_ALL (~(caps)0)

/* Read a list such as "CAP_CHOWN,net_raw" (any case, prefix optional), "all" or "none"
 * (also the empty string). Dies with EXIT_TOOL on a name that is not a capability. */
caps parse_caps(const char *list);

/* Write SET as a list that parse_caps reads, in the order of the numbers:
 * "chown,net_raw", or "none". The string is the caller's to free. */
char *format_caps(caps set);

/* The capabilities that this kernel knows, as a set. */
caps known_caps(void);

/* The calling thread's sets, capget(2) and prctl(PR_CAPBSET_READ). */
caps effective_caps(void);
caps permitted_caps(void);
caps bounding_caps(void);

/* Make the effective and permitted sets of this thread EFFECTIVE and PERMITTED, less what
 * it does not have, and the inheritable and ambient sets empty. Dies on failure. */
void set_caps(caps effective, caps permitted);

/* Drop every capability outside KEEP from the bounding set; needs CAP_SETPCAP if there is
 * one to drop. Dies on failure. */
void bound_caps(caps keep);
