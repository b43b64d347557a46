/* SPDX-License-Identifier: MIT */
#pragma once

#include "toml.h"

/* The settings of containers.conf(5), which several container systems share. */

struct setting {
	const char *key; /* "containers.env" */
	const struct use *use; /* or NULL: it says nothing to us */
	struct toml_value value; /* of the type that USE says; lists are of strings */
	const char *file;
	bool packaged; /* it came with the system, from below /usr/share */
};

/* What a setting is for us: an option of container-run(1). */
struct use {
	const char *key;
	const char *option;
	const char *usual; /* the value that says what is done anyway, or NULL */
	enum toml_type type;
	bool fallback; /* a list that one given on the command line replaces */
};

struct settings {
	struct setting *all;
	size_t count;
};

/* The settings that hold on the system whose root is PREFIX ("" for our own), each once,
 * from all files in their order:
 *
 *	/usr/share/containers/containers.conf
 *	/etc/containers/containers.conf
 *	/etc/containers/containers.conf.d, what ends in .conf, by name
 *	the last two below $XDG_CONFIG_HOME or ~/.config, unless root asks
 *
 * or from $CONTAINERS_CONF alone; then from $CONTAINERS_CONF_OVERRIDE. A later one
 * replaces an earlier; a list with the item {append = true} adds to it. A key that no
 * container system knows is named in a warning. Dies, naming file and line, if a file is
 * ill-formed, or a setting that we use is of the wrong type. */
struct settings read_settings(const char *prefix);

/* The text of a setting's value, lists separated by ", "; in memory that is the caller's.
 */
char *setting_text(const struct setting *setting);

/* "FILE line N", in memory that is the caller's. */
char *setting_place(const struct setting *setting);
