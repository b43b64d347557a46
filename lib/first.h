/* SPDX-License-Identifier: MIT */
#pragma once

#include <sys/types.h>

/* The first process of the container that is open as DIRECTORY, which its script has
 * written down as the value "pid": a pidfd, and its number in *PID. -1 and errno: ENOENT
 * if it is not known, ESRCH if it has ended, also if its number is another's now. */
int open_first(int directory, pid_t *pid);
