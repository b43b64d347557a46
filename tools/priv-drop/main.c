/* SPDX-License-Identifier: MIT */
/* priv-drop: give up privileges, then run a program.
 *
 * The last step before a container's program, inside its root, and all in the order:
 *
 * - What needs root's rights comes first: the image's account files are read, the working
 *   directory is made, limits are raised.
 * - All fds but the program's own are closed before the working directory is entered: a
 *   forgotten fd of a directory outside would be a way out (--cwd /proc/self/fd/N). That
 *   getcwd(2) knows a path to it then shows that it is inside.
 * - The bounding set is lowered while CAP_SETPCAP is there; groups go before the user,
 *   for whose change the kernel takes the right to change them away. The sets of a user
 *   other than root end empty; root's are what was asked for.
 * - No_new_privs and the system call filter come last, so that the filter need not allow
 *   what dropping takes. A filter without no_new_privs takes CAP_SYS_ADMIN, which is
 *   then kept past the change of the user for just that call.
 * - The program is looked up as the new user, before anything that runs later waits. */

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/keyctl.h>
#include <linux/magic.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "account.h"
#include "die.h"
#include "fds.h"
#include "limits.h"
#include "lookup.h"
#include "mnt.h"
#include "parse.h"
#include "root.h"
#include "tool.h"
#include "wait.h"

enum {
	LIMITS_MAX = 32,
	PRESERVED_MAX = 64,
	FILTER_MAX = 4096, /* BPF_MAXINSNS of the kernel */
};

enum {
	OPTION_GROUP_ADD = OPTION_OWN,
	OPTION_CAPABILITIES,
	OPTION_NEW_PRIVILEGES,
	OPTION_SECCOMP,
	OPTION_RLIMIT,
	OPTION_UMASK,
	OPTION_UNSET_ENV,
	OPTION_CLEAR_ENV,
	OPTION_PRESERVE_FDS,
	OPTION_PRESERVE_FD,
	OPTION_EXEC_FD,
	OPTION_OWN_TERMINAL,
	OPTION_OOM_SCORE,
	OPTION_PRESERVED_FROM,
};

static const struct tool_option options[] = {
	{ 'u', "user", "user[:group]", "names of the image, or numbers (default 0)" },
	{ OPTION_GROUP_ADD, "group-add", "group", "one group more (repeatable)" },
	{ OPTION_CAPABILITIES, "capabilities", "list",
		"what root keeps and nobody gets beyond; \"all\" or \"none\" too "
		"(default: Docker's 14)" },
	{ OPTION_NEW_PRIVILEGES, "allow-new-privileges", NULL,
		"let setuid programs work: do not set no_new_privs" },
	{ OPTION_SECCOMP, "seccomp", "fd", "a system call filter to load from there" },
	{ OPTION_RLIMIT, "rlimit", "name=soft[:hard]", "a limit (repeatable)" },
	{ OPTION_OOM_SCORE, "oom-score-adj", "number",
		"how early the kernel kills it when memory runs out, -1000 to 1000" },
	{ OPTION_UMASK, "umask", "octal", "the file mode creation mask (default 022)" },
	{ 'w', "cwd", "directory", "the working directory, made if missing (default /)" },
	{ 'e', "env", "name=value", "set a variable of the environment (repeatable)" },
	{ OPTION_UNSET_ENV, "unset-env", "name", "remove one (repeatable)" },
	{ OPTION_CLEAR_ENV, "clear-env", NULL, "remove all those before this option" },
	{ OPTION_PRESERVE_FDS, "preserve-fds", "number",
		"leave so many fds after 2 open to the program (default 0)" },
	{ OPTION_PRESERVED_FROM, "preserved-from", "fd",
		"where those stand until now: this one becomes 3, the next 4 ..." },
	{ OPTION_PRESERVE_FD, "preserve-fd", "fd", "leave this one open (repeatable)" },
	{ OPTION_OWN_TERMINAL, "own-terminal", NULL,
		"make the user the owner of the terminal on standard input" },
	{ OPTION_EXEC_FD, "exec-fd", "fd", "what runs next is the program open as fd" },
	{ 0 },
};

