/* SPDX-License-Identifier: MIT */
#include "net.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "die.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

uint32_t mask4(unsigned prefix)
{
	return prefix ? UINT32_MAX << (32 - prefix) : 0;
}

static void append_prefix(char text[ADDRESS_TEXT], unsigned prefix)
{
	size_t length = strlen(text);

	if (prefix)
		snprintf(text + length, ADDRESS_TEXT - length, "/%u", prefix);
}

const char *format4(struct address4 from, char text[ADDRESS_TEXT])
{
	struct in_addr address = { htonl(from.address) };

	inet_ntop(AF_INET, &address, text, ADDRESS_TEXT);
	append_prefix(text, from.prefix);
	return text;
}

const char *format6(const struct address6 *from, char text[ADDRESS_TEXT])
{
	inet_ntop(AF_INET6, &from->address, text, ADDRESS_TEXT);
	append_prefix(text, from->prefix);
	return text;
}

/* Splits "address/prefix"; the prefix is 0 where there is none, and -1 if it is bad. */
static int split_prefix(const char *text, char address[INET6_ADDRSTRLEN], int most)
{
	size_t length = strcspn(text, "/");
	const char *digits = text + length + 1;
	int prefix = 0;

	if (length >= INET6_ADDRSTRLEN)
		return -1;
	memcpy(address, text, length);
	address[length] = '\0';
	if (!text[length])
		return 0;
	if (!*digits || strlen(digits) > 3 || digits[0] == '0' ||
		digits[strspn(digits, "0123456789")])
		return -1;
	for (; *digits; digits++)
		prefix = prefix * 10 + *digits - '0';
	return prefix <= most ? prefix : -1;
}

bool read4(const char *text, struct address4 *to)
{
	char plain[INET6_ADDRSTRLEN];
	struct in_addr address;
	int prefix = split_prefix(text, plain, 32);

	if (prefix < 0 || inet_pton(AF_INET, plain, &address) != 1)
		return false;
	*to = (struct address4){ ntohl(address.s_addr), (unsigned)prefix };
	return true;
}

bool read6(const char *text, struct address6 *to)
{
	char plain[INET6_ADDRSTRLEN];
	int prefix = split_prefix(text, plain, 128);

	to->prefix = (unsigned)prefix;
	return prefix >= 0 && inet_pton(AF_INET6, plain, &to->address) == 1;
}

void check_interface_name(const char *what, const char *name)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";

	if (!*name || strlen(name) >= IF_NAMESIZE)
		die(what, name, "an interface's name has 1 to %d characters",
			IF_NAMESIZE - 1);
	if (name[strspn(name, plain)] || *name == '-' || *name == '.')
		die(what, name, "an interface's name is letters, digits, _ - and .");
	/* Below /proc/sys/net these stand for every interface. */
	if (!strcmp(name, "all") || !strcmp(name, "default") || !strcmp(name, "lo"))
		die(what, name, "the kernel uses this name itself");
}

int read_number(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), value = -1;
	char text[16] = "";
	ssize_t got;

	if (fd < 0 && errno == ENOENT)
		return -1;
	/* Not "no such setting": that would quietly be a network without IPv6. */
	if (fd < 0 || (got = read(fd, text, 9)) < 0)
		die_errno("read", path);
	close(fd);
	for (ssize_t i = 0; i < got && text[i] >= '0' && text[i] <= '9'; i++)
		value = (value < 0 ? 0 : value * 10) + text[i] - '0';
	return value;
}

