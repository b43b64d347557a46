/* SPDX-License-Identifier: MIT */
#include "lookup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "die.h"

/* The kernel reads as much of a file to see what it is (BINPRM_BUF_SIZE), and a little
 * more than this of an ELF interpreter's name. */
enum {
	HEAD_SIZE = 256,
	NAME_SIZE = 512,
	SEGMENTS_MAX = 256,
};

static const char default_path[] =
	"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

static _Noreturn void die_with(
	const char *path, int number, const char *id, const char *fix)
{
	struct cause cause = { id, fix };

	errno = number;
	die_status(number == ENOENT || number == ENOTDIR ? EXIT_NOT_FOUND : EXIT_CANNOT,
		"execute", path, id ? &cause : NULL);
}

/* The same with a fix made as printf(3) would. */
static _Noreturn __attribute__((format(printf, 4, 5))) void die_because(
	const char *path, int number, const char *id, const char *fix, ...)
{
	char text[2 * NAME_SIZE];
	va_list arguments;

	va_start(arguments, fix);
	vsnprintf(text, sizeof text, fix, arguments);
	va_end(arguments);
	die_with(path, number, id, text);
}

/* ---------------------------------------------------------------- why an exec failed */

static const char *machine_name(unsigned machine)
{
	static const struct {
		unsigned machine;
		const char *name;
	} names[] = {
		{ EM_386, "386" },
		{ EM_X86_64, "amd64" },
		{ EM_ARM, "arm" },
		{ EM_AARCH64, "arm64" },
		{ EM_PPC64, "ppc64" },
		{ EM_S390, "s390x" },
		{ EM_MIPS, "mips" },
		{ EM_RISCV, "riscv64" },
		{ 258, "loong64" },
	};

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (names[i].machine == machine)
			return names[i].name;
	return "another machine";
}

#if defined __x86_64__
static const unsigned own_machine = EM_X86_64;
#elif defined __aarch64__
static const unsigned own_machine = EM_AARCH64;
#elif defined __riscv
static const unsigned own_machine = EM_RISCV;
#elif defined __powerpc64__
static const unsigned own_machine = EM_PPC64;
#elif defined __s390__
static const unsigned own_machine = EM_S390;
#elif defined __arm__
static const unsigned own_machine = EM_ARM;
#else
static const unsigned own_machine = EM_386;
#endif

static bool is_missing(const char *path)
{
	return access(path, F_OK) && (errno == ENOENT || errno == ENOTDIR);
}

/* The name in PT_INTERP into NAME; false if there is none, or none that makes sense. */
static bool read_loader(int fd, const Elf64_Ehdr *head, char *name)
{
	Elf64_Phdr segment;

	if (head->e_ident[EI_CLASS] != ELFCLASS64 ||
		head->e_phentsize != sizeof segment || head->e_phnum > SEGMENTS_MAX)
		return false;
	for (unsigned i = 0; i < head->e_phnum; i++) {
		off_t at = (off_t)(head->e_phoff + i * sizeof segment);

		if (pread(fd, &segment, sizeof segment, at) != sizeof segment)
			return false;
		if (segment.p_type != PT_INTERP)
			continue;
		if (segment.p_filesz < 2 || segment.p_filesz > NAME_SIZE ||
			pread(fd, name, segment.p_filesz, (off_t)segment.p_offset) !=
				(ssize_t)segment.p_filesz)
			return false;
		name[segment.p_filesz - 1] = '\0';
		return true;
	}
	return false;
}

static void explain_elf(const char *path, int number, int fd, const char *head)
{
	char loader[NAME_SIZE];
	Elf64_Ehdr elf;

	memcpy(&elf, head, sizeof elf);
	if (elf.e_machine != own_machine)
		die_because(path, number, "other-machine",
			"it is a program for %s, and this machine is %s: get the image "
			"for "
			"this one",
			machine_name(elf.e_machine), machine_name(own_machine));
	if (read_loader(fd, &elf, loader) && is_missing(loader))
		die_because(path, number, "loader-missing",
			"the file is there, but its loader %s is not: add the C library "
			"that it "
			"was built for, or build it static",
			loader);
}

