/* SPDX-License-Identifier: MIT */
/* tty-relay: show a container's terminal on the user's own.
 *
 * The chain that it starts opens the container's terminal (tty-open(1)) and sends its
 *master back through a socket. From then on what the user types goes to the master
 *unchanged (the user's terminal is raw, so that Ctrl-C is a byte like any other, and the
 *container's terminal makes a signal of it), and what the master says goes to standard
 *output. Each direction is a thread of its own that does nothing but read and write:
 *where one end is slow, the other waits, and neither direction waits for the other. The
 *first thread has the signals, and is the only one that changes the terminal.
 *
 *	front
 *	  `- tty-relay           dies with the front
 *	       |- chain          dies with tty-relay
 *	       `- watcher        holds the user's terminal, and a pidfd of tty-relay
 *
 * A terminal left raw is useless, and SIGKILL cannot be caught: so the watcher, in a
 *session where no key and no signal to the group reaches it, sets the terminal right when
 *tty-relay has ended in whatever way. It does so only if the terminal is still as
 *tty-relay left it, since the user's shell may have taken it back already. */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "die.h"
#include "fds.h"
#include "parse.h"
#include "sys.h"
#include "tool.h"
#include "wait.h"

enum {
	OPTION_CONSOLE_FD = OPTION_OWN,
	OPTION_PARENT,
	CHUNK = 16384, /* a thread's stack is 128 KiB with musl */
	HUNG_UP_PAUSE = 20, /* ms between two looks at a terminal that nobody has open */
};

static const struct tool_option options[] = {
	{ 'i', "interactive", NULL, "pass standard input on, raw if it is a terminal" },
	{ OPTION_CONSOLE_FD, "console-fd", "fd",
		"the socket through which the program sends the master" },
	{ OPTION_PARENT, "parent", "pid", "do not start unless that is our parent" },
	{ 0 },
};

static const struct tool tool = {
	.name = "tty-relay",
	.kind = LINK,
	.purpose = "show a container's terminal on the user's own",
	.synopsis = "--console-fd fd [--interactive] [--parent pid] [--] program "
		    "[argument ...]",
	.options = options,
};

struct relay {
	bool interactive;
	int console; /* our end of the socket; -1 once nothing more comes from it */
	int master; /* -1 until then */
	pid_t child;
	int child_pidfd;
	pthread_t output;
	int gone; /* an eventfd: the user's terminal has gone */
	bool raw; /* standard input is a terminal that we changed */
	struct termios cooked, changed; /* how it was, and how we left it */
	pid_t watcher;
};

/* ---------------------------------------------------------------- the user's terminal */

static bool same_modes(const struct termios *a, const struct termios *b)
{
	return a->c_iflag == b->c_iflag && a->c_oflag == b->c_oflag &&
		a->c_cflag == b->c_cflag && a->c_lflag == b->c_lflag &&
		!memcmp(a->c_cc, b->c_cc, sizeof a->c_cc);
}

/* Set it right, unless somebody has done so. With SIGTTOU blocked this works from the
 * background too (termios(3)). */
static void restore_terminal(const struct relay *relay)
{
	struct termios now = { 0 }; /* the C library has room for more than there is */
	sigset_t stop;

	if (!relay->raw || tcgetattr(STDIN_FILENO, &now) ||
		!same_modes(&now, &relay->changed))
		return;
	sigemptyset(&stop);
	sigaddset(&stop, SIGTTOU);
	sigprocmask(SIG_BLOCK, &stop, NULL);
	tcsetattr(STDIN_FILENO, TCSANOW, &relay->cooked);
	sigprocmask(SIG_UNBLOCK, &stop, NULL);
}

/* In the background this stops us and our group, until the shell brings us back: SIGCONT
 * then leads here again. */
static void make_raw(struct relay *relay)
{
	struct termios raw;

	if (!relay->raw && tcgetattr(STDIN_FILENO, &relay->cooked))
		die_errno("read the modes of", "the terminal");
	raw = relay->cooked;
	cfmakeraw(&raw);
	while (tcsetattr(STDIN_FILENO, TCSANOW, &raw))
		if (errno != EINTR)
			die_errno("make raw", "the terminal");
	/* As the kernel has it. */
	if (tcgetattr(STDIN_FILENO, &relay->changed))
		die_errno("read the modes of", "the terminal");
	relay->raw = true;
}

