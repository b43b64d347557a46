/* SPDX-License-Identifier: MIT */
/* net-veth: connect a network namespace to a bridge, and print its addresses.
 *
 * A pair of virtual interfaces is made with one end on the bridge and the other one born
 * in the namespace, by one ip; a second ip, inside, gives that end its addresses and
 * routes.
 *
 * Who has which address? The name of the bridge's end says it: "veth" and the IPv4
 * address in hexadecimal. The kernel gives a name once, however many ask at the same
 * moment, and takes it back with the pair, which goes with the namespace. So the list of
 * what is taken is the list of interfaces: no lease file can be stale, lost or left
 * behind, and whoever is refused the name tries the next address. */

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "net.h"
#include "parse.h"
#include "spawn.h"
#include "tool.h"

#ifndef NSFS_MAGIC
#define NSFS_MAGIC 0x6e736673
#endif

enum {
	OPTION_NO_IPV6 = OPTION_OWN,
	OPTION_NO_ROUTE,
	OPTION_ADDRESS6,
	OPTION_MAC,
	OPTION_MTU,
	OPTION_NETNS,
	PATIENCE = 200, /* times 10 ms */
};

static const struct tool_option options[] = {
	{ 'b', "bridge", "name", "the bridge; container0 if not given" },
	{ 'i', "interface", "name", "the interface inside; eth0 if not given" },
	{ 'a', "address", "address", "this IPv4 address, instead of a free one" },
	{ OPTION_ADDRESS6, "address6", "address",
		"this IPv6 address, instead of the one that follows from the IPv4 "
		"address" },
	{ OPTION_MAC, "mac", "address",
		"this hardware address, instead of the one that follows" },
	{ OPTION_MTU, "mtu", "bytes", "the largest packet; 1500 if not given" },
	{ OPTION_NO_IPV6, "no-ipv6", NULL, "IPv4 only" },
	{ OPTION_NO_ROUTE, "no-default-route", NULL,
		"the bridge is not the way to everywhere else" },
	{ OPTION_NETNS, "netns", "path",
		"the network namespace, instead of that of a PID" },
	{ 0 },
};

static const struct tool tool = {
	.name = "net-veth",
	.kind = JOB,
	.purpose = "connect a network namespace to a bridge",
	.synopsis = "[options] pid | --netns path",
	.options = options,
	/* To make the pair; to enter the namespace; to open /proc/PID/ns/net of a process
	 * that has more than this one. */
	.capabilities = CAP(NET_ADMIN) | CAP(SYS_ADMIN) | CAP(SYS_PTRACE),
};

/* What is to be made. */
struct plan {
	const char *bridge;
	const char *interface;
	struct address4 address, gateway;
	struct address6 address6, gateway6;
	char mac[18];
	unsigned mtu;
	bool ipv6, default_route;
	int error; /* of what was done inside */
	int namespace;
};

static const char *read_mac(const char *text)
{
	unsigned octet[6];
	int end = 0;

	if (strlen(text) != 17 ||
		sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &octet[0], &octet[1], &octet[2],
			&octet[3], &octet[4], &octet[5], &end) != 6 ||
		end != 17 || strspn(text, "0123456789abcdefABCDEF:") != 17)
		die("--mac", text, "not of the form 02:42:0a:5a:00:02");
	if (octet[0] & 1)
		die("--mac", text, "a group's address, not that of one interface");
	return text;
}

/* Open the namespace at once, since a PID may be another's later, and check what it is:
 * a path may lead anywhere. */
