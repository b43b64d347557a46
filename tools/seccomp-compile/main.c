/* SPDX-License-Identifier: MIT */
/* seccomp-compile: make the BPF program of a seccomp profile.
 *
 * The profile may be anybody's, and JSON and libseccomp are much code: they run in a
 * worker that has no capability, no file system and no network, only memory and the pipe
 * on which it sends its program. We ourselves look at sizes only, and write the result.
 */

#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <seccomp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caps.h"
#include "die.h"
#include "fds.h"
#include "filter.h"
#include "profile.h"
#include "tool.h"

/* Part of a cached filter's name: to be raised when the same profile gives another. */
#define FORMAT "1"

#define DEFAULT_CAPABILITIES                                                             \
	"chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,"                   \
	"net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap"

enum {
	OPTION_CACHE = OPTION_OWN,
	WORKER_SECONDS = 10,
	WORKER_MEMORY = 512 << 20,
};

static const struct tool_option options[] = {
	{ 'p', "profile", "file", "the profile; - is standard input (default: our own)" },
	{ 'c', "capabilities", "list",
		"what the container will have (default: the usual 14)" },
	{ 'o', "output", "file", "where to write the program; - is standard output" },
	{ OPTION_CACHE, "cache", "directory",
		"keep programs there, and print the path of this one" },
	{ 0 },
};

static const struct tool tool = {
	.name = "seccomp-compile",
	.kind = JOB,
	.purpose = "make the BPF program of a seccomp profile",
	.synopsis = "[--profile file] [--capabilities list] --output file | --cache "
		    "directory",
	.options = options,
	.capabilities = 0,
};

/* The default profile is in the program, so that it is there wherever we are. */
__asm__(".pushsection .rodata\n"
	".balign 4\n"
	"default_profile_length: .long 1f - default_profile\n"
	"default_profile: .incbin \"tools/seccomp-compile/default.json\"\n"
	"1:\n"
	".popsection\n");
extern const uint32_t default_profile_length __attribute__((visibility("hidden")));
extern const char default_profile[] __attribute__((visibility("hidden")));

struct source {
	const char *name;
	const char *text;
	size_t length;
};

static struct source read_source(const char *path)
{
	static const struct cause unreadable = { "profile-unreadable",
		"it is read without privileges, also by root: give it on standard input, "
		"with --profile - <file" };
	struct source source = { path, default_profile, default_profile_length };
	bool standard_input = path && !strcmp(path, "-");
	char *text;
	ssize_t got;
	int fd;

	if (!path) {
		source.name = "the default profile";
		return source;
	}
	fd = standard_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		die_errno_cause(
			"open the profile", path, errno == EACCES ? &unreadable : NULL);
	text = malloc(PROFILE_SIZE_MAX + 1);
	if (!text)
		die_errno("read the profile", path);
	source.length = 0;
	do {
		got = read(
			fd, text + source.length, PROFILE_SIZE_MAX + 1 - source.length);
		if (got < 0 && errno != EINTR)
			die_errno("read the profile", path);
		if (got > 0)
			source.length += (size_t)got;
	} while (got && source.length <= PROFILE_SIZE_MAX);
	if (source.length > PROFILE_SIZE_MAX)
		die("read the profile", path, "longer than %d bytes", PROFILE_SIZE_MAX);
	if (!standard_input)
		close(fd);
	source.text = text;
	return source;
}

static struct target find_target(caps capabilities)
{
	struct utsname system;
	unsigned major, minor;

	if (uname(&system))
		die_errno("ask for the kernel's version", NULL);
	if (sscanf(system.release, "%4u.%4u", &major, &minor) != 2)
		die("ask for the kernel's version", system.release,
			"not of the form 5.10");
	return (struct target){ capabilities, seccomp_arch_native(),
		kernel_version(major, minor) };
}

/* Everything that the program depends on. */
static char *cache_key(const struct source *source, const struct target *target)
{
	const struct scmp_version *library = seccomp_version();
	unsigned char digest[SHA256_DIGEST_LENGTH];
	char *key = NULL, *all = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&all, &size);

	if (!out)
		die_errno("name the cached program of", source->name);
	fprintf(out, FORMAT " " VERSION " %u.%u.%u %x %x %llx\n", library->major,
		library->minor, library->micro, target->architecture, target->kernel,
		(unsigned long long)target->capabilities);
	fwrite(source->text, 1, source->length, out);
	if (fclose(out) || !SHA256((unsigned char *)all, size, digest))
		die_errno("name the cached program of", source->name);
	free(all);
	key = malloc(2 * sizeof digest + sizeof ".bpf");
	if (!key)
		die_errno("name the cached program of", source->name);
	for (size_t i = 0; i < sizeof digest; i++)
		snprintf(key + 2 * i, 3, "%02x", digest[i]);
	memcpy(key + 2 * sizeof digest, ".bpf", sizeof ".bpf");
	return key;
}

