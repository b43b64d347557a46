/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/nsfs.h>

#include "die.h"
#include "ns-exec.h"

static const struct cause no_user_namespaces = {
	"no-user-namespaces",
	"the host forbids user namespaces: see user.max_user_namespaces, "
	"kernel.unprivileged_userns_clone, kernel.apparmor_restrict_unprivileged_userns"
};
static const struct cause not_root = { "not-root",
	"start as root, or add --user to make the namespaces in a user namespace" };
static const struct cause no_namespaces = { "namespace-limit",
	"a limit in /proc/sys/user/max_*_namespaces is reached, or namespaces nest too "
	"deep" };

_Noreturn void die_namespaces(const struct request *request)
{
	const struct cause *cause = NULL;

	if (errno == EPERM)
		cause = request->flags & CLONE_NEWUSER ? &no_user_namespaces : &not_root;
	else if (errno == ENOSPC || errno == EUSERS)
		cause = &no_namespaces;
	die_errno_cause("make namespaces", NULL, cause);
}

/* Open all of them first: joining a mount or user namespace changes what a path means, or
 * what may be opened. The user namespace is joined first, for the rights in it, the mount
 * namespace last. */
void join_namespaces(struct request *request)
{
	static const int order[] = { CLONE_NEWUSER, CLONE_NEWCGROUP, CLONE_NEWIPC,
		CLONE_NEWNET, CLONE_NEWPID, CLONE_NEWTIME, CLONE_NEWUTS, CLONE_NEWNS };
	int fds[JOINS_MAX], types[JOINS_MAX];

	for (int i = 0; i < request->join_count; i++) {
		fds[i] = open(request->joins[i], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
		if (fds[i] < 0)
			die_errno("open the namespace", request->joins[i]);
		types[i] = ioctl(fds[i], NS_GET_NSTYPE);
		if (types[i] < 0)
			die("join", request->joins[i], "not a namespace");
		if (types[i] & request->flags)
			die("join", request->joins[i],
				"a new one of that kind is asked for too");
	}
	for (size_t type = 0; type < sizeof order / sizeof *order; type++) {
		for (int i = 0; i < request->join_count; i++) {
			if (types[i] != order[type])
				continue;
			if (setns(fds[i], types[i]))
				die_errno("join", request->joins[i]);
			request->join_pid |= types[i] == CLONE_NEWPID;
		}
	}
	for (int i = 0; i < request->join_count; i++)
		close(fds[i]);
}

/* What can only be said from inside, before the next program starts. */
void arrange_inside(const struct request *request)
{
	if (request->flags & CLONE_NEWNS && request->propagation &&
		mount(NULL, "/", NULL, request->propagation, NULL))
		die_errno("set the propagation of", "/");
	if (request->hostname &&
		sethostname(request->hostname, strlen(request->hostname)))
		die_errno("set the host name", request->hostname);
	if (request->domainname &&
		setdomainname(request->domainname, strlen(request->domainname)))
		die_errno("set the domain name", request->domainname);
}

void write_whole(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	/* The files of procfs take their value in one write or not at all. */
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		die_errno("write", path);
	close(fd);
}

static void write_clock(const char *clock, const char *seconds)
{
	char text[64];

	if (!seconds)
		return;
	snprintf(text, sizeof text, "%s %s 0\n", clock, seconds);
	write_whole("/proc/self/timens_offsets", text);
}

/* Offsets can be set only between unsharing, which concerns later children, and the first
 * of them (time_namespaces(7)); a clone that makes the namespace itself comes too late.
 */
void unshare_time(const struct request *request)
{
	if (unshare(CLONE_NEWTIME))
		die_errno("make a time namespace", NULL);
	write_clock("monotonic", request->monotonic);
	write_clock("boottime", request->boottime);
}

/* Since Linux 6.3 an exec does this by itself. */
void enter_time(void)
{
	int fd = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);

	if (fd < 0 || setns(fd, CLONE_NEWTIME))
		die_errno("enter", "the new time namespace");
	close(fd);
}
