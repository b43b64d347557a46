/* SPDX-License-Identifier: MIT */
/* img-unpack: an archive or a layer becomes a directory.
 *
 * An archive is its maker's, and what decompresses and parses it is much code. Three
 * processes divide the work:
 *
 *	the reader	decompresses and parses; it can do nothing else (reader.h)
 *	the writer	makes the files, from records that it checks (writer.h), and may
 *			touch nothing but the directory; a thread of it reads the archive
 *and takes its digest (source.h) this one	waits, and removes the directory that it
 *made if they fail
 *
 * The archive goes to the reader through a pipe, the records to the writer through a ring
 * in shared memory (ring.h). If any of them dies, so do the others. */

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "die.h"
#include "jail.h"
#include "parse.h"
#include "reader.h"
#include "sys.h"
#include "tool.h"
#include "tree.h"
#include "wait.h"
#include "writer.h"

#define WRITER_CAPS                                                                      \
	(CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) | CAP(MKNOD) |       \
		CAP(SETFCAP))

#ifdef __SANITIZE_ADDRESS__
/* To look for leaks it needs /proc and ptrace(2), which these processes have given up. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
	return "detect_leaks=0";
}
#endif

enum {
	OPTION_DIGEST = OPTION_OWN,
	OPTION_DIFF_ID,
	OPTION_SIZE,
	OPTION_PRINT,
	OPTION_WHITEOUTS,
	OPTION_LIMIT_BYTES,
	OPTION_LIMIT_ENTRIES,
	OPTION_LIMIT_DEPTH,
	OPTION_LIMIT_RATIO,
	DIGEST_LENGTH = 32,
	PIPE_SIZE = 1 << 20,
};

static const struct tool_option options[] = {
	{ OPTION_DIGEST, "digest", "sha256:hex", "what the archive must be" },
	{ OPTION_DIFF_ID, "diff-id", "sha256:hex", "what the tar in it must be" },
	{ OPTION_SIZE, "size", "bytes", "how long the archive must be" },
	{ OPTION_PRINT, "print", NULL, "print digest, diff-id and size" },
	{ OPTION_WHITEOUTS, "whiteouts", "apply|overlay",
		"delete what a layer hides (default), or mark it for overlayfs" },
	{ OPTION_LIMIT_BYTES, "limit-bytes", "bytes",
		"the most that all files have (default: 128 GiB)" },
	{ OPTION_LIMIT_ENTRIES, "limit-entries", "number",
		"the most entries (default: 10000000)" },
	{ OPTION_LIMIT_DEPTH, "limit-depth", "number",
		"the deepest directory (default: 4096)" },
	{ OPTION_LIMIT_RATIO, "limit-ratio", "number",
		"the most bytes for a byte of the archive (default: 1100)" },
	{ 0 },
};

/* The mark of an opaque directory is an attribute that only an administrator may set. */
static const struct tool_need needs[] = {
	{ "--whiteouts overlay", CAP(SYS_ADMIN) },
	{ 0 },
};

static const struct tool tool = {
	.name = "img-unpack",
	.kind = JOB,
	.purpose = "unpack an archive or a layer into a directory",
	.synopsis = "[--digest sha256:hex] [--diff-id sha256:hex] [--print] archive|- "
		    "directory",
	.options = options,
	.capabilities = WRITER_CAPS,
	.needs = needs,
};

struct digest {
	bool given;
	unsigned char bytes[DIGEST_LENGTH];
};

struct job {
	const char *archive, *directory;
	struct digest digest, diff_id;
	uint64_t size;
	bool size_given, print;
	struct limits limits;
	enum whiteouts whiteouts;
};

/* ------------------------------------------------------------------------ its words */
static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct digest parse_digest(const char *what, const char *text)
{
	struct digest digest = { .given = true };
	const char *hex = text + strlen("sha256:");

	if (strncmp(text, "sha256:", strlen("sha256:")) ||
		strlen(hex) != 2 * DIGEST_LENGTH)
		die(what, text, "not sha256: and 64 hexadecimal digits");
	for (int i = 0; i < DIGEST_LENGTH; i++) {
		int high = hex_value(hex[2 * i]), low = hex_value(hex[2 * i + 1]);

		if (high < 0 || low < 0)
			die(what, text, "not sha256: and 64 hexadecimal digits");
		digest.bytes[i] = (unsigned char)(high << 4 | low);
	}
	return digest;
}

