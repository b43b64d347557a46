/* SPDX-License-Identifier: MIT */
#pragma once

#include <archive_entry.h>
#include <stdbool.h>
#include <stdio.h>

/* Write the access control lists that ENTRY has as the extended attributes that the
 * kernel keeps them in (linux/posix_acl_xattr.h), in the form of record.h. False if one
 * is not valid. */
bool put_acls(struct archive_entry *entry, FILE *out);
