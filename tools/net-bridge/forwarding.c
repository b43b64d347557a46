/* SPDX-License-Identifier: MIT */
/* Forwarding: without it the host drops what is not for itself. */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "net-bridge.h"

#define FORWARD4 "/proc/sys/net/ipv4/ip_forward"
#define FORWARD6 "/proc/sys/net/ipv6/conf/all/forwarding"

/* linux/ipv6_route.h: a route that a router's announcement made. */
#define ANNOUNCED 0x00040000U

bool forwarding_is_on(bool ipv6)
{
	return read_number(FORWARD4) > 0 && (!ipv6 || read_number(FORWARD6) > 0);
}

static void write_setting(const char *path, const char *value)
{
	static const struct cause cause = { "sysctl-not-writable",
		"have /proc/sys mounted writable, or set it beforehand" };
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		die_errno_cause("write", path, &cause);
	close(fd);
}

/* A host that forwards IPv6 is a router, and a router doesn't listen to other routers:
 * the kernel would throw away the default route that it has from an announcement, and
 * with that cut the host off. accept_ra=2 says to listen nevertheless
 * (Documentation/networking/ip-sysctl.rst). Only interfaces that live from announcements
 * are changed. */
static void keep_announced_routes(void)
{
	FILE *routes = fopen("/proc/net/ipv6_route", "re");
	char line[256], name[IF_NAMESIZE], path[80];
	unsigned prefix, flags;

	while (routes && fgets(line, sizeof line, routes)) {
		if (sscanf(line, "%*s %x %*s %*s %*s %*s %*s %*s %x %15s", &prefix,
			    &flags, name) != 3 ||
			prefix || !(flags & ANNOUNCED))
			continue;
		snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/accept_ra", name);
		if (read_number(path) != 1)
			continue;
		warn("turn on forwarding", path,
			"set to 2, to keep the default route that the host has from "
			"there");
		write_setting(path, "2");
	}
	if (routes)
		fclose(routes);
}

void turn_on_forwarding(bool ipv6)
{
	if (read_number(FORWARD4) < 1) {
		warn("turn on forwarding", FORWARD4,
			"was off; containers need it to reach the outside");
		write_setting(FORWARD4, "1");
	}
	if (ipv6 && read_number(FORWARD6) < 1) {
		keep_announced_routes();
		warn("turn on forwarding", FORWARD6,
			"was off; containers need it to reach the outside");
		write_setting(FORWARD6, "1");
	}
}

void ignore_announcements(const char *name)
{
	char path[80];

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/accept_ra", name);
	if (read_number(path) > 0)
		write_setting(path, "0");
}
