/* SPDX-License-Identifier: MIT */
#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"

static const char *const directories[] = { "/usr/sbin", "/usr/bin", "/sbin", "/bin",
	"/usr/local/sbin", "/usr/local/bin" };
static const char *const environment[] = { "LC_ALL=C",
	"PATH=/usr/sbin:/usr/bin:/sbin:/bin", NULL };

enum {
	DIRECTORIES = sizeof directories / sizeof *directories
};

/* The input lies in memory: a pipe would block where it is longer than a pipe holds. */
static int open_input(const char *text, const char *program)
{
	size_t length = text ? strlen(text) : 0;
	int fd;

	if (!text)
		fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	else
		fd = memfd_create("input", MFD_CLOEXEC);
	if (fd < 0 || (length && write(fd, text, length) != (ssize_t)length) ||
		(length && lseek(fd, 0, SEEK_SET)))
		die_errno("prepare the input of", program);
	return fd;
}

/* execve(2) takes its strings as char *, but does not change them. */
union strings {
	const char *const *constant;
	char *const *plain;
};

/* FROM is never below TO: the three are opened in this order. */
static void place(int from, int to, const char *program)
{
	/* Only where the job was started without standard fds are they the same. */
	if (from == to ? fcntl(from, F_SETFD, 0) : dup2(from, to) < 0)
		die_errno("hand on the standard fds to", program);
}

/* In the child: nothing is buffered here, and nothing survives but by exec. */
static _Noreturn void become(
	const struct spawn *spawn, int input, int output, int error, pid_t parent)
{
	union strings arguments = { .constant = spawn->arguments };
	union strings variables = { .constant = environment };
	char path[64];
	sigset_t none;

	/* What goes wrong from here on is the job's to record. */
	report_as(spawn->arguments[0], -1);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	place(input, 0, spawn->arguments[0]);
	place(output, 1, spawn->arguments[0]);
	place(error, 2, spawn->arguments[0]);
	if (spawn->pass >= 0 && fcntl(spawn->pass, F_SETFD, 0))
		die_errno("hand on an fd to", spawn->arguments[0]);
	if (spawn->enter >= 0 && setns(spawn->enter, CLONE_NEWNET))
		die_errno("enter the network namespace for", spawn->arguments[0]);
	set_caps(spawn->capabilities, spawn->capabilities);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		die_errno("confine", spawn->arguments[0]);
	/* The parent may have died before the line above. */
	if (getppid() != parent)
		_exit(EXIT_TOOL);
	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(path, sizeof path, "%s/%s", directories[i], spawn->arguments[0]);
		execve(path, arguments.plain, variables.plain);
		if (errno != ENOENT && errno != ENOTDIR)
			break;
	}
	die_errno("execute", spawn->arguments[0]);
}

/* Reads to the end, so that the program never blocks; keeps the first line. */
static void read_said(int from, char *said, size_t size)
{
	char rest[512] = "";
	size_t length = 0;
	ssize_t got;

	for (;;) {
		size_t room = size - 1 - length;

		got = read(from, room ? said + length : rest, room ? room : sizeof rest);
		if (got == 0 || (got < 0 && errno != EINTR))
			break;
		if (got > 0 && room)
			length += (size_t)got;
	}
	said[length] = '\0';
	said[strcspn(said, "\n")] = '\0';
}

static void check_program(const char *program)
{
	static const struct cause cause = { "program-missing",
		"install it; in Debian, ip is in iproute2 and nft in nftables" };
	char path[64];

	for (int i = 0; i < DIRECTORIES; i++) {
		snprintf(path, sizeof path, "%s/%s", directories[i], program);
		if (!access(path, X_OK))
			return;
	}
	errno = ENOENT;
	die_errno_cause("find in the system's directories", program, &cause);
}

bool run_program(const struct spawn *spawn, char *said, size_t size)
{
	const char *program = spawn->arguments[0];
	int input = open_input(spawn->input, program), error[2], status;
	int output = open("/dev/null", O_WRONLY | O_CLOEXEC);
	pid_t parent = getpid(), child;

	check_program(program);
	/* An ignored SIGCHLD, inherited from a careless caller, would lose the status. */
	if (output < 0 || pipe2(error, O_CLOEXEC) || signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		die_errno("prepare to run", program);
	child = fork();
	if (child < 0)
		die_errno("fork to run", program);
	if (!child)
		become(spawn, input, output, error[1], parent);
	close(error[1]);
	read_said(error[0], said, size);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for", program);
	close(error[0]);
	close(input);
	close(output);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return true;
	if (!*said && WIFSIGNALED(status))
		snprintf(said, size, "killed by signal %d", WTERMSIG(status));
	else if (!*said)
		snprintf(said, size, "ended with status %d", WEXITSTATUS(status));
	return false;
}
