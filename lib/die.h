/* SPDX-License-Identifier: MIT */
#pragma once

/* The exit numbers of every tool, here and nowhere else: those of env(1), chroot(1),
 * docker-run(1). A program's own status passes through below them. */
enum {
	EXIT_TOOL = 125, /* our tool failed, or was misused */
	EXIT_CANNOT = 126, /* the program is there but cannot be executed */
	EXIT_NOT_FOUND = 127, /* the program is not there */
	EXIT_SIGNAL = 128, /* plus N: the program was killed by signal N */
};

/* Why something failed, where that is known: an id for machines, what mends it for
 * people. */
struct cause {
	const char *id;
	const char *fix;
};

/* Say who reports from now on: NAME begins every message; a record of each failure goes
 * to STATUS_FD as one line of JSON, unless it is -1. */
void report_as(const char *name, int status_fd);

/* The fd that records go to, for a child that closes all others; -1 if there is none. */
int report_fd(void);

/* The same, with records going where they went: for a tool that speaks for another
 * program. */
void report_for(const char *name);

/* Every message is "tool: TRIED: OBJECT: reason", lower case, without a full stop, with
 * the object that the attempt was about (NULL if there is none). Then, if the cause is
 * known, a line "tool: hint: fix". All of these but warn exit with EXIT_TOOL. */

/* The reason is that of errno. */
_Noreturn void die_errno(const char *tried, const char *object);
_Noreturn void die_errno_cause(
	const char *tried, const char *object, const struct cause *cause);

/* The reason is in words, made as printf(3) would. */
_Noreturn void die(const char *tried, const char *object, const char *reason, ...)
	__attribute__((format(printf, 3, 4)));
_Noreturn void die_cause(const struct cause *cause, const char *tried, const char *object,
	const char *reason, ...) __attribute__((format(printf, 4, 5)));

/* As die_errno, with an exit status of the caller's: for a program that cannot be
 * started. */
_Noreturn void die_status(
	int status, const char *tried, const char *object, const struct cause *cause);

/* A message and no more. */
void warn(const char *tried, const char *object, const char *reason, ...)
	__attribute__((format(printf, 3, 4)));
