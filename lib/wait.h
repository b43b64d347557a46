/* SPDX-License-Identifier: MIT */
#pragma once

#include <signal.h>
#include <sys/types.h>

/* Waiting for a program as its parent, for the few tools that fork and stay. */

/* The exit status that passes on how a process ended, from wait(2)'s STATUS: its own, or
 * EXIT_SIGNAL plus the signal that killed it. */
int wait_status_code(int status);

/* All signals back to their defaults, and none blocked: what a program may expect when it
 * starts (a shell's background job, for one, would hand on that SIGINT is ignored). */
void reset_signals(void);

/* Hold back every signal for supervise, from before the fork on, so that none is lost
 * between. The child calls reset_signals. IGNORED, unless NULL, becomes the set of
 * signals that were ignored until now. */
void block_signals(sigset_t *ignored);

/* Wait until CHILD has ended, and return wait(2)'s status of it. Meanwhile every signal
 * that this process gets is sent on: to the process of which PROGRAM is a pidfd, or to
 * CHILD if that is -1. Those in IGNORED (unless NULL) that come from a terminal's key are
 * not: a shell starts its background jobs with these ignored, since it handles the keys
 * itself. When an alarm(2) of the caller's goes off, SIGKILL is sent. Other children that
 * end (a pid 1 and a subreaper inherit them) are reaped. Dies if CHILD is not a child of
 * this process. */
int supervise(pid_t child, int program, const sigset_t *ignored);