/* The child's part: it waits for the end of the process that RELAY is, and holds nothing
 * that anybody could miss. */
static _Noreturn void watch(const struct relay *relay, int pidfd)
{
	struct pollfd ended = { .fd = pidfd, .events = POLLIN };
	sigset_t all;

	memset(&all, 0xff, sizeof all);
	sigprocmask(SIG_SETMASK, &all, NULL);
	setsid();
	close_all_but((const int[]){ STDIN_FILENO, pidfd }, 2);
	while (poll(&ended, 1, -1) < 0)
		if (errno != EINTR)
			_exit(EXIT_TOOL);
	restore_terminal(relay);
	_exit(0);
}

static void start_watcher(struct relay *relay)
{
	int pidfd = sys_pidfd_open(getpid());

	if (pidfd < 0)
		die_errno("open a pidfd of", "tty-relay");
	relay->watcher = fork();
	if (relay->watcher < 0)
		die_errno("fork", NULL);
	if (!relay->watcher)
		watch(relay, pidfd);
	close(pidfd);
}

/* The container's terminal is as large as the first of our streams that is one. */
static void copy_size(const struct relay *relay)
{
	struct winsize size;

	if (relay->master < 0)
		return;
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		if (ioctl(fd, TIOCGWINSZ, &size))
			continue;
		/* Where it does not change, the kernel sends no signal. */
		ioctl(relay->master, TIOCSWINSZ, &size);
		return;
	}
}

/* ---------------------------------------------------------------- the two directions */

static ssize_t read_some(int fd, void *buffer, size_t size)
{
	ssize_t got;

	/* The other side may have made what we share with it non-blocking. */
	while ((got = read(fd, buffer, size)) < 0 && (errno == EINTR || errno == EAGAIN))
		if (errno == EAGAIN)
			poll(&(struct pollfd){ .fd = fd, .events = POLLIN }, 1, -1);
	return got;
}

static bool write_all(int fd, const char *buffer, size_t size)
{
	while (size) {
		ssize_t put = write(fd, buffer, size);

		if (put < 0 && errno == EAGAIN) {
			poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, -1);
			continue;
		}
		if (put < 0 && errno == EINTR)
			continue;
		if (put < 0)
			return false;
		buffer += put;
		size -= (size_t)put;
	}
	return true;
}

/* What a person would type: a terminal has no other way to say it. In the middle of a
 * line the first one only ends the line. */
static void type_end_of_file(int master, bool line_is_open)
{
	struct termios modes;

	if (tcgetattr(master, &modes) || !(modes.c_lflag & ICANON))
		return;
	if (line_is_open)
		write_all(master, (const char *)&modes.c_cc[VEOF], 1);
	write_all(master, (const char *)&modes.c_cc[VEOF], 1);
}

