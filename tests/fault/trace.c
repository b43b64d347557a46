/* SPDX-License-Identifier: MIT */
/* trace: run a command, follow all that comes of it, and do one thing at one point of it.
 *
 * Usage: trace --report FILE [--at POINT --do ACTION] -- command [argument ...]
 *
 * A program image is called TOOL:NUMBER, in the order in which images of that tool
 * appear, by exec or by fork: "ns-exec:1" is the supervisor, "ns-exec:2" the process that
 * it forked. POINT is TOOL:NUMBER:CALL:COUNT, the COUNTth CALL (a number of the kernel's
 * table, or "start" for the moment after the exec or fork) of that image. ACTION is
 * error=ERRNO, or kill=SIGNAL=TOOL:NUMBER; "main" is the first process. An action at a
 * point that is not reached is not done.
 *
 * The report has a line for each call of each image of ours ("TOOL NUMBER CALL"), "hit"
 * when the action was done, and "left PID" for what was still there when it should have
 * gone. The exit status is that of the command; what is left is killed. Only images of
 * ours are stopped at each call, so shells run at full speed. */
#include <elf.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum {
	NAME_SIZE = 32,
	IMAGES_MAX = 1 << 12,
	GRACE_MS = 4000, /* for what must go after the first process has */
	START = -1,
};

struct image {
	pid_t pid; /* 0: gone or replaced */
	char tool[NAME_SIZE];
	int number;
	bool ours, inject;
	unsigned hits; /* of the call that is looked for */
};

static struct image images[IMAGES_MAX];
static size_t image_count;
static pid_t main_pid;
static FILE *report;
static char point_tool[NAME_SIZE];
static int point_number, point_count, error, kill_signal, kill_number;
static long point_call = -2;
static char kill_tool[NAME_SIZE];
static bool done;
static const char *tools; /* the directory that ours are in */

static struct image *image_of(pid_t pid)
{
	for (size_t i = image_count; i > 0; i--)
		if (images[i - 1].pid == pid)
			return &images[i - 1];
	return NULL;
}

static struct image *new_image(pid_t pid, const char *tool, bool ours)
{
	struct image *image = image_of(pid);
	int number = 1;

	if (image)
		image->pid = 0;
	if (image_count == IMAGES_MAX)
		errx(125, "too many images");
	for (size_t i = 0; i < image_count; i++)
		number += !strcmp(images[i].tool, tool);
	image = &images[image_count++];
	*image = (struct image){ .pid = pid, .number = number, .ours = ours };
	snprintf(image->tool, sizeof image->tool, "%s", tool);
	return image;
}

/* Name of the program that a process runs: ours are in the directory, or in a memfd. */
static bool read_program(pid_t pid, char name[NAME_SIZE])
{
	char path[64], target[4096];
	ssize_t length;
	char *end;

	snprintf(path, sizeof path, "/proc/%d/exe", (int)pid);
	length = readlink(path, target, sizeof target - 1);
	target[length < 0 ? 0 : length] = '\0';
	if (!strncmp(target, "/memfd:", 7)) {
		memmove(target, target + 7, strlen(target + 7) + 1);
		if ((end = strchr(target, ' ')))
			*end = '\0';
		end = strrchr(target, '/');
		snprintf(name, NAME_SIZE, "%.31s", end ? end + 1 : target);
		return true;
	}
	end = strrchr(target, '/');
	snprintf(name, NAME_SIZE, "%.31s", end ? end + 1 : "gone");
	return end && !strncmp(target, tools, strlen(tools)) &&
		(size_t)(end - target) == strlen(tools);
}

static void act(struct image *image)
{
	if (error) {
		image->inject = true;
	} else {
		pid_t target = main_pid;

		if (strcmp(kill_tool, "main") != 0) {
			target = 0;
			for (size_t i = 0; i < image_count; i++)
				if (images[i].number == kill_number &&
					!strcmp(images[i].tool, kill_tool))
					target = images[i].pid;
		}
		/* Not there (any more): no hit. */
		if (target <= 0 || kill(target, kill_signal))
			return;
	}
	done = true;
	fputs("hit\n", report);
}

static void at_call(struct image *image, long call)
{
	if (call == START)
		fprintf(report, "%s %d start\n", image->tool, image->number);
	else
		fprintf(report, "%s %d %ld\n", image->tool, image->number, call);
	if (!done && call == point_call && image->number == point_number &&
		!strcmp(image->tool, point_tool) && (int)++image->hits == point_count)
		act(image);
}

static void at_syscall(struct image *image)
{
	struct __ptrace_syscall_info info;
	struct user_regs_struct registers;
	struct iovec vector = { &registers, sizeof registers };

	if (ptrace(PTRACE_GET_SYSCALL_INFO, image->pid, sizeof info, &info) <= 0)
		return;
	if (info.op == PTRACE_SYSCALL_INFO_ENTRY) {
		at_call(image, (long)info.entry.nr);
		if (!image->inject)
			return;
		if (ptrace(PTRACE_GETREGSET, image->pid, NT_PRSTATUS, &vector))
			return;
		registers.orig_rax = (unsigned long long)-1;
		ptrace(PTRACE_SETREGSET, image->pid, NT_PRSTATUS, &vector);
	} else if (info.op == PTRACE_SYSCALL_INFO_EXIT && image->inject) {
		image->inject = false;
		if (ptrace(PTRACE_GETREGSET, image->pid, NT_PRSTATUS, &vector))
			return;
		registers.rax = (unsigned long long)-error;
		ptrace(PTRACE_SETREGSET, image->pid, NT_PRSTATUS, &vector);
	}
}