bool ipv6_is_on(const char *name)
{
	char path[80];

	snprintf(path, sizeof path, "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	return read_number("/proc/sys/net/ipv6/conf/all/disable_ipv6") == 0 &&
		read_number("/proc/sys/net/ipv6/conf/default/disable_ipv6") == 0 &&
		read_number(path) < 1;
}

void begin_request(
	struct request *request, int type, int flags, const void *fixed, size_t size)
{
	memset(request, 0, sizeof *request);
	request->header.nlmsg_type = (uint16_t)type;
	/* A list ends with a message of its own, a single answer with the
	 * acknowledgement. */
	request->header.nlmsg_flags =
		(uint16_t)(NLM_F_REQUEST | (flags & NLM_F_DUMP ? flags : NLM_F_ACK));
	memcpy(request->body, fixed, size);
	request->header.nlmsg_len = (uint32_t)NLMSG_LENGTH(NLMSG_ALIGN(size));
}

struct nlattr *add_attribute(
	struct request *request, int type, const void *data, size_t size)
{
	size_t used = request->header.nlmsg_len - sizeof request->header;
	struct nlattr head = { (uint16_t)(NLA_HDRLEN + size), (uint16_t)type };
	char *at = request->body + used;

	if (used + NLA_HDRLEN + NLA_ALIGN(size) > sizeof request->body)
		abort();
	memcpy(at, &head, sizeof head);
	if (size)
		memcpy(at + NLA_HDRLEN, data, size);
	request->header.nlmsg_len += (uint32_t)(NLA_HDRLEN + NLA_ALIGN(size));
	return (struct nlattr *)(void *)at;
}

void end_nested(struct request *request, struct nlattr *nested)
{
	char *end = (char *)request + request->header.nlmsg_len;

	nested->nla_len = (uint16_t)(end - (char *)nested);
	nested->nla_type |= NLA_F_NESTED;
}

const struct nlattr *find_attribute(const void *attributes, size_t length, int type)
{
	const char *at = attributes;

	while (length >= NLA_HDRLEN) {
		const struct nlattr *attribute = (const void *)at;
		size_t step = NLA_ALIGN(attribute->nla_len);

		if (attribute->nla_len < NLA_HDRLEN || attribute->nla_len > length)
			break;
		if ((attribute->nla_type & NLA_TYPE_MASK) == type)
			return attribute;
		if (step >= length)
			break;
		at += step;
		length -= step;
	}
	return NULL;
}

const void *attribute_data(const struct nlattr *attribute)
{
	return (const char *)attribute + NLA_HDRLEN;
}

size_t attribute_size(const struct nlattr *attribute)
{
	return attribute->nla_len - (size_t)NLA_HDRLEN;
}

const void *message_attributes(const struct nlmsghdr *message, size_t size)
{
	return (const char *)message + NLMSG_HDRLEN + NLMSG_ALIGN(size);
}

size_t message_attributes_size(const struct nlmsghdr *message, size_t size)
{
	size_t head = NLMSG_HDRLEN + NLMSG_ALIGN(size);

	return message->nlmsg_len > head ? message->nlmsg_len - head : 0;
}

/* One datagram of the answer. Returns -1 if more must follow, else as ask_kernel. */
static int visit_messages(const char *buffer, size_t length,
	void (*visit)(const struct nlmsghdr *message, void *context), void *context)
{
	while (length >= sizeof(struct nlmsghdr)) {
		const struct nlmsghdr *message = (const void *)buffer;
		size_t step = NLMSG_ALIGN(message->nlmsg_len);

		if (message->nlmsg_len < sizeof *message || message->nlmsg_len > length)
			return EBADMSG;
		if (message->nlmsg_type == NLMSG_DONE)
			return 0;
		if (message->nlmsg_type == NLMSG_ERROR)
			return -*(const int *)(const void *)(buffer + NLMSG_HDRLEN);
		visit(message, context);
		if (step >= length)
			break;
		buffer += step;
		length -= step;
	}
	return -1;
}

int ask_kernel(int protocol, struct request *request,
	void (*visit)(const struct nlmsghdr *message, void *context), void *context)
{
	/* The kernel never sends more at once than was read for, up to 32 KiB. */
	_Alignas(struct nlmsghdr) char buffer[32768];
	int result = -1, on = 1;
	int socket_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol);

	if (socket_fd < 0)
		return errno;
	/* So that the kernel itself picks the addresses of one interface (Linux 4.20). */
	setsockopt(socket_fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
	if (send(socket_fd, request, request->header.nlmsg_len, 0) < 0)
		result = errno;
	while (result < 0) {
		ssize_t got = recv(socket_fd, buffer, sizeof buffer, 0);

		if (got > 0)
			result = visit_messages(buffer, (size_t)got, visit, context);
		else if (got == 0 || errno != EINTR)
			result = got ? errno : EBADMSG;
	}
	close(socket_fd);
	return result;
}

static void visit_link(const struct nlmsghdr *message, void *context)
{
	const struct ifinfomsg *info = NLMSG_DATA(message);
	const struct nlattr *linkinfo, *kind;
	struct link *link = context;

	if (message->nlmsg_type != RTM_NEWLINK)
		return;
	link->index = info->ifi_index;
	link->is_up = info->ifi_flags & IFF_UP;
	linkinfo = find_attribute(message_attributes(message, sizeof *info),
		message_attributes_size(message, sizeof *info), IFLA_LINKINFO);
	if (!linkinfo)
		return;
	kind = find_attribute(
		attribute_data(linkinfo), attribute_size(linkinfo), IFLA_INFO_KIND);
	link->is_bridge = kind && attribute_size(kind) >= sizeof "bridge" &&
		!strcmp(attribute_data(kind), "bridge");
}

static void visit_address(const struct nlmsghdr *message, void *context)
{
	const struct ifaddrmsg *info = NLMSG_DATA(message);
	const void *attributes = message_attributes(message, sizeof *info);
	size_t length = message_attributes_size(message, sizeof *info);
	const struct nlattr *found;
	struct link *link = context;

	if (message->nlmsg_type != RTM_NEWADDR || (int)info->ifa_index != link->index ||
		info->ifa_scope != RT_SCOPE_UNIVERSE)
		return;
	if (info->ifa_family == AF_INET && !link->address.prefix &&
		(found = find_attribute(attributes, length, IFA_LOCAL)) &&
		attribute_size(found) == 4) {
		memcpy(&link->address.address, attribute_data(found), 4);
		link->address.address = ntohl(link->address.address);
		link->address.prefix = info->ifa_prefixlen;
	}
	if (info->ifa_family == AF_INET6 && !link->address6.prefix &&
		(found = find_attribute(attributes, length, IFA_ADDRESS)) &&
		attribute_size(found) == 16) {
		memcpy(&link->address6.address, attribute_data(found), 16);
		link->address6.prefix = info->ifa_prefixlen;
	}
}

struct link find_link(const char *name)
{
	struct ifinfomsg any = { 0 };
	struct ifaddrmsg one = { 0 };
	struct request request;
	struct link link = { 0 };
	int error;

	begin_request(&request, RTM_GETLINK, 0, &any, sizeof any);
	add_attribute(&request, IFLA_IFNAME, name, strlen(name) + 1);
	error = ask_kernel(NETLINK_ROUTE, &request, visit_link, &link);
	if (!error && link.index) {
		one.ifa_index = (uint32_t)link.index;
		begin_request(&request, RTM_GETADDR, NLM_F_DUMP, &one, sizeof one);
		error = ask_kernel(NETLINK_ROUTE, &request, visit_address, &link);
	}
	if (error == ENODEV)
		return (struct link){ 0 };
	if (error) {
		errno = error;
		die_errno("look at the interface", name);
	}
	return link;
}
