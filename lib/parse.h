/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdint.h>

/* All of these read the whole of TEXT and die with EXIT_TOOL, naming WHAT (such as
 * "--fd"), if it is not of the form. There is no sign, no white space, no octal or
 * hexadecimal. */

/* A decimal number from LOW to HIGH. */
uint64_t parse_uint(const char *what, const char *text, uint64_t low, uint64_t high);

/* The number of an fd, open or not. */
int parse_fd(const char *what, const char *text);

/* A user or group id: 0 to 2^32-2, since 2^32-1 means "no change" to the kernel. */
uint32_t parse_id(const char *what, const char *text);