static enum whiteouts parse_whiteouts(const char *text)
{
	if (!strcmp(text, "apply"))
		return WHITEOUTS_APPLY;
	if (!strcmp(text, "overlay"))
		return WHITEOUTS_OVERLAY;
	die("--whiteouts", text, "neither apply nor overlay");
}

static void format_digest(const unsigned char *digest, char text[72])
{
	int length = snprintf(text, 72, "sha256:");

	for (int i = 0; i < DIGEST_LENGTH; i++, length += 2)
		snprintf(text + length, 3, "%02x", digest[i]);
}

/* --------------------------------------------------------------------- what it works on
 */
static int open_archive(const char *path)
{
	struct stat status;
	int fd;

	if (!strcmp(path, "-"))
		return STDIN_FILENO;
	/* A FIFO or a device could keep us waiting for ever. */
	fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status))
		die_errno("open the archive", path);
	if (!S_ISREG(status.st_mode))
		die("open the archive", path,
			"not a regular file; for a stream, give - and redirect");
	return fd;
}

/* Where the directory is: its parent, and its name there. */
struct location {
	int parent;
	const char *name;
	int directory;
	bool made;
};

static struct location open_directory(const char *path)
{
	struct location location = { 0 };
	char *copy = strdup(path), *slash;
	size_t length = strlen(path);

	if (!copy)
		die_errno("open the directory", path);
	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	slash = strrchr(copy, '/');
	location.name = slash ? slash + 1 : copy;
	if (!*location.name)
		location.name = ".";
	if (slash)
		*slash = '\0';
	location.parent = open(!slash	? "."
			: slash == copy ? "/"
					: copy,
		O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (location.parent < 0)
		die_errno("open the parent of", path);
	location.made = !mkdirat(location.parent, location.name, 0755);
	if (!location.made && errno != EEXIST && errno != EISDIR)
		die_errno("make the directory", path);
	location.directory = openat(location.parent, location.name,
		O_RDONLY | O_DIRECTORY | O_CLOEXEC | (location.made ? O_NOFOLLOW : 0));
	if (location.directory < 0)
		die_errno("open the directory", path);
	return location;
}

/* -------------------------------------------------------------------------- processes */
/* Start a process that dies with this one, and stay its parent. */
static pid_t start_process(const char *what)
{
	pid_t parent = getpid(), child = fork();

	if (child < 0)
		die_errno("start", what);
	if (!child) {
		reset_signals();
		if (prctl(PR_SET_PDEATHSIG, SIGKILL))
			die_errno("bind to its parent", what);
		if (getppid() != parent)
			_exit(EXIT_TOOL);
	}
	return child;
}

static void check_digest(const struct digest *expected, const unsigned char *found,
	const char *what, const char *archive)
{
	char text[72];

	if (!expected->given || !memcmp(expected->bytes, found, DIGEST_LENGTH))
		return;
	format_digest(found, text);
	die(what, archive, "it is %s", text);
}

static void print_facts(const struct source *source, const struct end_record *end)
{
	char digest[72], diff_id[72];

	format_digest(source->digest, digest);
	format_digest(end->diff_id, diff_id);
	printf("digest %s\ndiff-id %s\nsize %llu\n", digest, diff_id,
		(unsigned long long)source->size);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
}

/* The writer's process: ends with the status of the whole. */
static _Noreturn void run_writer(const struct job *job, int archive, int pipe, int pidfd,
	const struct location *location, struct ring *ring)
{
	struct source source = { .archive = archive, .pipe = pipe };
	const struct writing writing = { job->archive, location->directory, pidfd,
		job->limits, job->whiteouts, !location->made, &source };
	const struct end_record *end;

	signal(SIGPIPE, SIG_IGN);
	restrict_files(location->directory);
	start_source(&source);
	end = write_archive(&writing, ring);
	finish_source(&source);
	if (source.error) {
		errno = source.error;
		die_errno("read the archive", job->archive);
	}
	if (job->size_given && source.size != job->size)
		die("check the size of", job->archive, "it has %llu bytes",
			(unsigned long long)source.size);
	check_digest(&job->digest, source.digest, "check the digest of", job->archive);
	check_digest(&job->diff_id, end->diff_id, "check the diff-id of", job->archive);
	if (job->print)
		print_facts(&source, end);
	exit(0);
}

static int make_pipe(int ends[2])
{
	if (pipe2(ends, O_CLOEXEC))
		die_errno("make a pipe", NULL);
	/* The usual size is enough where this is more than a user may have. */
	return fcntl(ends[1], F_SETPIPE_SZ, PIPE_SIZE);
}

/* Returns the exit status. */
static int unpack(const struct job *job, int archive, const struct location *location)
{
	struct ring ring = make_ring(RING_SIZE);
	pid_t reader, writer;
	int ends[2], pidfd, status;
	sigset_t ignored;

	make_pipe(ends);
	block_signals(&ignored);
	reader = start_process("the reader");
	if (!reader)
		run_reader(ends[0], &ring, job->limits.bytes);
	pidfd = sys_pidfd_open(reader);
	if (pidfd < 0)
		die_errno("watch", "the reader");
	writer = start_process("the writer");
	if (!writer) {
		close(ends[0]);
		run_writer(job, archive, ends[1], pidfd, location, &ring);
	}
	close(ends[0]);
	close(ends[1]);
	set_caps(CAP(DAC_OVERRIDE) | CAP(FOWNER), CAP(DAC_OVERRIDE) | CAP(FOWNER));
	status = wait_status_code(supervise(writer, -1, &ignored));
	/* By its pidfd: its number may be another process's by now. */
	sys_pidfd_send_signal(pidfd, SIGKILL);
	while (waitpid(reader, NULL, 0) < 0 && errno == EINTR)
		;
	return status;
}

static struct job parse_words(int argc, char *argv[], struct common *common)
{
	struct job job = { .limits = { 128ULL << 30, 10000000, 4096, 1100 } };
	int option;

