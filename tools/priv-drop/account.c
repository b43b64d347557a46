/* SPDX-License-Identifier: MIT */
/* The image's files are read here but parsed in a child that holds nothing: no
 * capability, no fd, and no system call but exit. What it finds out it leaves in memory
 * shared with the parent, who looks at it when the child has ended, and takes no more
 * from it than the image may decide anyway: a number that was asked for stays what it is,
 * whatever the child says. */
#include "account.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "die.h"
#include "fds.h"
#include "parse.h"
#include "passwd.h"
#include "root.h"

enum {
	FILE_LIMIT = 1 << 20
};

enum problem {
	NO_ANSWER, /* the child ended before it was done */
	NONE,
	USER_MISSING,
	USER_MALFORMED,
	GROUP_MISSING,
	GROUP_MALFORMED,
	TOO_MANY_GROUPS,
	HOME_TOO_LONG,
};

/* What the child works on. A name is NULL where there is a number. */
struct question {
	struct text passwd;
	struct text group;
	const char *user;
	uint32_t uid;
	const char *own_group;
	uint32_t gid;
	bool group_given;
	const char *extra[EXTRA_MAX];
	uint32_t extra_gids[EXTRA_MAX];
	int extra_count;
};

/* What it leaves. */
struct answer {
	enum problem problem;
	int extra; /* of the extra groups, the one that the problem is with; else -1 */
	struct account account;
};

/* ---------------------------------------------------------------- the child */

static bool resolve_group(struct answer *answer, struct text group, const char *name,
	uint32_t number, uint32_t *gid)
{
	enum found found = FOUND;

	*gid = number;
	if (name)
		found = find_group(group, name, gid);
	if (found == MISSING)
		answer->problem = GROUP_MISSING;
	if (found == MALFORMED)
		answer->problem = GROUP_MALFORMED;
	return found == FOUND;
}

static bool copy_home(struct answer *answer, struct text home)
{
	if (home.length >= HOME_SIZE) {
		answer->problem = HOME_TOO_LONG;
		return false;
	}
	if (home.length)
		memcpy(answer->account.home, home.start, home.length);
	answer->account.home[home.length] = '\0';
	return true;
}

static void add_group(struct account *account, uint32_t gid)
{
	if (account->group_count < GROUPS_MAX)
		account->groups[account->group_count] = gid;
	account->group_count++;
}

static void answer_question(const struct question *question, struct answer *answer)
{
	struct account *account = &answer->account;
	struct user user = { .uid = question->uid };
	enum found found;
	uint32_t gid;

	answer->extra = -1;
	found = find_user(question->passwd, question->user, question->uid, &user);
	if (found == MALFORMED || (found == MISSING && question->user)) {
		answer->problem = found == MISSING ? USER_MISSING : USER_MALFORMED;
		return;
	}
	if (found == MISSING)
		user = (struct user){ .uid = question->uid };
	account->uid = user.uid;
	if (!copy_home(answer, user.home))
		return;
	account->gid = user.gid;
	if (question->group_given &&
		!resolve_group(answer, question->group, question->own_group,
			question->gid, &account->gid))
		return;
	add_group(account, account->gid);
	if (!question->group_given && user.name.length)
		account->group_count += member_groups(
			question->group, user.name, account->groups + 1, GROUPS_MAX - 1);
	for (int i = 0; i < question->extra_count; i++) {
		answer->extra = i;
		if (!resolve_group(answer, question->group, question->extra[i],
			    question->extra_gids[i], &gid))
			return;
		add_group(account, gid);
	}
	answer->problem = account->group_count > GROUPS_MAX ? TOO_MANY_GROUPS : NONE;
}

#if defined __x86_64__
#define OWN_ARCH AUDIT_ARCH_X86_64
#elif defined __aarch64__
#define OWN_ARCH AUDIT_ARCH_AARCH64
#elif defined __riscv && __riscv_xlen == 64
#define OWN_ARCH AUDIT_ARCH_RISCV64
#elif defined __powerpc64__
#define OWN_ARCH AUDIT_ARCH_PPC64LE
#elif defined __s390x__
#define OWN_ARCH AUDIT_ARCH_S390X
#elif defined __arm__
#define OWN_ARCH AUDIT_ARCH_ARM
#elif defined __i386__
#define OWN_ARCH AUDIT_ARCH_I386
#endif

/* From here on only exit(2) works. */
static void lock_up(void)
{
	struct sock_filter rules[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, OWN_ARCH, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof rules / sizeof *rules,
		.filter = rules };

	close_all_but(NULL, 0);
	set_caps(0, 0);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
		syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter))
		_exit(EXIT_TOOL);
}

