/* SPDX-License-Identifier: MIT */
#pragma once

/* Giving up what the kernel offers, for good. All of these die on failure. */

/* The calling thread may touch no file but those that are open. With DIRECTORY not -1: it
 * may also do all below that directory but execute. Where Landlock is missing, or too old
 * to allow hard links between directories, nothing happens: the other guards hold. */
void restrict_files(int directory);

/* Only memory, futexes, reading what is open and ending, for all threads of the process;
 * anything else kills it. */
void restrict_calls(void);