	while ((option = next_option(&tool, common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_DIGEST:
			job.digest = parse_digest("--digest", optarg);
			break;
		case OPTION_DIFF_ID:
			job.diff_id = parse_digest("--diff-id", optarg);
			break;
		case OPTION_SIZE:
			job.size = parse_uint("--size", optarg, 0, INT64_MAX);
			job.size_given = true;
			break;
		case OPTION_PRINT:
			job.print = true;
			break;
		case OPTION_WHITEOUTS:
			job.whiteouts = parse_whiteouts(optarg);
			break;
		case OPTION_LIMIT_BYTES:
			job.limits.bytes =
				parse_uint("--limit-bytes", optarg, 0, INT64_MAX);
			break;
		case OPTION_LIMIT_ENTRIES:
			job.limits.entries =
				parse_uint("--limit-entries", optarg, 0, INT64_MAX);
			break;
		case OPTION_LIMIT_DEPTH:
			job.limits.depth =
				parse_uint("--limit-depth", optarg, 1, INT32_MAX);
			break;
		case OPTION_LIMIT_RATIO:
			job.limits.ratio =
				parse_uint("--limit-ratio", optarg, 1, INT64_MAX);
			break;
		}
	}
	if (argc - optind != 2 || !*argv[optind] || !*argv[optind + 1])
		die_usage(&tool, "which archive, and which directory?");
	job.archive = argv[optind];
	job.directory = argv[optind + 1];
	return job;
}

int main(int argc, char *argv[])
{
	struct common common = { 0 };
	struct job job = parse_words(argc, argv, &common);
	struct tool own = tool;
	struct location location;
	int archive, status;

	if (job.whiteouts == WHITEOUTS_OVERLAY)
		own.capabilities = with_need(&tool, "--whiteouts overlay");
	start_tool(&own, &common);
	/* Modes are the archive's. */
	umask(0);
	/* Its configuration is not needed, and later not in reach. */
	if (!OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, NULL))
		die("start", "libcrypto", "it refuses");
	archive = open_archive(job.archive);
	location = open_directory(job.directory);
	status = unpack(&job, archive, &location);
	if (!status)
		return 0;
	if (status > EXIT_SIGNAL)
		warn("unpack", job.archive, "ended by signal %d", status - EXIT_SIGNAL);
	if (location.made && remove_all(location.parent, location.name))
		die_errno("remove the directory", job.directory);
	return status;
}
