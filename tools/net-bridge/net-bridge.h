/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>

#include "net.h"

/* One network: its bridge, whose addresses are the gateways of the containers, and with
 * their prefixes the subnets. A prefix of 0 means that it has none. */
struct network {
	const char *name;
	struct address4 gateway;
	struct address6 gateway6;
};

/* subnet.c: which addresses. */

/* The first address of a subnet is the gateway's, and back. */
struct address4 subnet_of(struct address4 gateway);
struct address6 subnet6_of(struct address6 gateway);
struct address4 gateway_of(struct address4 subnet);
struct address6 gateway6_of(struct address6 subnet);

/* Read --subnet, of either family, into the gateway that it means. Dies if it is not a
 * subnet that containers fit into. */
void parse_subnet(const char *text, struct network *wanted);

/* Open the directory of what is remembered about networks below STATE, made where it is
 * missing, and locked until this process ends. */
int lock_state(const char *state);

/* Give the network addresses where it has none yet: those WANTED, else those remembered
 * in NETWORKS, else new ones that clash with nothing; and remember them. */
void choose_subnets(
	int networks, const struct network *wanted, bool ipv6, struct network *network);

/* Forget them. Returns whether another network is remembered. */
bool forget_subnets(int networks, const char *name);

/* forwarding.c: the host passes packets on. */

bool forwarding_is_on(bool ipv6);

/* Turn on what is off, and say so. */
void turn_on_forwarding(bool ipv6);

/* Interface NAME takes no address and no route from what its containers announce. */
void ignore_announcements(const char *name);

/* table.c: the table inet container_tools of nftables. */

/* Whether the table serves the network's subnets: one question to the kernel each. */
bool table_has(const struct network *network);

/* Make of the table what is missing, in one transaction. */
void make_table(const struct network *network);

/* Take the network out of it; the table goes with the LAST. */
void clear_table(const struct network *network, bool last);