/* No call but these from here on. */
static void enter_jail(const char *name)
{
#ifndef __SANITIZE_ADDRESS__ /* which needs more than this */
	static const int allowed[] = { SCMP_SYS(read), SCMP_SYS(pread64), SCMP_SYS(write),
		SCMP_SYS(writev), SCMP_SYS(lseek), SCMP_SYS(ftruncate),
		SCMP_SYS(ftruncate64), SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap),
		SCMP_SYS(getrandom), SCMP_SYS(clock_gettime), SCMP_SYS(futex),
		SCMP_SYS(rt_sigreturn), SCMP_SYS(exit), SCMP_SYS(exit_group) };
	const struct rlimit time = { WORKER_SECONDS, WORKER_SECONDS };
	const struct rlimit memory = { WORKER_MEMORY, WORKER_MEMORY };
	scmp_filter_ctx jail;
	int error = 0;

	if (setrlimit(RLIMIT_CPU, &time) || setrlimit(RLIMIT_AS, &memory))
		die_errno("limit the reader of", name);
	jail = seccomp_init(SCMP_ACT_KILL_PROCESS);
	if (!jail)
		die("jail the reader of", name, "libseccomp cannot start");
	for (size_t i = 0; !error && i < sizeof allowed / sizeof *allowed; i++)
		error = seccomp_rule_add(jail, SCMP_ACT_ALLOW, allowed[i], 0);
	if (!error)
		error = seccomp_rule_add(jail, SCMP_ACT_ALLOW, SCMP_SYS(mmap), 1,
			SCMP_A2(SCMP_CMP_MASKED_EQ, PROT_EXEC, 0));
	/* The allocator asks for it when it gives back memory. */
	if (!error)
		error = seccomp_rule_add(jail, SCMP_ACT_ALLOW, SCMP_SYS(madvise), 0);
	/* stdio looks at a stream before it buffers. */
	if (!error)
		error = seccomp_rule_add(
			jail, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(newfstatat), 0);
	if (!error)
		error = seccomp_load(jail);
	if (error) {
		errno = -error;
		die_errno("jail the reader of", name);
	}
	seccomp_release(jail);
#else
	(void)name;
#endif
}

static void write_all(int fd, const void *data, size_t length, const char *path)
{
	while (length) {
		ssize_t wrote = write(fd, data, length);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0)
			die_errno("write", path);
		data = (const char *)data + wrote;
		length -= (size_t)wrote;
	}
}

static _Noreturn void work(
	const struct source *source, const struct target *target, int pipe, pid_t parent)
{
	struct program *program = malloc(sizeof *program);
	int scratch = memfd_create("filter", MFD_CLOEXEC);

	if (!program || scratch < 0)
		die_errno("make room for the program of", source->name);
	/* It sends to nobody when we are gone. */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) || getppid() != parent)
		die_errno("tie the reader to us", NULL);
	/* What the caller has open is nothing to a reader of hostile bytes. */
	close_all_but((const int[]){ pipe, scratch, STDERR_FILENO, report_fd() }, 4);
	/* What it asks the kernel about itself it asks now, and remembers. */
	seccomp_api_get();
	enter_jail(source->name);
	make_filter(source->name,
		read_profile(source->name, source->text, source->length, target), target,
		scratch, program);
	write_all(pipe, program->code, program->length * sizeof *program->code,
		source->name);
	_exit(0);
}

