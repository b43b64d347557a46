/* SPDX-License-Identifier: MIT */
#pragma once

/* Finding the program that a link becomes, and saying why it cannot be run: most of the
 * reasons are in the file itself, which the kernel does not tell. */

/* The path of NAME: itself if it has a slash, else the first that can be executed in the
 * directories of PATH (without one, those that Docker puts there), as execvp(3) looks for
 * it; judged with the real ids of the process, and in its root. The string is the
 * caller's to free. Dies with EXIT_NOT_FOUND or EXIT_CANNOT. */
char *find_program(const char *name);

/* After a failed exec of PATH: say so, errno's reason, and the cause if the file shows it
 * (interpreter missing, another machine's, a line that ends in CR LF, not executable,
 * ...). Dies with EXIT_NOT_FOUND or EXIT_CANNOT. PATH may be hostile. */
_Noreturn void die_exec(const char *path);
