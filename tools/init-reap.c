/* SPDX-License-Identifier: MIT */
/* init-reap: run a program as the child of an init.
 *
 * The first process of a pid namespace is special to the kernel: it inherits every
 * process whose parent ends and must reap it, and a signal that it has no handler for is
 * not delivered to it at all. Hardly a program is written for that. This one is: the
 * program is its child, and so an ordinary process; its own work is to pass on every
 * signal, to reap, and to end with the program's status. What is left of the container
 * then ends with its init, by the kernel's hand.
 *
 * For job control on a terminal the program gets a process group of its own, and the
 * terminal, if ours was the foreground group. */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "die.h"
#include "fds.h"
#include "lookup.h"
#include "parse.h"
#include "tool.h"
#include "wait.h"

enum {
	OPTION_EXEC_FD = OPTION_OWN
};

static const struct tool_option options[] = {
	{ OPTION_EXEC_FD, "exec-fd", "fd", "what runs is the program open as fd" },
	{ 0 },
};

static const struct tool tool = {
	.name = "init-reap",
	.kind = LINK,
	.purpose = "run a program as the child of an init",
	.synopsis = "[--exec-fd fd] [--] program [argument ...]",
	.options = options,
	.capabilities = CAP(KILL),
};

/* fds that options named and that no program after us is to have. */
static void close_to_program(int fd)
{
	if (fd >= 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) && errno != EBADF)
		die_errno("close to the program", NULL);
}

/* Where orphans come to us: as pid 1 they do anyway. */
static void inherit_orphans(void)
{
	if (getpid() != 1 && prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0))
		die_errno("become a reaper", NULL);
}

/* The terminal's foreground group becomes ours if it was PREVIOUS. SIGTTOU is blocked, or
 * a background group, as we are by now, would be stopped for asking (tcsetpgrp(3)). */
static void take_terminal(pid_t previous)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (tcgetpgrp(fd) != previous)
			continue;
		if (tcsetpgrp(fd, getpid()))
			die_errno("bring to the foreground", NULL);
		return;
	}
}

/* The child's part, up to its exec. */
static void prepare_child(pid_t parent, pid_t group)
{
	/* An init takes its children along when it is killed; a mere parent asks for it,
	 * and has perhaps ended before it asked. */
	if (parent != 1) {
		if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
			die_errno("be ended with the parent", NULL);
		if (getppid() != parent)
			exit(EXIT_TOOL);
	}
	/* Fails only for a session leader, which has its group already. */
	if (!setpgid(0, 0))
		take_terminal(group);
	reset_signals();
}

/* The child goes on once the other side of the gate has been closed, by stay. */
static void pass_gate(const int gate[2])
{
	char byte;

	close(gate[1]);
	while (read(gate[0], &byte, 1) < 0)
		if (errno != EINTR)
			die_errno("wait for", "the init");
}

/* The parent's part; returns the status to end with. */
static int stay(pid_t child, const sigset_t *ignored)
{
	static const int standard[] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO };

	/* From now on this is a process of the container like any other, with no more
	 * rights: what writes to /proc/1/fd/1, as images do to reach the log, may. */
	if (prctl(PR_SET_DUMPABLE, 1, 0, 0, 0))
		die_errno("become dumpable", NULL);
	/* What the program inherits is its to close: a pipe's reader must not wait for
	 * an end of file that we withhold. This opens the gate, too. */
	close_all_but(standard, 3);
	return wait_status_code(supervise(child, -1, ignored));
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	int exec_fd = -1, option, gate[2];
	char *program = NULL;
	pid_t child, parent, group;
	sigset_t ignored;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_EXEC_FD:
			exec_fd = parse_fd("--exec-fd", optarg);
			break;
		}
	}
	if (!argv[optind])
		die_usage(&tool, "which program?");
	start_tool(&tool, &common);

	/* Early, since a pid 1 loses what it does not block. */
	block_signals(&ignored);
	inherit_orphans();
	if (exec_fd < 0) {
		program = find_program(argv[optind]);
		close_to_program(common.status_fd - 1);
		close_to_program(common.trace_fd - 1);
	}
	parent = getpid();
	group = getpgrp();
	if (pipe2(gate, O_CLOEXEC))
		die_errno("make a pipe", NULL);
	child = fork();
	if (child < 0)
		die_errno("fork", argv[optind]);
	if (child)
		exit(stay(child, &ignored));
	prepare_child(parent, group);
	pass_gate(gate);
	if (exec_fd >= 0)
		exec_carried(&common, exec_fd, argv + optind);
	exec_found(&common, program, argv + optind);
}