static void *relay_input(void *argument)
{
	const struct relay *relay = argument;
	bool line_is_open = false;
	char buffer[CHUNK];
	ssize_t got;

	while ((got = read_some(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
		if (!write_all(relay->master, buffer, (size_t)got))
			return NULL;
		line_is_open = buffer[got - 1] != '\n';
	}
	/* A raw terminal ends only when it has hung up. */
	if (!got && !isatty(STDIN_FILENO) && !relay->raw)
		type_end_of_file(relay->master, line_is_open);
	else
		eventfd_write(relay->gone, 1);
	return NULL;
}

/* Nobody sees it any more. What the kernel does to a program whose terminal goes away
 * then happens inside: SIGHUP, and no more input or output. */
static void hang_up(const struct relay *relay)
{
	sys_pidfd_send_signal(relay->child_pidfd, SIGHUP);
	close(relay->master);
}

/* Until the program has ended, and all that it wrote has been read. The master says EIO
 * when nobody has the slave open, which may be so for a while only. */
static void *relay_output(void *argument)
{
	const struct relay *relay = argument;
	struct pollfd child = { .fd = relay->child_pidfd, .events = POLLIN };
	struct pollfd sides[] = { { .fd = relay->master, .events = POLLIN },
		{ .fd = relay->gone, .events = POLLIN } };
	bool ended = false;
	char buffer[CHUNK];

	for (;;) {
		ssize_t got;

		/* Not in a read: that would keep the master from being closed. */
		while (poll(sides, 2, -1) < 0 && errno == EINTR)
			;
		if (sides[1].revents)
			break;
		got = read_some(relay->master, buffer, sizeof buffer);
		if (got > 0 && !write_all(STDOUT_FILENO, buffer, (size_t)got))
			break;
		if (got > 0)
			continue;
		if (ended)
			return NULL;
		ended = poll(&child, 1, HUNG_UP_PAUSE) > 0;
	}
	hang_up(relay);
	return NULL;
}

/* ---------------------------------------------------------------- the first thread */

/* The master out of the socket; -1 if the program ended without sending one. */
static int receive_master(int socket)
{
	union {
		struct cmsghdr header;
		char space[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	char name[4096];
	struct iovec text = { name, sizeof name };
	struct msghdr message = { .msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof control };
	struct cmsghdr *part;
	int master = -1, number;
	ssize_t got;

	do
		got = recvmsg(socket, &message, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
	while (got < 0 && errno == EINTR);
	if (got <= 0)
		return -1;
	part = CMSG_FIRSTHDR(&message);
	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
		memcpy(&master, CMSG_DATA(part), sizeof master);
	if (master < 0 || ioctl(master, TIOCGPTN, &number))
		die("receive the terminal", NULL, "what came is not a master");
	return master;
}

static void start_thread(pthread_t *thread, void *(*start)(void *), struct relay *relay)
{
	errno = pthread_create(thread, NULL, start, relay);
	if (errno)
		die_errno("start a thread", NULL);
}

/* The socket has something to say: the master, or that there will be none. */
static void begin(struct relay *relay)
{
	pthread_t input;

	relay->master = receive_master(relay->console);
	close(relay->console);
	relay->console = -1;
	if (relay->master < 0)
		return;
	copy_size(relay);
	if (relay->interactive && isatty(STDIN_FILENO)) {
		make_raw(relay);
		start_watcher(relay);
	}
	relay->gone = eventfd(0, EFD_CLOEXEC);
	if (relay->gone < 0)
		die_errno("open an eventfd", NULL);
	start_thread(&relay->output, relay_output, relay);
	if (relay->interactive)
		start_thread(&input, relay_input, relay);
}

static void handle_signal(
	struct relay *relay, const struct signalfd_siginfo *info, const sigset_t *ignored)
{
	switch (info->ssi_signo) {
	case SIGCHLD:
		break;
	case SIGWINCH:
		copy_size(relay);
		break;
	case SIGTSTP:
		restore_terminal(relay);
		raise(SIGSTOP);
		break;
	case SIGCONT:
		if (relay->raw)
			make_raw(relay);
		copy_size(relay);
		break;
	default:
		/* A key's signal is the shell's to handle, if it starts us so. */
		if (info->ssi_code != SI_KERNEL ||
			!sigismember(ignored, (int)info->ssi_signo))
			kill(relay->child, (int)info->ssi_signo);
	}
}

/* Returns wait(2)'s status of the chain. */
static int stay(struct relay *relay, int signals, const sigset_t *ignored)
{
	struct signalfd_siginfo info;
	int status;

	while (waitpid(relay->child, &status, WNOHANG) != relay->child) {
		struct pollfd polled[] = { { .fd = signals, .events = POLLIN },
			{ .fd = relay->console, .events = POLLIN } };

		if (poll(polled, 2, -1) < 0 && errno != EINTR)
			die_errno("wait", NULL);
		if (polled[1].revents)
			begin(relay);
		if (polled[0].revents &&
			read(signals, &info, sizeof info) == (ssize_t)sizeof info)
			handle_signal(relay, &info, ignored);
	}
	/* A short program has ended before we looked. */
	if (relay->console >= 0)
		begin(relay);
	return status;
}

/* Whoever reads us may be slow, or never read: waiting for that can be ended. */
static void finish(struct relay *relay)
{
	sigset_t deadly;

	sigemptyset(&deadly);
	sigaddset(&deadly, SIGHUP);
	sigaddset(&deadly, SIGTERM);
	sigprocmask(SIG_UNBLOCK, &deadly, NULL);
	if (relay->master >= 0)
		pthread_join(relay->output, NULL);
	restore_terminal(relay);
	if (relay->watcher) {
		kill(relay->watcher, SIGKILL);
		waitpid(relay->watcher, NULL, 0);
	}
}

/* ---------------------------------------------------------------- the start */

static void die_with_parent(pid_t parent)
{
	if (prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
		die_errno("ask to die with the parent", NULL);
	if (parent && getppid() != parent)
		die("start", NULL, "process %d is not our parent, or has gone", parent);
}

/* A key's signal goes to the front, which sends it on to us. If the kernel sent it to us
 * as well, the two could become one that looks like the key's, and be lost. So where we
 * need not be in the foreground to read, we leave it. */
static void leave_foreground(void)
{
	setpgid(0, 0);
}

static int open_signals(bool interactive)
{
	sigset_t some;
	int fd;

	/* What stops a background process that wants the terminal is to stop us; but not
	 * one that only writes. */
	sigemptyset(&some);
	sigaddset(&some, SIGTTIN);
	sigaddset(&some, SIGTTOU);
	if (interactive)
		sigprocmask(SIG_UNBLOCK, &some, NULL);
	memset(&some, 0xff, sizeof some);
	sigdelset(&some, SIGTTIN);
	sigdelset(&some, SIGTTOU);
	fd = signalfd(-1, &some, SFD_CLOEXEC);
	if (fd < 0)
		die_errno("open an fd for signals", NULL);
	return fd;
}

static _Noreturn void become_chain(const struct common *common, int socket, int wanted,
	pid_t parent, const sigset_t *mask, char *const arguments[])
{
	die_with_parent(parent);
	/* The keys of the user's terminal are not for it. */
	setpgid(0, 0);
	sigprocmask(SIG_SETMASK, mask, NULL);
	if (socket == wanted ? fcntl(socket, F_SETFD, 0) : dup2(socket, wanted) < 0)
		die_errno("hand on the socket", NULL);
	exec_program(common, arguments);
}

int main(int argc, char *argv[])
{
	struct relay relay = { .master = -1 };
	struct common common = { 0 };
	int console = -1, option, pair[2], status;
	sigset_t mask, ignored;
	pid_t parent = 0, self = getpid();

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'i':
			relay.interactive = true;
			break;
		case OPTION_CONSOLE_FD:
			console = parse_fd("--console-fd", optarg);
			break;
		case OPTION_PARENT:
			parent = (pid_t)parse_uint("--parent", optarg, 1, 1 << 22);
			break;
		}
	}
	if (console < 0 || !argv[optind])
		die_usage(&tool, "which --console-fd, and which program?");
	if (console <= STDERR_FILENO)
		die("--console-fd", NULL, "%d is a standard stream", console);
	start_tool(&tool, &common);

	die_with_parent(parent);
	sigprocmask(SIG_BLOCK, NULL, &mask);
	block_signals(&ignored);
	if (!relay.interactive)
		leave_foreground();
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		die_errno("make a socket pair", NULL);
	relay.console = pair[0];
	relay.child = fork();
	if (relay.child < 0)
		die_errno("fork", NULL);
	if (!relay.child)
		become_chain(&common, pair[1], console, self, &mask, argv + optind);
	close_all_but((const int[]){ 0, 1, 2, relay.console }, 4);
	set_caps(0, 0);
	relay.child_pidfd = sys_pidfd_open(relay.child);
	if (relay.child_pidfd < 0)
		die_errno("open a pidfd of", argv[optind]);
	status = stay(&relay, open_signals(relay.interactive), &ignored);
	finish(&relay);
	exit(wait_status_code(status));
}
