/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

/* Delete directory NAME of the directory PARENT with all that is below it, which may be
 * an attacker's: no symbolic link is followed, no mount point is entered, and neither the
 * depth of the tree nor the number of its entries costs more than a few fds and little
 * memory. DIRECTORY is an fd of it, which the caller keeps. False with a message for the
 * first thing that could not be deleted; all the rest is gone nevertheless. */
bool delete_tree(int parent, const char *name, int directory);