static int open_namespace(const char *path)
{
	static const struct cause gone = { "no-such-process",
		"the process has ended; start it again" };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC), high;
	struct stat theirs, ours;
	struct statfs system;

	if (fd < 0 && (errno == ENOENT || errno == ESRCH) && !strncmp(path, "/proc/", 6))
		die_errno_cause("open the network namespace", path, &gone);
	if (fd < 0)
		die_errno("open the network namespace", path);
	if (fstatfs(fd, &system) || system.f_type != NSFS_MAGIC ||
		ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET)
		die("open the network namespace", path, "it is not one");
	if (fstat(fd, &theirs) || stat("/proc/self/ns/net", &ours))
		die_errno("compare the network namespace", path);
	if (theirs.st_dev == ours.st_dev && theirs.st_ino == ours.st_ino)
		die("connect", path,
			"the network namespace that this runs in; the process has none "
			"of its own");
	/* Out of the way of 0, 1 and 2, should the caller have closed them. */
	high = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (high < 0)
		die_errno("keep open the network namespace", path);
	close(fd);
	return high;
}

/* Be in the namespace for a moment, in which nothing of it is trusted or run. */
static void visit_inside(struct plan *plan, void (*visit)(struct plan *plan))
{
	int home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (home < 0 || setns(plan->namespace, CLONE_NEWNET))
		die_errno("enter", "the network namespace");
	visit(plan);
	if (setns(home, CLONE_NEWNET))
		die_errno("come back from", "the network namespace");
	close(home);
}

static void look_inside(struct plan *plan)
{
	static const struct cause cause = { "interface-exists",
		"name another one with --interface" };

	if (find_link(plan->interface).index)
		die_cause(&cause, "connect", plan->interface,
			"the network namespace has an interface of this name already");
	plan->ipv6 = plan->ipv6 && ipv6_is_on(plan->interface);
}

static void look_at_bridge(struct plan *plan)
{
	static const struct cause cause = { "no-bridge", "run net-bridge first" };
	static const struct cause bare = { "bridge-without-address",
		"give the bridge one, or run net-bridge" };
	struct link link = find_link(plan->bridge);

	if (!link.index)
		die_cause(&cause, "connect to the bridge", plan->bridge,
			"there is no such interface");
	if (!link.is_bridge)
		die("connect to the bridge", plan->bridge, "it is not a bridge");
	if (!link.address.prefix)
		die_cause(&bare, "connect to the bridge", plan->bridge,
			"it has no IPv4 address");
	plan->gateway = link.address;
	plan->gateway6 = link.address6;
	/* The address inside is the subnet's and the host part of the IPv4 address, which
	 * must have room there. */
	plan->ipv6 = plan->ipv6 && link.address6.prefix &&
		link.address6.prefix <= 96 + link.address.prefix;
}

/* The part of an IPv4 address that is not the subnet's. */
static uint32_t host_part(const struct plan *plan, uint32_t address)
{
	return address & ~mask4(plan->gateway.prefix);
}

/* Give the IPv6 address a last part of HOST, below the bridge's subnet. */
static struct address6 join6(const struct plan *plan, uint32_t host)
{
	struct address6 address = plan->gateway6;

	for (unsigned bit = address.prefix; bit < 128; bit++)
		address.address.s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	for (int i = 0; i < 4; i++)
		address.address.s6_addr[15 - i] |= (uint8_t)(host >> 8 * i);
	return address;
}

static bool same6(const struct address6 *a, const struct address6 *b)
{
	return !memcmp(&a->address, &b->address, sizeof a->address);
}

/* Neither the subnet's own, nor its broadcast's, nor the bridge's. */
static bool is_usable(const struct plan *plan, uint32_t address)
{
	uint32_t host = host_part(plan, address);
	struct address6 address6 = join6(plan, host);

	return host && host != ~mask4(plan->gateway.prefix) &&
		address != plan->gateway.address &&
		!(plan->ipv6 && same6(&address6, &plan->gateway6));
}

/* Fix what the options left open, now that the address is known. */
static struct plan complete(const struct plan *plan, uint32_t address)
{
	struct plan whole = *plan;

