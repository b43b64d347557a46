/* SPDX-License-Identifier: MIT */
#include "mnt.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "sys.h"

int finish_mount(int fs, unsigned attributes)
{
	if (sys_fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		return -1;
	return sys_fsmount(fs, FSMOUNT_CLOEXEC, attributes);
}

int make_mount(const char *type, const struct mount_option *options, unsigned attributes)
{
	int fs = sys_fsopen(type, FSOPEN_CLOEXEC), mount = -1, saved;

	if (fs < 0)
		return -1;
	for (; options && options->key; options++)
		if (sys_fsconfig(fs,
			    options->value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG,
			    options->key, options->value, 0))
			break;
	if (!options || !options->key)
		mount = finish_mount(fs, attributes);
	saved = errno;
	close(fs);
	errno = saved;
	return mount;
}

int attach_mount(int mount, int target)
{
	return sys_move_mount(
		mount, "", target, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH);
}

void mount_log(int fs, char *text, size_t size)
{
	ssize_t got;

	*text = '\0';
	/* Each read gives one message, "e overlay: why"; the last says what was fatal. */
	for (;;) {
		char line[256];

		got = read(fs, line, sizeof line - 1);
		if (got <= 0)
			return;
		line[got] = '\0';
		if (got > 2 && line[1] == ' ')
			strncpy(text, line + 2, size - 1);
		text[size - 1] = '\0';
	}
}