/* A new child may stop before its parent's event tells of it: so the image of its parent
 * is looked up by what it runs. */
static struct image *image_or_new(pid_t pid)
{
	struct image *image = image_of(pid);
	char name[NAME_SIZE];

	if (!image) {
		bool ours = read_program(pid, name);

		image = new_image(pid, name, ours);
		if (ours)
			at_call(image, START);
	}
	return image;
}

static void handle(pid_t pid, int status)
{
	int event = status >> 16, signal = WSTOPSIG(status), deliver = 0;
	struct image *image;
	char name[NAME_SIZE];

	if (event == PTRACE_EVENT_EXEC) {
		bool ours = read_program(pid, name);

		image = new_image(pid, name, ours);
		if (ours)
			at_call(image, START);
	} else {
		image = image_or_new(pid);
		if (signal == (SIGTRAP | 0x80))
			at_syscall(image);
		else if (event == PTRACE_EVENT_STOP &&
			(signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN ||
				signal == SIGTTOU)) {
			ptrace(PTRACE_LISTEN, pid, 0, 0);
			return;
		} else if (!event)
			deliver = signal;
	}
	ptrace(image->ours ? PTRACE_SYSCALL : PTRACE_CONT, pid, 0, deliver);
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void parse(int argc, char *argv[], int *command)
{
	const char *file = NULL;
	int i;

	for (i = 1; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
		char call[NAME_SIZE];

		if (!strcmp(argv[i], "--report"))
			file = argv[i + 1];
		else if (!strcmp(argv[i], "--at") &&
			sscanf(argv[i + 1], "%31[^:]:%d:%31[^:]:%d", point_tool,
				&point_number, call, &point_count) == 4)
			point_call =
				!strcmp(call, "start") ? START : strtol(call, NULL, 10);
		else if (!(!strcmp(argv[i], "--do") &&
				 (sscanf(argv[i + 1], "error=%d", &error) == 1 ||
					 sscanf(argv[i + 1], "kill=%d=%31[^:]:%d",
						 &kill_signal, kill_tool,
						 &kill_number) >= 2)))
			errx(125, "%s %s: what?", argv[i], argv[i + 1]);
	}
	*command = i + 1;
	tools = getenv("CONTAINER_TOOLS_LIBEXEC");
	if (!file || !tools || !argv[i] || !argv[i + 1])
		errx(125, "usage: see the head of the source");
	if (!(report = fopen(file, "we")))
		err(125, "%s", file);
}

int main(int argc, char *argv[])
{
	int command, go[2], result = 125, status;
	bool ended = false;
	long deadline = 0;
	pid_t pid;

	parse(argc, argv, &command);
	if (pipe(go))
		err(125, "pipe");
	main_pid = fork();
	if (!main_pid) {
		char byte;

		close(go[1]);
		if (read(go[0], &byte, 1) == 1) {
			close(go[0]);
			execvp(argv[command], argv + command);
		}
		_exit(127);
	}
	close(go[0]);
	if (ptrace(PTRACE_SEIZE, main_pid, 0,
		    PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK |
			    PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE |
			    PTRACE_O_TRACEEXEC))
		err(125, "PTRACE_SEIZE");
	new_image(main_pid, "trace", false);
	if (write(go[1], "", 1) != 1)
		err(125, "write");
	close(go[1]);
	for (;;) {
		pid = waitpid(-1, &status, __WALL | (ended ? WNOHANG : 0));
		if (pid < 0 && errno == ECHILD)
			break;
		if (pid < 0 && errno != EINTR)
			err(125, "waitpid");
		if (pid > 0 && WIFSTOPPED(status)) {
			handle(pid, status);
		} else if (pid > 0) {
			struct image *image = image_of(pid);

			if (image && image->ours)
				fprintf(report, "end %s %d %d\n", image->tool,
					image->number, status);
			if (image)
				image->pid = 0;
			if (pid != main_pid)
				continue;
			ended = true;
			deadline = milliseconds() + GRACE_MS;
			result = WIFSIGNALED(status) ? 128 + WTERMSIG(status)
						     : WEXITSTATUS(status);
		} else if (pid == 0) {
			if (milliseconds() > deadline)
				break;
			usleep(1000);
		}
	}
	for (size_t i = 0; i < image_count; i++)
		if (images[i].pid > 0)
			fprintf(report, "left %d %s %d\n", (int)images[i].pid,
				images[i].tool, images[i].number);
	if (fclose(report))
		err(125, "report");
	return result; /* PTRACE_O_EXITKILL ends what is left */
}