	whole.address = (struct address4){ address, plan->gateway.prefix };
	if (plan->address6.prefix)
		whole.address6.prefix = plan->gateway6.prefix;
	else
		whole.address6 = join6(plan, host_part(plan, address));
	/* Docker's form: locally administered, and known from the address, so that a
	 * neighbour's table stays right when the address is used again. */
	if (!*plan->mac)
		snprintf(whole.mac, sizeof whole.mac, "02:42:%02x:%02x:%02x:%02x",
			address >> 24, address >> 16 & 255, address >> 8 & 255,
			address & 255);
	return whole;
}

/* The host's end, whose name is the lease. */
static void name_port(const struct plan *plan, char name[IF_NAMESIZE])
{
	snprintf(name, IF_NAMESIZE, "veth%08x", plan->address.address);
}

enum outcome {
	MADE,
	TAKEN,
};

/* The kernel does all of this or nothing: there is no half-made pair. */
static enum outcome make_pair(const struct plan *plan)
{
	static const struct cause full = { "bridge-full",
		"a bridge has at most 1023 ports; use another network" };
	char name[IF_NAMESIZE], namespace[32], mtu[16], said[256];
	const char *arguments[] = { "ip", "link", "add", "name", name, "master",
		plan->bridge, "up", "mtu", mtu, "type", "veth", "peer", "name",
		plan->interface, "mtu", mtu, "address", plan->mac, "netns", namespace,
		NULL };
	const struct spawn spawn = { arguments, NULL, CAP(NET_ADMIN), -1,
		plan->namespace };
	struct plan again = *plan;

	name_port(plan, name);
	/* The names are looked at first, since a question costs less than a process. */
	if (if_nametoindex(name))
		return TAKEN;
	snprintf(namespace, sizeof namespace, "/proc/self/fd/%d", plan->namespace);
	snprintf(mtu, sizeof mtu, "%u", plan->mtu);
	if (run_program(&spawn, said, sizeof said))
		return MADE;
	if (if_nametoindex(name))
		return TAKEN;
	/* Given back already by whoever had it; or the one inside exists by now. */
	if (strstr(said, "File exists")) {
		visit_inside(&again, look_inside);
		return TAKEN;
	}
	if (strstr(said, "Exchange full"))
		die_cause(&full, "connect to the bridge", plan->bridge, "%s", said);
	die("make the pair", name, "%s", said);
}

/* The address that was asked for, or none. */
static struct plan take_address(const struct plan *plan, uint32_t address)
{
	static const struct cause cause = { "address-in-use",
		"take another one, or end the container that has it" };
	struct plan whole = complete(plan, address);
	char text[ADDRESS_TEXT];

	format4(plan->address, text);
	if ((address & mask4(plan->gateway.prefix)) !=
		(plan->gateway.address & mask4(plan->gateway.prefix)))
		die("--address", text, "not in the subnet of %s", plan->bridge);
	if (!is_usable(plan, address))
		die("--address", text,
			"the bridge's, or the subnet's own or broadcast address");
	/* The kernel takes a network apart after its last process has gone, in its own
	 * time: a container that is started again would find its own address in use. */
	for (int patience = PATIENCE; make_pair(&whole) == TAKEN; patience--) {
		if (!patience)
			die_cause(
				&cause, "--address", text, "in use by another container");
		nanosleep(&(struct timespec){ .tv_nsec = 10000000 }, NULL);
	}
	return whole;
}

/* A free one. The search begins at random, so that those who search at the same time
 * don't meet and an address is not used again at once, and in the upper half, since low
 * addresses are what people give by hand and other engines begin with. */
static struct plan find_address(const struct plan *plan)
{
	static const struct cause cause = { "address-pool-empty",
		"end containers, or use a network with a larger --subnet" };
	uint32_t size = ~mask4(plan->gateway.prefix), first, start;
	char text[ADDRESS_TEXT];

	if (getrandom(&start, sizeof start, 0) != sizeof start)
		die_errno("read", "random numbers");
	first = plan->gateway.address & mask4(plan->gateway.prefix);
	start = size / 2 + start % (size / 2 + 1);
	for (uint32_t i = 0; i <= size; i++) {
		uint32_t address = first | ((start + i) & size);
		struct plan whole = complete(plan, address);

		if (is_usable(plan, address) && make_pair(&whole) == MADE)
			return whole;
	}
	die_cause(&cause, "find a free address",
		format4((struct address4){ first, plan->gateway.prefix }, text),
		"all are in use");
}

