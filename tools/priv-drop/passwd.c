/* SPDX-License-Identifier: MIT */
#include "passwd.h"

#include <stdbool.h>
#include <string.h>

/* Take what comes before the next SEPARATOR off the front of REST; false if REST is used
 * up, which its start being NULL says. */
static bool next_part(struct text *rest, char separator, struct text *part)
{
	const char *end;

	if (!rest->start)
		return false;
	end = memchr(rest->start, separator, rest->length);
	*part = *rest;
	if (!end) {
		*rest = (struct text){ NULL, 0 };
		return true;
	}
	part->length = (size_t)(end - rest->start);
	rest->start = end + 1;
	rest->length -= part->length + 1;
	return true;
}

static bool next_line(struct text *rest, struct text *line)
{
	while (next_part(rest, '\n', line)) {
		if (!line->length || memchr(line->start, '\0', line->length))
			continue;
		if (!strchr("#+-", line->start[0]))
			return true;
	}
	return false;
}

static bool is_same(struct text text, struct text other)
{
	return text.length == other.length &&
		(!text.length || !memcmp(text.start, other.start, text.length));
}

/* A decimal number that can be an id: 0 to 2^32-2. */
static bool read_id(struct text text, uint32_t *id)
{
	uint64_t value = 0;

	if (!text.length || text.length > 10)
		return false;
	for (size_t i = 0; i < text.length; i++) {
		if (text.start[i] < '0' || text.start[i] > '9')
			return false;
		value = value * 10 + (unsigned)(text.start[i] - '0');
	}
	if (value >= UINT32_MAX)
		return false;
	*id = (uint32_t)value;
	return true;
}

enum found find_user(
	struct text passwd, const char *name, uint32_t uid, struct user *user)
{
	struct text wanted = { name, name ? strlen(name) : 0 };
	struct text line, skipped, number, group;

	while (next_line(&passwd, &line)) {
		bool whole;

		*user = (struct user){ 0 };
		if (!next_part(&line, ':', &user->name) || !user->name.length)
			continue;
		if (name && !is_same(user->name, wanted))
			continue;
		whole = next_part(&line, ':', &skipped) &&
			next_part(&line, ':', &number) && read_id(number, &user->uid) &&
			next_part(&line, ':', &group);
		if (!name && (!whole || user->uid != uid))
			continue;
		if (!whole || !read_id(group, &user->gid))
			return MALFORMED;
		if (next_part(&line, ':', &skipped) && next_part(&line, ':', &group) &&
			group.length && group.start[0] == '/')
			user->home = group;
		return FOUND;
	}
	return MISSING;
}

/* Split a line of /etc/group; false if its number makes no sense. */
static bool split_group(
	struct text line, struct text *name, uint32_t *gid, struct text *members)
{
	struct text skipped, number;
	bool whole;

	*name = (struct text){ NULL, 0 };
	whole = next_part(&line, ':', name) && next_part(&line, ':', &skipped) &&
		next_part(&line, ':', &number) && read_id(number, gid);

	if (!whole || !next_part(&line, ':', members))
		*members = (struct text){ NULL, 0 };
	return whole;
}

enum found find_group(struct text group, const char *name, uint32_t *gid)
{
	struct text wanted = { name, strlen(name) };
	struct text line, found, members;

	while (next_line(&group, &line)) {
		bool whole = split_group(line, &found, gid, &members);

		if (is_same(found, wanted))
			return whole ? FOUND : MALFORMED;
	}
	return MISSING;
}

static bool names_member(struct text members, struct text wanted)
{
	struct text member;

	while (next_part(&members, ',', &member))
		if (member.length && is_same(member, wanted))
			return true;
	return false;
}

size_t member_groups(struct text group, struct text member, uint32_t *gids, size_t max)
{
	struct text line, name, members;
	size_t count = 0;
	uint32_t gid;

	while (next_line(&group, &line)) {
		if (!split_group(line, &name, &gid, &members) ||
			!names_member(members, member))
			continue;
		if (count < max)
			gids[count] = gid;
		count++;
	}
	return count;
}
