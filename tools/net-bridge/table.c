/* SPDX-License-Identifier: MIT */
/* The table inet container_tools: one rule serves all networks, since it asks a set of
 * subnets, and a network more is an element more.
 *
 * The rules go by source and destination address, never by interface: where br_netfilter
 * is loaded, packets between two ports of a bridge pass these hooks too, as coming from
 * and going to the bridge, or from a port, so a rule by interface means different things
 * on different hosts. */

#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "die.h"
#include "net-bridge.h"
#include "spawn.h"

#define TABLE "container_tools"
#define ADD(rule) "add rule inet " TABLE " " rule "\n"

/* Every line is idempotent but the rules', whose chains are emptied first; sets keep what
 * they have.
 *
 * forward: what has nothing to do with our subnets is let through. A stranger who routes
 * to a container's address reaches only what was published (status dnat) and what the
 * containers asked for. Link-local sources are neighbours on the bridge, never routed:
 * they ask whether an address is still there.
 *
 * postrouting: what goes to all on a bridge keeps its sender. */
/* clang-format off */
static const char structure[] =
	"add table inet " TABLE "\n"
	"add set inet " TABLE " subnets { type ipv4_addr; flags interval; }\n"
	"add set inet " TABLE " subnets6 { type ipv6_addr; flags interval; }\n"
	"add chain inet " TABLE " forward { type filter hook forward priority filter; }\n"
	"add chain inet " TABLE " postrouting { type nat hook postrouting priority srcnat; }\n"
	"flush chain inet " TABLE " forward\n"
	"flush chain inet " TABLE " postrouting\n"
	ADD("forward ct state established,related accept")
	ADD("forward ct status dnat accept")
	ADD("forward ip6 saddr fe80::/10 accept")
	ADD("forward ip daddr @subnets ip saddr != @subnets drop")
	ADD("forward ip6 daddr @subnets6 ip6 saddr != @subnets6 drop")
	ADD("postrouting ip daddr { 224.0.0.0/4, 255.255.255.255 } accept")
	ADD("postrouting ip6 daddr { ff00::/8, fe80::/10 } accept")
	ADD("postrouting ip saddr @subnets ip daddr != @subnets masquerade")
	ADD("postrouting ip6 saddr @subnets6 ip6 daddr != @subnets6 masquerade");
/* clang-format on */
#undef ADD

static void count_message(const struct nlmsghdr *message, void *context)
{
	int *count = context;

	*count += message->nlmsg_type != NLMSG_NOOP;
}

/* Is KEY within an element of SET? The answer is no as well where the set or the table is
 * not there, or the kernel has no nftables loaded. */
static bool has_element(const char *set, const void *key, size_t size)
{
	struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };
	struct nlattr *elements, *element, *value;
	struct request request;
	int count = 0, error;

	begin_request(&request, NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETSETELEM, 0,
		&family, sizeof family);
	add_attribute(&request, NFTA_SET_ELEM_LIST_TABLE, TABLE, sizeof TABLE);
	add_attribute(&request, NFTA_SET_ELEM_LIST_SET, set, strlen(set) + 1);
	elements = add_attribute(&request, NFTA_SET_ELEM_LIST_ELEMENTS, NULL, 0);
	element = add_attribute(&request, NFTA_LIST_ELEM, NULL, 0);
	value = add_attribute(&request, NFTA_SET_ELEM_KEY, NULL, 0);
	add_attribute(&request, NFTA_DATA_VALUE, key, size);
	end_nested(&request, value);
	end_nested(&request, element);
	end_nested(&request, elements);
	error = ask_kernel(NETLINK_NETFILTER, &request, count_message, &count);
	if (error == EPERM) {
		errno = error;
		die_errno("ask for the table", TABLE);
	}
	return !error && count;
}

static bool has_subnet(const struct network *network)
{
	uint32_t key = htonl(network->gateway.address);

	return has_element("subnets", &key, sizeof key);
}

static bool has_subnet6(const struct network *network)
{
	return has_element(
		"subnets6", &network->gateway6.address, sizeof network->gateway6.address);
}

bool table_has(const struct network *network)
{
	return has_subnet(network) && (!network->gateway6.prefix || has_subnet6(network));
}

static void run_nft(const char *script, const char *tried)
{
	static const char *const arguments[] = { "nft", "-f", "-", NULL };
	const struct spawn spawn = { arguments, script, CAP(NET_ADMIN), -1, -1 };
	char said[256];

	if (!run_program(&spawn, said, sizeof said))
		die(tried, "table inet " TABLE, "%s", said);
}

/* "add" or "delete" the network's elements; those that are there already, or are not, are
 * left out, since nft refuses them. */
static size_t change_elements(char *script, size_t size, const char *verb, bool there,
	const struct network *network)
{
	struct address4 subnet = subnet_of(network->gateway);
	struct address6 subnet6 = subnet6_of(network->gateway6);
	char text[ADDRESS_TEXT];
	size_t length = 0;

	if (subnet.prefix && has_subnet(network) == there)
		length += (size_t)snprintf(script, size,
			"%s element inet " TABLE " subnets { %s }\n", verb,
			format4(subnet, text));
	if (subnet6.prefix && has_subnet6(network) == there)
		length += (size_t)snprintf(script + length, size - length,
			"%s element inet " TABLE " subnets6 { %s }\n", verb,
			format6(&subnet6, text));
	return length;
}

void make_table(const struct network *network)
{
	char script[sizeof structure + 256];

	memcpy(script, structure, sizeof structure);
	change_elements(script + sizeof structure - 1, 256, "add", false, network);
	run_nft(script, "make");
}

void clear_table(const struct network *network, bool last)
{
	char script[256];

	if (last)
		/* Added first, so that it is no error if it is not there. */
		run_nft("add table inet " TABLE "\ndelete table inet " TABLE "\n",
			"remove");
	else if (change_elements(script, sizeof script, "delete", true, network))
		run_nft(script, "take the network out of");
}