static void explain_script(const char *path, int number, char *head)
{
	size_t length = strcspn(head, "\n");
	char *name, *end;

	if (length && head[length - 1] == '\r')
		die_with(path, number, "crlf",
			"its first line ends in CR LF, and the CR counts as part of the "
			"interpreter's name: save it with Unix line ends");
	head[length] = '\0';
	name = head + 2 + strspn(head + 2, " \t");
	end = name + strcspn(name, " \t");
	*end = '\0';
	if (*name && is_missing(name))
		die_because(path, number, "interpreter-missing",
			"the file is there, but its interpreter %s is not", name);
	if (*name && number == EACCES && access(name, X_OK))
		die_because(path, number, "interpreter-not-executable",
			"its interpreter %s cannot be executed", name);
}

/* What the bytes of the file say. */
static void explain_content(const char *path, int number)
{
	char head[HEAD_SIZE + 1] = { 0 };
	int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	ssize_t got = fd < 0 ? -1 : pread(fd, head, HEAD_SIZE, 0);

	if (got < 0)
		return;
	if (got >= (ssize_t)sizeof(Elf64_Ehdr) && !memcmp(head, ELFMAG, SELFMAG))
		explain_elf(path, number, fd, head);
	else if (!memcmp(head, "#!", 2))
		explain_script(path, number, head);
	else if (number == ENOEXEC)
		die_with(path, number, "unknown-format",
			got ? "it is neither a program nor a script that begins with "
			      "#!/path/of/interpreter"
			    : "the file is empty");
}

static void explain_mode(const char *path, int number, const struct stat *status)
{
	struct statvfs mount;

	if (S_ISDIR(status->st_mode))
		die_with(path, number, "directory", "it is a directory");
	if (!S_ISREG(status->st_mode))
		die_with(path, number, "not-a-file", "it is not a regular file");
	if (!statvfs(path, &mount) && mount.f_flag & ST_NOEXEC)
		die_with(path, number, "noexec",
			"it is on a mount with the option noexec");
	if (access(path, X_OK))
		die_because(path, number, "not-executable",
			"its mode %04o does not let user %u execute it (chmod +x)",
			(unsigned)status->st_mode & 07777, (unsigned)getuid());
}

void die_exec(const char *path)
{
	int number = errno;
	struct stat status;

	if (stat(path, &status))
		die_with(path, number, NULL, NULL);
	if (number == EACCES)
		explain_mode(path, number, &status);
	if (number == EPERM && getxattr(path, "security.capability", NULL, 0) > 0)
		die_with(path, number, "file-capabilities",
			"the file carries capabilities that are not allowed here");
	if (number == EAGAIN)
		die_with(path, number, "nproc",
			"this user has as many processes as the limit nproc allows, all "
			"containers counted");
	if (number == E2BIG)
		die_with(path, number, "arguments-too-long",
			"the arguments and the environment together are too long");
	if (S_ISREG(status.st_mode))
		explain_content(path, number);
	die_with(path, number, NULL, NULL);
}

/* ---------------------------------------------------------------- where it is */

/* 0, or why PATH cannot be executed, as the kernel would say it. */
static int cannot_execute(const char *path)
{
	struct stat status;

	if (stat(path, &status))
		return errno;
	if (!S_ISREG(status.st_mode))
		return EACCES;
	return access(path, X_OK) ? errno : 0;
}

static char *join(const char *directory, size_t length, const char *name)
{
	char *path;

	/* An empty part of PATH is the working directory. */
	if (asprintf(&path, "%.*s%s%s", (int)length, directory, length ? "/" : "", name) <
		0)
		die_errno("look up", name);
	return path;
}

static char *search(const char *directories, const char *name)
{
	char *refused = NULL;
	int why = 0;

	for (const char *at = directories;; at++) {
		size_t length = strcspn(at, ":");
		char *path = join(at, length, name);
		int number = cannot_execute(path);

		if (!number)
			return path;
		/* As in execvp(3): go on, but if nothing better comes tell of this. */
		if (number != ENOENT && number != ENOTDIR && !refused) {
			refused = path;
			why = number;
		} else {
			free(path);
		}
		at += length;
		if (!*at)
			break;
	}
	if (refused) {
		errno = why;
		die_exec(refused);
	}
	return NULL;
}

char *find_program(const char *name)
{
	const char *path = getenv("PATH");
	char *found;

	if (!*name)
		die_with(name, ENOENT, "no-name", "the program's name is empty");
	if (strchr(name, '/')) {
		errno = cannot_execute(name);
		if (errno)
			die_exec(name);
		found = strdup(name);
		if (!found)
			die_errno("look up", name);
		return found;
	}
	found = search(path ? path : default_path, name);
	if (!found)
		die_because(name, ENOENT, "not-in-path",
			"it is in no directory of PATH=%s", path ? path : default_path);
	return found;
}