/* Returns the number of bytes, a whole number of instructions. */
static size_t compile(
	const struct source *source, const struct target *target, struct program *program)
{
	size_t length = 0;
	int ends[2], status;
	ssize_t got;
	pid_t worker, parent = getpid();

	if (pipe2(ends, O_CLOEXEC))
		die_errno("make a pipe for", source->name);
	worker = fork();
	if (worker < 0)
		die_errno("start the reader of", source->name);
	if (!worker) {
		close(ends[0]);
		work(source, target, ends[1], parent);
	}
	close(ends[1]);
	do {
		got = read(ends[0], (char *)program->code + length,
			sizeof program->code - length);
		if (got > 0)
			length += (size_t)got;
	} while (got > 0 || (got < 0 && errno == EINTR));
	close(ends[0]);
	while (waitpid(worker, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for the reader of", source->name);
	if (WIFSIGNALED(status))
		die("read the profile", source->name, "the reader was killed: %s",
			strsignal(WTERMSIG(status)));
	if (WEXITSTATUS(status)) /* It said why. */
		exit(EXIT_TOOL);
	if (!length || length % sizeof *program->code)
		die("read the profile", source->name, "the reader sent no program");
	return length;
}

/* NAME in DIRECTORY appears complete or not at all. */
static void write_file(int directory, const char *name, const char *shown,
	const struct program *program, size_t length)
{
	struct stat there;
	char *temporary;
	int fd;

	/* To root, the rename would put a file in the place of /dev/null. */
	if (!fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) &&
		!S_ISREG(there.st_mode) && !S_ISLNK(there.st_mode))
		die("write", shown, "not a file; \"-\" is standard output");
	if (asprintf(&temporary, ".%s.%d", name, getpid()) < 0)
		die_errno("write", shown);
	/* One that is there was left by a process that had our number. */
	if (unlinkat(directory, temporary, 0) && errno != ENOENT)
		die_errno("write", shown);
	fd = openat(directory, temporary,
		O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0644);
	if (fd < 0)
		die_errno("write", shown);
	write_all(fd, program->code, length, shown);
	/* Renamed before it is on disk, it could be an empty file after a crash. */
	if (fdatasync(fd) || renameat(directory, temporary, directory, name))
		die_errno("write", shown);
	close(fd);
	free(temporary);
}

static void write_output(const char *path, const struct program *program, size_t length)
{
	const char *slash = strrchr(path, '/');
	char *parent;
	int directory;

	if (!strcmp(path, "-")) {
		if (isatty(STDOUT_FILENO))
			die("write the program", "-", "not to a terminal");
		write_all(STDOUT_FILENO, program->code, length, "standard output");
		return;
	}
	parent = slash ? strndup(path, (size_t)(slash - path + 1)) : strdup(".");
	if (!parent)
		die_errno("write", path);
	directory = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0)
		die_errno("open the directory of", path);
	write_file(directory, slash ? slash + 1 : path, path, program, length);
	free(parent);
}

/* A filter that somebody else can put into the cache is no filter. */
static int open_cache(const char *path)
{
	static const struct cause cause = { "cache-not-private",
		"give it a directory that is yours and that nobody else can write to" };
	struct stat status;
	int directory;

	if (mkdir(path, 0755) && errno != EEXIST)
		die_errno("make the cache", path);
	directory = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (directory < 0 || fstat(directory, &status))
		die_errno("open the cache", path);
	if (status.st_uid != geteuid() || status.st_mode & (S_IWGRP | S_IWOTH))
		die_cause(&cause, "use the cache", path, "others can write to it");
	return directory;
}

static bool is_cached(int directory, const char *key)
{
	struct stat status;

	return !fstatat(directory, key, &status, AT_SYMLINK_NOFOLLOW) &&
		S_ISREG(status.st_mode) && status.st_size > 0 &&
		status.st_size % (off_t)sizeof(struct sock_filter) == 0;
}

static void fill_cache(
	const char *path, const struct source *source, const struct target *target)
{
	char *key = cache_key(source, target);
	int directory = open_cache(path);
	struct program program;

	if (!is_cached(directory, key))
		write_file(directory, key, path, &program,
			compile(source, target, &program));
	if (printf("%s/%s\n", path, key) < 0 || fflush(stdout))
		die_errno("write", "standard output");
	close(directory);
	free(key);
}

int main(int argc, char *argv[])
{
	const char *profile = NULL, *output = NULL, *cache = NULL;
	const char *capabilities = DEFAULT_CAPABILITIES;
	struct common common = { 0 };
	struct program program;
	struct source source;
	struct target target;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'p':
			profile = optarg;
			break;
		case 'c':
			capabilities = optarg;
			break;
		case 'o':
			output = optarg;
			break;
		case OPTION_CACHE:
			cache = optarg;
			break;
		}
	}
	if (argv[optind])
		die_usage(&tool, "no operand is expected");
	if (!output == !cache)
		die_usage(&tool, "where to, --output or --cache?");
	target = find_target(parse_caps(capabilities));
	start_tool(&tool, &common);

	source = read_source(profile);
	if (cache) {
		fill_cache(cache, &source, &target);
		return 0;
	}
	write_output(output, &program, compile(&source, &target, &program));
	return 0;
}
