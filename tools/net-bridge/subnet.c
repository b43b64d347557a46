/* SPDX-License-Identifier: MIT */
/* Which addresses a network has: asked for, remembered, or free. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "die.h"
#include "net-bridge.h"

/* 10.90.0.0/16 to 10.99.0.0/16: away from what other engines and home routers take. */
enum {
	POOL_FIRST = 90,
	POOL_LAST = 99,
	POOL_PREFIX = 16,
};

struct address4 subnet_of(struct address4 gateway)
{
	gateway.address &= mask4(gateway.prefix);
	return gateway;
}

struct address4 gateway_of(struct address4 subnet)
{
	subnet.address += 1;
	return subnet;
}

/* Clears the last bits, all that are not the prefix's. */
struct address6 subnet6_of(struct address6 gateway)
{
	for (unsigned bit = gateway.prefix; bit < 128; bit++)
		gateway.address.s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	return gateway;
}

struct address6 gateway6_of(struct address6 subnet)
{
	subnet.address.s6_addr[15] |= 1;
	return subnet;
}

/* A subnet of either family: without bits behind the prefix, and with room. */
static bool read_subnet(const char *text, struct address4 *to)
{
	return read4(text, to) && to->prefix >= 8 && to->prefix <= 30 &&
		subnet_of(*to).address == to->address;
}

static bool read_subnet6(const char *text, struct address6 *to)
{
	struct address6 masked;

	if (!read6(text, to) || to->prefix < 48 || to->prefix > 112)
		return false;
	masked = subnet6_of(*to);
	return !memcmp(&masked.address, &to->address, sizeof masked.address);
}

void parse_subnet(const char *text, struct network *wanted)
{
	struct address4 subnet;
	struct address6 subnet6;

	if (read_subnet(text, &subnet))
		wanted->gateway = gateway_of(subnet);
	else if (read_subnet6(text, &subnet6))
		wanted->gateway6 = gateway6_of(subnet6);
	else
		die("--subnet", text,
			"not an address/prefix of a whole subnet, such as 10.90.0.0/16 "
			"(from "
			"/8 to /30) or fd00:1:2:3::/64 (from /48 to /112)");
}

static int open_made(int at, const char *path)
{
	int fd;

	if (mkdirat(at, path, 0700) && errno != EEXIST)
		die_errno("make the state directory", path);
	fd = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die_errno("open the state directory", path);
	return fd;
}

int lock_state(const char *state)
{
	int directory = open_made(AT_FDCWD, state);
	int networks = open_made(directory, "net");

	/* The lock is the kernel's: it goes with whoever holds it, however that ends. */
	while (flock(networks, LOCK_EX))
		if (errno != EINTR)
			die_errno("lock", state);
	close(directory);
	return networks;
}