/* ---------------------------------------------------------------- the parent */

static bool is_number(const char *text)
{
	return *text && !text[strspn(text, "0123456789")];
}

static struct text read_image_file(int root, const char *path)
{
	static const struct cause cause = { "account-file",
		"the image decides what this file is; it must be a regular file of at "
		"most 1 MiB" };
	struct text text = { NULL, 0 };

	text.start = read_file_in_root(root, path, FILE_LIMIT, &text.length);
	if (!text.start && errno != ENOENT && errno != ENOTDIR)
		die_errno_cause("read the image's", path, &cause);
	return text;
}

/* Split the request into names and numbers. */
static void set_ids(const struct request *request, struct question *question)
{
	char *user = strdup(request->user ? request->user : "");
	char *group = user ? strchr(user, ':') : NULL;

	if (!user)
		die_errno("look up the user", NULL);
	if (group)
		*group++ = '\0';
	if (is_number(user))
		question->uid = parse_id("--user", user);
	else if (*user)
		question->user = user;
	question->group_given = group && *group;
	if (question->group_given && is_number(group))
		question->gid = parse_id("--user", group);
	else if (question->group_given)
		question->own_group = group;
	question->extra_count = request->extra_count;
	for (int i = 0; i < request->extra_count; i++) {
		if (is_number(request->extra[i]))
			question->extra_gids[i] =
				parse_id("--group-add", request->extra[i]);
		else
			question->extra[i] = request->extra[i];
	}
}

static _Noreturn void die_problem(
	const struct question *question, const struct answer *answer)
{
	static const struct cause number = { "account-missing",
		"name one that the image has, or give a number" };
	const char *group = answer->extra < 0 || answer->extra >= question->extra_count
		? question->own_group
		: question->extra[answer->extra];

	switch (answer->problem) {
	case USER_MISSING:
		die_cause(&number, "look up the user", question->user,
			"not in the image's /etc/passwd");
	case USER_MALFORMED:
		die("look up the user", question->user,
			"its entry in the image's /etc/passwd makes no sense");
	case GROUP_MISSING:
		die_cause(&number, "look up the group", group,
			"not in the image's /etc/group");
	case GROUP_MALFORMED:
		die("look up the group", group,
			"its entry in the image's /etc/group makes no sense");
	case TOO_MANY_GROUPS:
		die("look up the groups", question->user, "more than %d", GROUPS_MAX);
	case HOME_TOO_LONG:
		die("look up the user", question->user, "its home is too long a path");
	case NO_ANSWER:
	case NONE:
		break;
	}
	die("look up the user", question->user, "the parser of /etc/passwd was killed");
}

static void wait_for_parser(pid_t parser)
{
	int status;

	while (waitpid(parser, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for the parser of", "/etc/passwd");
	if (status)
		die("look up the user", NULL, "the parser of /etc/passwd was killed");
}

static void check_answer(const struct question *question, struct answer *answer)
{
	struct account *account = &answer->account;

	if (answer->problem != NONE)
		die_problem(question, answer);
	if (account->group_count > GROUPS_MAX || account->uid == (uid_t)-1 ||
		account->gid == (gid_t)-1)
		die("look up the user", question->user, "an impossible answer");
	account->home[HOME_SIZE - 1] = '\0';
	if (!account->home[0])
		account->home[0] = '/';
	/* Not the image's to say. */
	if (!question->user)
		account->uid = question->uid;
	if (question->group_given && !question->own_group)
		account->gid = question->gid;
}

struct account *find_account(const struct request *request)
{
	static const struct cause fork_cause = { "no-process",
		"looking a user up takes a second process: raise --pids-limit" };
	struct question question = { 0 };
	struct answer *answer = mmap(NULL, sizeof *answer, PROT_READ | PROT_WRITE,
		MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t parser;

	if (answer == MAP_FAILED)
		die_errno("look up the user", NULL);
	if (root < 0)
		die_errno("open", "/");
	set_ids(request, &question);
	question.passwd = read_image_file(root, "/etc/passwd");
	question.group = read_image_file(root, "/etc/group");
	close(root);

	parser = fork();
	if (parser < 0)
		die_errno_cause("fork", "the parser of /etc/passwd",
			errno == EAGAIN ? &fork_cause : NULL);
	if (!parser) {
		lock_up();
		answer_question(&question, answer);
		_exit(0);
	}
	wait_for_parser(parser);
	check_answer(&question, answer);
	return &answer->account;
}
