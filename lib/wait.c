/* SPDX-License-Identifier: MIT */
#include "wait.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <sys/wait.h>

#include "die.h"
#include "sys.h"

int wait_status_code(int status)
{
	return WIFSIGNALED(status) ? EXIT_SIGNAL + WTERMSIG(status) : WEXITSTATUS(status);
}

void reset_signals(void)
{
	/* The kernel's own sigaction, whose zero is the default on every machine: musl's
	 * function refuses the signals that it keeps for threads. Fails for SIGKILL and
	 * SIGSTOP, which are never anything else. */
	static const unsigned long fallback[8];
	sigset_t none;

	for (int number = 1; number < _NSIG; number++)
		syscall(SYS_rt_sigaction, number, fallback, NULL, _NSIG / 8);
	sigemptyset(&none);
	if (sigprocmask(SIG_SETMASK, &none, NULL))
		die_errno("unblock all signals", NULL);
}

/* Really all: musl's sigfillset leaves out three that it keeps for threads, of which 34
 * is SIGRTMIN to everybody else. */
static void fill_signals(sigset_t *set)
{
	memset(set, 0xff, sizeof *set);
}

void block_signals(sigset_t *ignored)
{
	sigset_t all;

	if (ignored)
		sigemptyset(ignored);
	for (int number = 1; ignored && number < _NSIG; number++) {
		struct sigaction action;

		if (!sigaction(number, NULL, &action) && action.sa_handler == SIG_IGN)
			sigaddset(ignored, number);
	}
	fill_signals(&all);
	if (sigprocmask(SIG_SETMASK, &all, NULL))
		die_errno("block all signals", NULL);
	/* A blocked signal is never ignored, not even by a pid 1, so that all arrive
	 * whatever was inherited; SIGCHLD was reset when the tool started. */
}

/* Reap every child that has ended; true if CHILD was among them. */
static bool reap(pid_t child, int *child_status)
{
	bool ended = false;
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0 || (pid < 0 && errno == EINTR)) {
		if (pid != child)
			continue;
		ended = true;
		*child_status = status;
	}
	if (pid < 0 && !ended)
		die_errno("wait for", "the program");
	return ended;
}

int supervise(pid_t child, int program, const sigset_t *ignored)
{
	sigset_t all;
	siginfo_t info;
	int number, status = 0;

	fill_signals(&all);
	/* Before any wait: CHILD may have ended before the signals were blocked. */
	while (!reap(child, &status)) {
		do
			number = sigwaitinfo(&all, &info);
		while (number < 0 && errno == EINTR);
		if (number < 0)
			die_errno("wait for a signal", NULL);
		/* Reading from a terminal that is another's is our own mistake, not news.
		 */
		if (number == SIGCHLD || number == SIGTTIN || number == SIGTTOU)
			continue;
		/* An alarm(2) of our own: its time is up. */
		if (number == SIGALRM && info.si_code == SI_KERNEL)
			number = SIGKILL;
		if (ignored && info.si_code == SI_KERNEL && sigismember(ignored, number))
			continue;
		/* CHILD is not reaped yet, so its number can be nobody else's; that the
		 * program may refuse signals of ours (it changed its user) is its right.
		 */
		if (program >= 0)
			sys_pidfd_send_signal(program, number);
		else
			kill(child, number);
	}
	return status;
}