/* Read the one line of NETWORK/KEY; false if it is not there or is not a plain file. */
static bool read_value(int networks, const char *name, const char *key, char text[64])
{
	int directory = openat(networks, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int fd = directory < 0
		? -1
		: openat(directory, key, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : read(fd, text, 63);

	if (fd >= 0)
		close(fd);
	if (directory >= 0)
		close(directory);
	if (got <= 0)
		return false;
	text[got] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

/* Complete or not there at all: written aside, then renamed. */
static void write_value(int networks, const char *name, const char *key, const char *text)
{
	char old[64];
	int directory, fd;

	if (read_value(networks, name, key, old) && !strcmp(old, text))
		return;
	directory = open_made(networks, name);
	fd = openat(directory, ".new",
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd < 0 || dprintf(fd, "%s\n", text) < 0 || fdatasync(fd) || close(fd) ||
		renameat(directory, ".new", directory, key))
		die_errno("remember the subnet of", name);
	close(directory);
}

/* Call VISIT for the name of every network that is remembered; whether it said yes. */
static bool any_network(
	int networks, bool (*visit)(int, const char *, const void *), const void *context)
{
	int again = openat(networks, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = again < 0 ? NULL : fdopendir(again);
	struct dirent *entry;
	bool found = false;

	if (!list)
		die_errno("list", "the networks");
	/* One thread, and a stream of its own. */
	// cppcheck-suppress readdirCalled
	while (!found && (entry = readdir(list)))
		found = entry->d_name[0] != '.' &&
			visit(networks, entry->d_name, context);
	closedir(list);
	return found;
}

struct clash {
	const char *name; /* of the network that asks */
	struct address4 subnet;
	bool found;
};

static bool overlaps(struct address4 a, struct address4 b)
{
	uint32_t mask = mask4(a.prefix < b.prefix ? a.prefix : b.prefix);

	return (a.address & mask) == (b.address & mask);
}

/* A route of whatever table: the local one has the host's own addresses. */
static void visit_route(const struct nlmsghdr *message, void *context)
{
	const struct rtmsg *route = NLMSG_DATA(message);
	struct clash *clash = context;
	const struct nlattr *to =
		find_attribute(message_attributes(message, sizeof *route),
			message_attributes_size(message, sizeof *route), RTA_DST);
	struct address4 taken;

	/* Without a destination it is a default route, which takes nothing. */
	if (message->nlmsg_type != RTM_NEWROUTE || !to || attribute_size(to) != 4 ||
		!route->rtm_dst_len)
		return;
	memcpy(&taken.address, attribute_data(to), 4);
	taken.address = ntohl(taken.address);
	taken.prefix = route->rtm_dst_len;
	clash->found |= overlaps(clash->subnet, taken);
}

/* Networks whose bridge is not up at the moment keep their subnets. */
static bool is_remembered(int networks, const char *name, const void *context)
{
	const struct clash *clash = context;
	struct address4 subnet;
	char text[64];

	return strcmp(name, clash->name) && read_value(networks, name, "subnet", text) &&
		read_subnet(text, &subnet) && overlaps(clash->subnet, subnet);
}

static bool is_taken(int networks, const char *name, struct address4 subnet)
{
	struct rtmsg any = { .rtm_family = AF_INET };
	struct clash clash = { name, subnet, false };
	struct request request;
	int error;

	begin_request(&request, RTM_GETROUTE, NLM_F_DUMP, &any, sizeof any);
	error = ask_kernel(NETLINK_ROUTE, &request, visit_route, &clash);
	if (error) {
		errno = error;
		die_errno("list", "the routes of the host");
	}
	return clash.found || any_network(networks, is_remembered, &clash);
}

static struct address4 find_free(int networks, const char *name)
{
	static const struct cause cause = { "subnet-pool-empty",
		"name one with --subnet that the host doesn't use" };

	for (unsigned second = POOL_FIRST; second <= POOL_LAST; second++) {
		struct address4 subnet = { 10U << 24 | second << 16, POOL_PREFIX };

		if (!is_taken(networks, name, subnet))
			return subnet;
	}
	die_cause(&cause, "find a free subnet", name,
		"routes of the host or other networks use all from 10.%d.0.0/16 to "
		"10.%d.0.0/16",
		POOL_FIRST, POOL_LAST);
}

/* The bridge isn't there, so nothing yet depends on what is remembered. */
static struct address4 choose4(int networks, const struct network *wanted)
{
	static const struct cause cause = { "subnet-clash", "name another --subnet" };
	const char *name = wanted->name;
	struct address4 subnet = subnet_of(wanted->gateway);
	char text[64];

	if (subnet.prefix) {
		if (is_taken(networks, name, subnet))
			die_cause(&cause, "--subnet", format4(subnet, text),
				"a route of the host or another network uses it");
		return subnet;
	}
	if (!read_value(networks, name, "subnet", text))
		return find_free(networks, name);
	if (!read_subnet(text, &subnet))
		warn("remember the subnet of", name,
			"what is in the state is none; taking another");
	else if (is_taken(networks, name, subnet))
		warn("keep the subnet", text,
			"a route of the host or another network has it; taking another");
	else
		return subnet;
	return find_free(networks, name);
}

/* RFC 4193: a random one, which nobody else has. */
static struct address6 choose6(int networks, const struct network *wanted)
{
	struct address6 subnet = { .prefix = 64 };
	char text[64];

	if (wanted->gateway6.prefix)
		return subnet6_of(wanted->gateway6);
	if (read_value(networks, wanted->name, "subnet6", text) &&
		read_subnet6(text, &subnet))
		return subnet;
	subnet.prefix = 64;
	if (getrandom(&subnet.address, 8, 0) != 8)
		die_errno("read", "random numbers");
	subnet.address.s6_addr[0] = 0xfd;
	return subnet6_of(subnet);
}

void choose_subnets(
	int networks, const struct network *wanted, bool ipv6, struct network *network)
{
	struct address6 subnet6;
	char text[ADDRESS_TEXT];

	if (!network->gateway.prefix)
		network->gateway = gateway_of(choose4(networks, wanted));
	write_value(networks, wanted->name, "subnet",
		format4(subnet_of(network->gateway), text));
	if (!ipv6)
		return;
	if (!network->gateway6.prefix)
		network->gateway6 = gateway6_of(choose6(networks, wanted));
	subnet6 = subnet6_of(network->gateway6);
	write_value(networks, wanted->name, "subnet6", format6(&subnet6, text));
}

static bool is_there(int networks, const char *name, const void *context)
{
	(void)networks;
	(void)context;
	return *name;
}

bool forget_subnets(int networks, const char *name)
{
	int directory = openat(networks, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (directory >= 0) {
		unlinkat(directory, "subnet", 0);
		unlinkat(directory, "subnet6", 0);
		unlinkat(directory, ".new", 0);
		close(directory);
		if (unlinkat(networks, name, AT_REMOVEDIR))
			die_errno("forget", name);
	}
	return any_network(networks, is_there, NULL);
}