static const struct tool_need more[] = {
	{ "--allow-new-privileges --seccomp", CAP(SYS_ADMIN) },
	{ "--rlimit", CAP(SYS_RESOURCE) },
	{ "--oom-score-adj", CAP(SYS_RESOURCE) },
	{ "--own-terminal", CAP(CHOWN) },
	{ 0 },
};

static const struct tool tool = {
	.name = "priv-drop",
	.kind = LINK,
	.purpose = "give up privileges, then run a program",
	.synopsis = "[option ...] [--] program [argument ...]",
	.options = options,
	.capabilities = CAP(SETUID) | CAP(SETGID) | CAP(SETPCAP),
	.needs = more,
};

/* Docker's default. Others leave NET_RAW and MKNOD out. */
#define DOCKER_CAPS                                                                      \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(KILL) |        \
		CAP(SETGID) | CAP(SETUID) | CAP(SETPCAP) | CAP(NET_BIND_SERVICE) |       \
		CAP(NET_RAW) | CAP(SYS_CHROOT) | CAP(MKNOD) | CAP(AUDIT_WRITE) |         \
		CAP(SETFCAP))

/* What the options ask for. */
struct wish {
	struct request who;
	caps capabilities;
	bool new_privileges;
	bool own_terminal;
	int seccomp_fd;
	struct limit limits[LIMITS_MAX];
	int limit_count;
	mode_t umask;
	const char *oom_score;
	const char *cwd;
	int preserved[PRESERVED_MAX];
	int preserved_count;
	int preserve_number, preserved_from;
	int exec_fd;
};

/* ---------------------------------------------------------------- options */

static mode_t parse_umask(const char *text)
{
	mode_t mask = 0;

	if (!*text || strlen(text) > 4 || text[strspn(text, "01234567")])
		die("--umask", text, "not an octal number such as 022");
	for (const char *digit = text; *digit; digit++)
		mask = mask * 8 + (mode_t)(*digit - '0');
	if (mask > 0777)
		die("--umask", text, "at most 0777");
	return mask;
}

static void set_variable(char *text)
{
	if (*text == '=' || !strchr(text, '='))
		die("--env", text, "not of the form name=value");
	if (putenv(text))
		die_errno("--env", text);
}

static void preserve(struct wish *wish, int fd)
{
	if (wish->preserved_count == PRESERVED_MAX)
		die("preserve fds", NULL, "at most %d", PRESERVED_MAX);
	wish->preserved[wish->preserved_count++] = fd;
}

static void preserve_number(struct wish *wish, const char *text)
{
	int number = (int)parse_uint("--preserve-fds", text, 0, PRESERVED_MAX);

	wish->preserve_number = number;
	for (int i = 0; i < number; i++)
		preserve(wish, STDERR_FILENO + 1 + i);
}

static void take_option(struct wish *wish, int option)
{
	switch (option) {
	case 'u':
		wish->who.user = optarg;
		break;
	case OPTION_GROUP_ADD:
		if (wish->who.extra_count == EXTRA_MAX)
			die("--group-add", optarg, "at most %d groups", EXTRA_MAX);
		wish->who.extra[wish->who.extra_count++] = optarg;
		break;
	case OPTION_CAPABILITIES:
		wish->capabilities = parse_caps(optarg);
		break;
	case OPTION_NEW_PRIVILEGES:
		wish->new_privileges = true;
		break;
	case OPTION_OWN_TERMINAL:
		wish->own_terminal = true;
		break;
	case OPTION_SECCOMP:
		wish->seccomp_fd = parse_fd("--seccomp", optarg);
		break;
	case OPTION_RLIMIT:
		if (wish->limit_count == LIMITS_MAX)
			die("--rlimit", optarg, "at most %d limits", LIMITS_MAX);
		wish->limits[wish->limit_count++] = parse_limit(optarg);
		break;
	case OPTION_OOM_SCORE:
		parse_uint("--oom-score-adj", optarg + (*optarg == '-'), 0, 1000);
		wish->oom_score = optarg;
		break;
	case OPTION_UMASK:
		wish->umask = parse_umask(optarg);
		break;
	case 'w':
		wish->cwd = optarg;
		break;
	case 'e':
		set_variable(optarg);
		break;
	case OPTION_UNSET_ENV:
		if (unsetenv(optarg))
			die_errno("--unset-env", optarg);
		break;
	case OPTION_CLEAR_ENV:
		clearenv();
		break;
	case OPTION_PRESERVE_FDS:
		preserve_number(wish, optarg);
		break;
	case OPTION_PRESERVED_FROM:
		wish->preserved_from = parse_fd("--preserved-from", optarg);
		break;
	case OPTION_PRESERVE_FD:
		preserve(wish, parse_fd("--preserve-fd", optarg));
		break;
	case OPTION_EXEC_FD:
		wish->exec_fd = parse_fd("--exec-fd", optarg);
		break;
	}
}

