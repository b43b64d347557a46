/* SPDX-License-Identifier: MIT */
/* net-bridge: see that the bridge of a network is there, and print its addresses.
 *
 * Run before every start of a container, so nearly always everything is there already:
 * that is established by a few questions to the kernel, without a process, a lock or a
 * file. Where something is missing - the first time, after a reboot, after somebody
 * flushed the firewall - the same questions are asked again under a lock, and only what
 * is missing is made: the bridge by one ip -batch, the rules by one nft transaction. So a
 * run that was killed half-way is finished by the next one.
 *
 * What the bridge itself says comes first: containers are connected to it. The state
 * directory only remembers the subnets for the next boot. */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "die.h"
#include "net-bridge.h"
#include "spawn.h"
#include "tool.h"

enum {
	OPTION_NO_IPV6 = OPTION_OWN,
	OPTION_REMOVE,
};

static const struct tool_option options[] = {
	{ 's', "state", "directory", "where the subnets are remembered, below net/" },
	{ 'n', "name", "name", "of the network and its bridge; container0 if not given" },
	{ 'S', "subnet", "address/prefix",
		"the addresses to use, once IPv4, once IPv6; else free ones" },
	{ OPTION_NO_IPV6, "no-ipv6", NULL, "IPv4 only" },
	{ OPTION_REMOVE, "remove", NULL, "remove the bridge, and forget its subnets" },
	{ 0 },
};

static const struct tool tool = {
	.name = "net-bridge",
	.kind = JOB,
	.purpose = "see that a network's bridge is there, with addresses, forwarding and "
		   "NAT",
	.synopsis = "--state directory [--name name] [--subnet address/prefix ...] "
		    "[--no-ipv6] [--remove]",
	.options = options,
	.capabilities = CAP(NET_ADMIN),
};

/* What the kernel has of the network already. */
static struct link look_at(const char *name, struct network *network)
{
	struct link link = find_link(name);

	if (link.index && !link.is_bridge)
		die("use as a bridge", name,
			"there is an interface of this name, but it is "
			"not a bridge");
	*network = (struct network){ name, link.address, link.address6 };
	return link;
}

/* A network doesn't change its subnet while containers are on it. */
static void check_wanted(const struct network *wanted, const struct network *network)
{
	static const struct cause cause = { "subnet-in-use",
		"take another --name, or take it away with --remove first" };
	char text[ADDRESS_TEXT];

	if (wanted->gateway.prefix && network->gateway.prefix &&
		memcmp(&wanted->gateway, &network->gateway, sizeof wanted->gateway))
		die_cause(&cause, "--subnet", network->name, "the bridge has %s",
			format4(network->gateway, text));
	if (wanted->gateway6.prefix && network->gateway6.prefix &&
		memcmp(&wanted->gateway6, &network->gateway6, sizeof wanted->gateway6))
		die_cause(&cause, "--subnet", network->name, "the bridge has %s",
			format6(&network->gateway6, text));
}

static bool is_complete(const struct link *link, const struct network *network, bool ipv6)
{
	return link->is_bridge && link->is_up && network->gateway.prefix &&
		(network->gateway6.prefix || !ipv6) && forwarding_is_on(ipv6) &&
		table_has(network);
}

static void run_ip(const char *batch, const char *tried, const char *name)
{
	static const char *const arguments[] = { "ip", "-batch", "-", NULL };
	const struct spawn spawn = { arguments, batch, CAP(NET_ADMIN), -1, -1 };
	char said[256];

	if (!run_program(&spawn, said, sizeof said))
		die(tried, name, "%s", said);
}

/* The parts of the bridge that LINK doesn't have. Its hardware address is fixed from the
 * start: otherwise it would change to the lowest of its ports with every container, and
 * the others would keep a stale one. nodad: nobody else can have the address, and waiting
 * a second to find out would delay the first container. */
static void make_bridge(const struct link *link, const struct network *network)
{
	char batch[512], text[ADDRESS_TEXT];
	uint32_t address = network->gateway.address;
	size_t length = 0;

#define ADD(...)                                                                         \
	length += (size_t)snprintf(batch + length, sizeof batch - length, __VA_ARGS__)
	if (!link->index)
		ADD("link add name %s address 02:42:%02x:%02x:%02x:%02x type bridge\n",
			network->name, address >> 24, address >> 16 & 255,
			address >> 8 & 255, address & 255);
	if (!link->address.prefix)
		ADD("addr add %s broadcast + dev %s\n", format4(network->gateway, text),
			network->name);
	if (!link->address6.prefix && network->gateway6.prefix)
		ADD("addr add %s nodad dev %s\n", format6(&network->gateway6, text),
			network->name);
	if (!link->is_up)
		ADD("link set dev %s up\n", network->name);
#undef ADD
	if (length)
		run_ip(batch, "make the bridge", network->name);
}

static void make_network(const char *state, const struct network *wanted, bool ipv6,
	struct network *network)
{
	int networks = lock_state(state);
	struct link link = look_at(wanted->name, network);

	check_wanted(wanted, network);
	/* Of several that came at once, the first has done it by now. */
	if (is_complete(&link, network, ipv6))
		return;
	choose_subnets(networks, wanted, ipv6, network);
	turn_on_forwarding(ipv6);
	make_bridge(&link, network);
	ignore_announcements(network->name);
	if (table_has(network))
		return;
	if (link.address.prefix)
		warn("repair", "table inet container_tools",
			"the firewall had lost the rules of %s", network->name);
	make_table(network);
}

static void remove_network(const char *state, const char *name)
{
	struct network network;
	int networks = lock_state(state);
	struct link link = look_at(name, &network);
	char batch[64];
	bool last;

	if (link.index) {
		snprintf(batch, sizeof batch, "link del dev %s\n", name);
		run_ip(batch, "remove the bridge", name);
	}
	last = !forget_subnets(networks, name);
	clear_table(&network, last);
}

static void print_network(const struct network *network)
{
	char text[ADDRESS_TEXT];

	printf("bridge %s\n", network->name);
	printf("gateway %s\n", format4(network->gateway, text));
	if (network->gateway6.prefix)
		printf("gateway6 %s\n", format6(&network->gateway6, text));
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
}

int main(int argc, char *argv[])
{
	struct network wanted = { .name = "container0" }, network;
	bool remove = false, ipv6 = true;
	struct common common = { 0 };
	const char *state = NULL;
	struct link link;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 's':
			state = optarg;
			break;
		case 'n':
			check_interface_name("--name", optarg);
			wanted.name = optarg;
			break;
		case 'S':
			parse_subnet(optarg, &wanted);
			break;
		case OPTION_NO_IPV6:
			ipv6 = false;
			break;
		case OPTION_REMOVE:
			remove = true;
			break;
		}
	}
	if (!state || argv[optind])
		die_usage(&tool, "which state directory, and no operands?");
	start_tool(&tool, &common);

	if (remove) {
		remove_network(state, wanted.name);
		return 0;
	}
	ipv6 = ipv6 && ipv6_is_on(wanted.name);
	link = look_at(wanted.name, &network);
	check_wanted(&wanted, &network);
	if (!is_complete(&link, &network, ipv6))
		make_network(state, &wanted, ipv6, &network);
	print_network(&network);
}