/* An IPv6 address of the user's choice must not be one that some container gets with its
 * IPv4 address. */
static void check_address6(const struct plan *plan)
{
	struct address6 subnet = join6(plan, 0), theirs = plan->address6;
	uint32_t most = ~mask4(plan->gateway.prefix), last = 0;
	char text[ADDRESS_TEXT];
	struct address6 cut = { theirs.address, plan->gateway6.prefix };

	theirs.prefix = 0;
	format6(&theirs, text);
	for (unsigned bit = cut.prefix; bit < 128; bit++)
		cut.address.s6_addr[bit / 8] &= (uint8_t) ~(0x80 >> bit % 8);
	if (!plan->ipv6)
		die("--address6", text, "no IPv6 on %s or in the namespace",
			plan->bridge);
	if (!same6(&cut, &subnet))
		die("--address6", text, "not in a subnet of %s", plan->bridge);
	for (int i = 12; i < 16; i++)
		last = last << 8 | theirs.address.s6_addr[i];
	cut = join6(plan, last);
	if (last <= most && same6(&cut, &theirs) &&
		!(plan->address.address &&
			last == host_part(plan, plan->address.address)))
		die("--address6", text,
			"it goes with an IPv4 address; take one whose last part is above "
			"%x",
			most);
	if (same6(&theirs, &plan->gateway6))
		die("--address6", text, "it is the bridge's");
}

/* Only when the second step failed: removing an interface waits for the kernel's grace
 * periods, many times what all the rest takes. */
static void remove_pair(const struct plan *plan)
{
	char name[IF_NAMESIZE], said[256];
	const char *arguments[] = { "ip", "link", "del", "dev", name, NULL };
	const struct spawn spawn = { arguments, NULL, CAP(NET_ADMIN), -1, -1 };

	name_port(plan, name);
	if (!run_program(&spawn, said, sizeof said))
		warn("remove", name, "%s", said);
}

/* A setting of IPv6 for one interface; none where the kernel has no IPv6. Returns 0 or
 * errno: whoever fails here has a pair to remove. */
static int set_ipv6(const char *interface, const char *setting, const char *value)
{
	char path[80];
	int fd, error = 0;

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/%s", interface, setting);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? 0 : errno;
	if (write(fd, value, strlen(value)) < 0)
		error = errno;
	close(fd);
	return error;
}

/* A port of a bridge takes part in nothing itself: an address of its own would only be
 * one more to announce. */
static int settle_outside(const struct plan *plan)
{
	char name[IF_NAMESIZE];

	name_port(plan, name);
	return set_ipv6(name, "disable_ipv6", "1");
}

static void settle_inside(struct plan *plan)
{
	/* The addresses are set from here: whatever a neighbour announces as a router is
	 * not for this interface. */
	plan->error = set_ipv6(plan->interface, "accept_ra", "0");
	/* Nobody else has its link-local address either, which follows from the MAC:
	 * asking would delay it by a second, and bother every port of the bridge. */
	if (!plan->error)
		plan->error = set_ipv6(plan->interface, "accept_dad", "0");
}

static void settle(struct plan *plan)
{
	plan->error = settle_outside(plan);
	if (!plan->error)
		visit_inside(plan, settle_inside);
	if (!plan->error)
		return;
	remove_pair(plan);
	errno = plan->error;
	die_errno("set IPv6 parameters of", plan->interface);
}