/* ---------------------------------------------------------------- with root's rights */

/* Read now, before its fd is closed; loaded at the end. */
static struct sock_fprog read_filter(int fd)
{
	struct sock_fprog filter = { 0 };
	struct stat status;
	char object[16];
	size_t size;

	if (fd < 0)
		return filter;
	snprintf(object, sizeof object, "fd %d", fd);
	if (fstat(fd, &status))
		die_errno("read the filter", object);
	if (!S_ISREG(status.st_mode))
		die("read the filter", object, "not a regular file");
	size = (size_t)status.st_size;
	if (!size || size % sizeof *filter.filter ||
		size / sizeof *filter.filter > FILTER_MAX)
		die("read the filter", object,
			"its size, %zu, is not that of 1 to %d instructions of %zu bytes",
			size, FILTER_MAX, sizeof *filter.filter);
	filter.filter = malloc(size);
	if (!filter.filter)
		die_errno("read the filter", object);
	if (pread(fd, filter.filter, size, 0) != (ssize_t)size)
		die("read the filter", object, "it cannot be read whole");
	filter.len = (unsigned short)(size / sizeof *filter.filter);
	return filter;
}

static void keep_open(int fd, int flags)
{
	char object[16];

	snprintf(object, sizeof object, "fd %d", fd);
	if (fcntl(fd, F_SETFD, flags))
		die_errno("leave open", object);
}

/* What the caller's script moved out of the way comes back: what stood there meanwhile
 * has been read, or is nobody's. */
static void put_preserved(const struct wish *wish, int status_fd, int trace_fd)
{
	const int first = STDERR_FILENO + 1, end = first + wish->preserve_number;

	if (!wish->preserved_from)
		return;
	if (wish->preserved_from < end)
		die("--preserved-from", NULL, "fd %d is to be preserved itself",
			wish->preserved_from);
	if ((wish->exec_fd >= first && wish->exec_fd < end) ||
		(status_fd >= first && status_fd < end) ||
		(trace_fd >= first && trace_fd < end))
		die("--preserve-fds", NULL, "an fd among them is used by another option");
	for (int i = 0; i < wish->preserve_number; i++)
		if (dup2(wish->preserved_from + i, first + i) < 0)
			die("--preserve-fds", NULL, "fd %d is not open", first + i);
}

/* Of ours only the carried program stays, and until the exec where failures are told. */
static void close_fds(const struct wish *wish, int status_fd, int trace_fd)
{
	int kept[PRESERVED_MAX + 6] = { STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO,
		wish->exec_fd, status_fd, trace_fd };
	int count = 6;

	for (int i = 4; i < 6; i++)
		if (kept[i] > STDERR_FILENO && fcntl(kept[i], F_SETFD, FD_CLOEXEC) &&
			errno != EBADF)
			die_errno("close to the program",
				i == 4 ? "--status-fd" : "--trace-fd");
	for (int i = 0; i < wish->preserved_count; i++) {
		keep_open(wish->preserved[i], 0);
		kept[count++] = wish->preserved[i];
	}
	close_all_but(kept, count);
}

/* A directory from outside on 0, 1 or 2 would be a way out. */
static void refuse_directories(void)
{
	static const char *const streams[] = { "standard input", "standard output",
		"standard error" };
	struct stat status;

	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (!fstat(fd, &status) && S_ISDIR(status.st_mode))
			die("hand on", streams[fd],
				"it is a directory, and a way out of the root");
}

/* Open the working directory, or make it, with whatever right to do so the container's
 * root would have. -1 with EACCES if even this user may not look there. */
