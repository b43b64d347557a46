/* SPDX-License-Identifier: MIT */
#pragma once

#include <linux/netlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Questions to the kernel about the network of the calling process's namespace, and the
 * forms of addresses. Only questions: everything is made by ip and nft. Through netlink,
 * not sysfs, since what /sys/class/net shows is the namespace of whoever mounted it. */

/* An address and the length of its subnet's prefix. IPv4 addresses are numbers in the
 * host's order. A prefix of 0 means that there is none. */
struct address4 {
	uint32_t address;
	unsigned prefix;
};
struct address6 {
	struct in6_addr address;
	unsigned prefix;
};

/* Room for the text of any address with its prefix. */
enum {
	ADDRESS_TEXT = INET6_ADDRSTRLEN + 4
};

/* The bits of an IPv4 subnet's mask. PREFIX is from 0 to 32. */
uint32_t mask4(unsigned prefix);

/* Write as "10.0.0.1/8" and "fd00::1/64", without "/..." where the prefix is 0. Returns
 * TEXT. */
const char *format4(struct address4 from, char text[ADDRESS_TEXT]);
const char *format6(const struct address6 *from, char text[ADDRESS_TEXT]);

/* Read such a text, or one without a prefix, which leaves it 0. False if TEXT is not of
 * the form. */
bool read4(const char *text, struct address4 *to);
bool read6(const char *text, struct address6 *to);

/* Die naming WHAT unless NAME can be an interface's, and is a plain word: letters,
 * digits, "_", "-", "." (no "-" or "." first), at most 15; it becomes part of what ip,
 * nft and paths below /proc/sys read. */
void check_interface_name(const char *what, const char *name);

/* What is known of an interface. */
struct link {
	int index; /* 0: there is none */
	bool is_bridge;
	bool is_up;
	struct address4 address; /* its first address of each family, global ones only */
	struct address6 address6;
};

/* Look at the interface called NAME. Dies if the kernel does not answer. */
struct link find_link(const char *name);

/* Whether IPv6 is there and on in this namespace, for the interface called NAME, which
 * may be one to come. */
bool ipv6_is_on(const char *name);

/* The number in a file of procfs, of up to 9 digits; -1 if there is none. */
int read_number(const char *path);

/* Below: the parts of a question, for those that only one tool asks. */

/* A request in the making; .header.nlmsg_len is its length. */
struct request {
	struct nlmsghdr header;
	char body[512];
};

/* Begin one of TYPE, with its fixed part of SIZE bytes. FLAGS: NLM_F_DUMP for a list. */
void begin_request(
	struct request *request, int type, int flags, const void *fixed, size_t size);

/* Add an attribute; returns where it begins, for end_nested. */
struct nlattr *add_attribute(
	struct request *request, int type, const void *data, size_t size);
void end_nested(struct request *request, struct nlattr *nested);

/* Find the attribute of TYPE in the LENGTH bytes at ATTRIBUTES; NULL if there is none. */
const struct nlattr *find_attribute(const void *attributes, size_t length, int type);
const void *attribute_data(const struct nlattr *attribute);
size_t attribute_size(const struct nlattr *attribute);

/* The attributes after a message's fixed part of SIZE bytes, and their length. */
const void *message_attributes(const struct nlmsghdr *message, size_t size);
size_t message_attributes_size(const struct nlmsghdr *message, size_t size);

/* Ask over a netlink socket of PROTOCOL (netlink(7)), and hand each message of the answer
 * to VISIT. Returns 0, or the kernel's errno. */
int ask_kernel(int protocol, struct request *request,
	void (*visit)(const struct nlmsghdr *message, void *context), void *context);