/* nodad: nobody else has the address, and finding that out would take a second. */
static void configure_inside(struct plan *plan)
{
	static const struct cause cause = { "default-route-exists",
		"another network is the default already; add --no-default-route" };
	static const char *const arguments[] = { "ip", "-batch", "-", NULL };
	char batch[768], said[256], text[ADDRESS_TEXT];
	const struct spawn spawn = { arguments, batch, CAP(NET_ADMIN), plan->namespace,
		-1 };
	struct address4 gateway = { plan->gateway.address, 0 };
	struct address6 gateway6 = { plan->gateway6.address, 0 };
	size_t length = 0;

#define ADD(...)                                                                         \
	length += (size_t)snprintf(batch + length, sizeof batch - length, __VA_ARGS__)
	ADD("link set dev lo up\naddr add %s broadcast + dev %s\n",
		format4(plan->address, text), plan->interface);
	if (plan->ipv6)
		ADD("addr add %s nodad dev %s\n", format6(&plan->address6, text),
			plan->interface);
	ADD("link set dev %s up\n", plan->interface);
	if (plan->default_route)
		ADD("route add default via %s dev %s\n", format4(gateway, text),
			plan->interface);
	if (plan->default_route && plan->ipv6)
		ADD("route add default via %s dev %s\n", format6(&gateway6, text),
			plan->interface);
#undef ADD
	if (run_program(&spawn, said, sizeof said))
		return;
	remove_pair(plan);
	if (plan->default_route && strstr(said, "File exists"))
		die_cause(&cause, "configure", plan->interface, "%s", said);
	die("configure", plan->interface, "%s", said);
}

static void print_plan(const struct plan *plan)
{
	char text[ADDRESS_TEXT];

	printf("address %s\n", format4(plan->address, text));
	if (plan->ipv6)
		printf("address6 %s\n", format6(&plan->address6, text));
	printf("mac %s\n", plan->mac);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
}

static void parse_option(int option, const char *text, struct plan *plan)
{
	switch (option) {
	case 'b':
		check_interface_name("--bridge", text);
		plan->bridge = text;
		break;
	case 'i':
		check_interface_name("--interface", text);
		plan->interface = text;
		break;
	case 'a':
		if (!read4(text, &plan->address) || plan->address.prefix ||
			!plan->address.address)
			die("--address", text, "not an IPv4 address");
		break;
	case OPTION_ADDRESS6:
		if (!read6(text, &plan->address6) || plan->address6.prefix)
			die("--address6", text, "not an IPv6 address");
		plan->address6.prefix = 128;
		break;
	case OPTION_MAC:
		snprintf(plan->mac, sizeof plan->mac, "%s", read_mac(text));
		break;
	case OPTION_MTU:
		/* From what IPv6 needs of a link to what the kernel knows. */
		plan->mtu = (unsigned)parse_uint("--mtu", text, 1280, 65535);
		break;
	case OPTION_NO_IPV6:
		plan->ipv6 = false;
		break;
	case OPTION_NO_ROUTE:
		plan->default_route = false;
		break;
	}
}

int main(int argc, char *argv[])
{
	struct plan plan = { .bridge = "container0",
		.interface = "eth0",
		.mtu = 1500,
		.ipv6 = true,
		.default_route = true };
	struct common common = { 0 };
	const char *path = NULL;
	char process[32];
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		if (option == OPTION_NETNS)
			path = optarg;
		else
			parse_option(option, optarg, &plan);
	}
	if (!path == !argv[optind] || (argv[optind] && argv[optind + 1]))
		die_usage(&tool, "which process, or which namespace?");
	if (!path) {
		/* The kernel's highest, PID_MAX_LIMIT. */
		snprintf(process, sizeof process, "/proc/%u/ns/net",
			(unsigned)parse_uint("pid", argv[optind], 1, 1 << 22));
		path = process;
	}
	start_tool(&tool, &common);

	plan.namespace = open_namespace(path);
	visit_inside(&plan, look_inside);
	look_at_bridge(&plan);
	if (plan.address6.prefix)
		check_address6(&plan);
	plan = plan.address.address ? take_address(&plan, plan.address.address)
				    : find_address(&plan);
	settle(&plan);
	configure_inside(&plan);
	print_plan(&plan);
}