static int open_cwd(const char *path, caps lent)
{
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	caps effective = effective_caps(), permitted = permitted_caps();

	if (root < 0)
		die_errno("open", "/");
	fd = open_in_root(root, path, O_PATH | O_DIRECTORY, 0);
	if (fd < 0 && errno == ENOENT) {
		set_caps(effective | lent, permitted);
		fd = open_directory_in_root(root, path, 0755);
		if (fd < 0)
			die_errno("make the working directory", path);
		set_caps(effective, permitted);
	}
	if (fd < 0 && errno != EACCES)
		die_errno("open the working directory", path);
	close(root);
	return fd;
}

/* True if it could be entered. As with Docker, root may enter a directory that the user
 * may not, and the other way round. */
static bool enter_cwd(const char *path, caps lent)
{
	int fd = open_cwd(path, lent);
	bool entered = fd >= 0 && !fchdir(fd);

	if (!entered && errno != EACCES)
		die_errno("enter the working directory", path);
	if (fd >= 0)
		close(fd);
	return entered;
}

/* musl's getcwd(3) says ENOENT where glibc's returns the kernel's "(unreachable)". */
static void check_cwd(const char *path)
{
	char *name = getcwd(NULL, 0);

	if (!name && errno != ENOENT)
		die_errno("find the path of the working directory", path);
	if (!name || name[0] != '/')
		die("enter the working directory", path, "it is outside of the root");
	free(name);
}

/* The session keyring of whoever started us is none of the container's business. Root
 * makes the new one, since a user's quota for them is small and shared by all containers
 * of that number. */
static void leave_keyring(void)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) < 0 &&
		errno != ENOSYS && errno != EPERM && errno != EACCES)
		die_errno("join a new session keyring", NULL);
}

/* ---------------------------------------------------------------- the drop */

static void become(const struct account *account)
{
	static const struct cause right = { "no-setgroups",
		"it takes CAP_SETGID, and in a user namespace that /proc/PID/setgroups "
		"is not deny" };
	static const struct cause no_setuid = { "no-setuid", "it takes CAP_SETUID" };
	static const struct cause mapped = { "id-not-mapped",
		"the user namespace has no such number: see /proc/self/uid_map and "
		"gid_map" };

	char user[16], group[16];

	snprintf(user, sizeof user, "%u", (unsigned)account->uid);
	snprintf(group, sizeof group, "%u", (unsigned)account->gid);
	if (setgroups(account->group_count, account->groups))
		die_errno_cause(
			"set the groups", group, errno == EPERM ? &right : &mapped);
	if (setresgid(account->gid, account->gid, account->gid))
		die_errno_cause("set the group", group, &mapped);
	if (setresuid(account->uid, account->uid, account->uid))
		die_errno_cause(
			"set the user", user, errno == EPERM ? &no_setuid : &mapped);
	/* The change made us what fs.suid_dumpable says. */
	if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0))
		die_errno("become undumpable", NULL);
}

static void load_filter(const struct sock_fprog *filter)
{
	static const struct cause right = { "filter-without-right",
		"without no_new_privs it takes CAP_SYS_ADMIN" };

	if (filter->len && syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, filter))
		die_errno_cause("load the system call filter", NULL,
			errno == EACCES ? &right : NULL);
}

/* Bounding set, groups, user, capabilities; and the filter, where only this moment can
 * load it. CONTAINER is what root is to have. */
static void drop(const struct wish *wish, const struct account *account, caps container,
	const struct sock_fprog *filter)
{
	caps final = account->uid ? 0 : container;
	bool early = wish->new_privileges && filter->len;

	bound_caps(container);
	if (early && prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0))
		die_errno("keep the capabilities for the filter", NULL);
	become(account);
	if (early) {
		set_caps(CAP(SYS_ADMIN), CAP(SYS_ADMIN) | final);
		load_filter(filter);
	}
	set_caps(final, final);
	if (!wish->new_privileges && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die_errno("set no_new_privs", NULL);
}

/* The root's /proc may be anything. */
static void set_oom_score(const char *score)
{
	static const struct cause cause = { "oom-score",
		"only CAP_SYS_RESOURCE may lower it below what it was" };
	int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC | O_NOFOLLOW);

	if (file < 0)
		die_errno("open", "/proc/self/oom_score_adj");
	if (!is_on(file, PROC_SUPER_MAGIC))
		die("open", "/proc/self/oom_score_adj", "not on procfs");
	if (write(file, score, strlen(score)) < 0)
		die_errno_cause(
			"--oom-score-adj", score, errno == EACCES ? &cause : NULL);
	close(file);
}

static void set_home(const struct account *account)
{
	const char *home = getenv("HOME");

	if ((!home || !*home) && setenv("HOME", account->home, 1))
		die_errno("set", "HOME");
}

/* tty-open(1) opened the terminal before the root changed, on a mount that has gone
 * since: the program gets it under the name that it has now, if that is still the same
 * terminal. */
static void reopen_terminal(const struct stat *terminal)
{
	char name[32];
	struct stat status;
	int fd;

	snprintf(name, sizeof name, "/dev/pts/%u", minor(terminal->st_rdev));
	fd = open(name, O_RDWR | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!fstat(fd, &status) && status.st_dev == terminal->st_dev &&
		status.st_ino == terminal->st_ino)
		for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
			if (dup2(fd, stream) < 0)
				die_errno("own the terminal", name);
	close(fd);
}

/* So that the user can open it by its name, and as /dev/stdout. */
static void own_terminal(uid_t user)
{
	struct stat terminal;

	if (!isatty(STDIN_FILENO) || !is_on(STDIN_FILENO, DEVPTS_SUPER_MAGIC) ||
		fstat(STDIN_FILENO, &terminal))
		die("own the terminal", "standard input", "it is no pseudoterminal");
	reopen_terminal(&terminal);
	if (fchown(STDIN_FILENO, user, (gid_t)-1))
		die_errno("own the terminal", "standard input");
}

/* What this program itself needs for WISH. */
static struct tool needs(const struct wish *wish)
{
	struct tool own = tool;

	if (wish->new_privileges && wish->seccomp_fd >= 0)
		own.capabilities |= with_need(&tool, "--allow-new-privileges --seccomp");
	if (wish->own_terminal)
		own.capabilities |= with_need(&tool, "--own-terminal");
	if (wish->oom_score)
		own.capabilities |= with_need(&tool, "--oom-score-adj");
	if (wish->limit_count)
		own.capabilities |= with_need(&tool, "--rlimit");
	return own;
}

int main(int argc, char *argv[])
{
	struct wish wish = { .capabilities = DOCKER_CAPS,
		.seccomp_fd = -1,
		.umask = 022,
		.cwd = "/",
		.exec_fd = -1 };
	struct common common = { 0 };
	struct account *account;
	struct sock_fprog filter;
	struct tool own;
	caps container;
	char *program = NULL;
	bool entered;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1)
		take_option(&wish, option);
	if (!argv[optind])
		die_usage(&tool, "which program?");
	if (wish.cwd[0] != '/')
		die("--cwd", wish.cwd, "not an absolute path");
	own = needs(&wish);
	start_tool(&own, &common);

	reset_signals();
	umask(0);
	container = wish.capabilities & bounding_caps();
	if (common.keep_given)
		container &= common.keep;
	filter = read_filter(wish.seccomp_fd);
	account = find_account(&wish.who);
	put_preserved(&wish, common.status_fd - 1, common.trace_fd - 1);
	close_fds(&wish, common.status_fd - 1, common.trace_fd - 1);
	refuse_directories();
	entered = enter_cwd(wish.cwd, container & CAP(DAC_OVERRIDE));
	leave_keyring();
	for (int i = 0; i < wish.limit_count; i++)
		set_limit(&wish.limits[i]);
	if (wish.own_terminal)
		own_terminal(account->uid);
	if (wish.oom_score)
		set_oom_score(wish.oom_score);
	set_home(account);
	umask(wish.umask);

	drop(&wish, account, container, &filter);
	if (!entered && !enter_cwd(wish.cwd, 0)) {
		errno = EACCES;
		die_errno("enter the working directory", wish.cwd);
	}
	check_cwd(wish.cwd);
	if (wish.exec_fd < 0)
		program = find_program(argv[optind]);
	if (!wish.new_privileges)
		load_filter(&filter);
	if (wish.exec_fd >= 0)
		exec_carried(&common, wish.exec_fd, argv + optind);
	exec_found(&common, program, argv + optind);
}
