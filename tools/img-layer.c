/* SPDX-License-Identifier: MIT */
/* img-layer: say where the files of an archive are, unpacked once for each content.
 *
 * Below the root directory:
 *
 *	layers/                as layer.h describes it
 *	layers/.new.XXXXXX     being unpacked, locked by whoever does it
 *
 * A start only reads the stamp. Whoever finds none hashes the archive; whoever finds no
 * blob unpacks. Its stamp is locked meanwhile, so that two first starts unpack
 * once. A layer appears by rename(2) when it is complete and on disk, so what is there is
 * whole. */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "delete.h"
#include "die.h"
#include "layer.h"
#include "sys.h"
#include "tool.h"
#include "wait.h"

enum {
	OPTION_UNPACK = OPTION_OWN,
};

static const struct tool_option options[] = {
	{ 'r', "root", "directory", "where the layers are, below layers/" },
	{ OPTION_UNPACK, "unpack", "program", "img-unpack, or what unpacks like it" },
	{ 0 },
};

static const struct tool tool = {
	.name = "img-layer",
	.kind = JOB,
	.purpose =
		"print the directory of an archive's files, unpacked if they are not yet",
	.synopsis = "--root directory --unpack program archive",
	.options = options,
	/* Those of img-unpack, and DAC_OVERRIDE to delete what was left half done. */
	.capabilities = CAP(CHOWN) | CAP(DAC_OVERRIDE) | CAP(FOWNER) | CAP(FSETID) |
		CAP(MKNOD) | CAP(SETFCAP),
};

/* The directories, open. */
struct layers {
	const char *root;
	int all, blobs, stamps;
};

static int open_made(int parent, const char *name)
{
	int fd;

	/* 0700: files with set-user-id bits lie below, not to be executed from here. */
	if (mkdirat(parent, name, 0700) && errno != EEXIST)
		die_errno("make", name);
	fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		die_errno("open", name);
	return fd;
}

static struct layers open_layers(const char *root)
{
	struct layers layers = { .root = root };
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT)
		fd = open_made(AT_FDCWD, root);
	if (fd < 0)
		die_errno("open", root);
	layers.all = open_made(fd, "layers");
	layers.blobs = open_made(layers.all, ".blobs");
	layers.stamps = open_made(layers.all, ".stamps");
	close(fd);
	return layers;
}

/* Make or replace the link NAME. */
static void note(int directory, const char *name, const char *diff_id)
{
	char *temporary;

	if (asprintf(&temporary, ".%d.%s", getpid(), name) < 0)
		die_errno("note", name);
	if (unlinkat(directory, temporary, 0) && errno != ENOENT)
		die_errno("remove", temporary);
	if (symlinkat(diff_id, directory, temporary) ||
		renameat(directory, temporary, directory, name))
		die_errno("note", name);
	free(temporary);
}

static void write_hex(const unsigned char *bytes, size_t count, char *text)
{
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

static void hash_file(int fd, const char *path, char digest[DIGEST_SIZE + 1])
{
	static unsigned char buffer[1 << 18];
	unsigned char result[EVP_MAX_MD_SIZE];
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	off_t offset = 0;
	ssize_t got;

	if (!context || !EVP_DigestInit_ex(context, EVP_sha256(), NULL))
		die("hash", path, "SHA-256 is not available");
	while ((got = pread(fd, buffer, sizeof buffer, offset)) > 0 ||
		(got < 0 && errno == EINTR)) {
		if (got < 0)
			continue;
		EVP_DigestUpdate(context, buffer, (size_t)got);
		offset += got;
	}
	if (got < 0)
		die_errno("read", path);
	EVP_DigestFinal_ex(context, result, NULL);
	EVP_MD_CTX_free(context);
	write_hex(result, DIGEST_SIZE / 2, digest);
}

/* Whoever makes a directory locks it next; until then it looks like an abandoned one. */
static void lock_layers(const struct layers *layers, int operation)
{
	while (flock(layers->all, operation))
		if (errno != EINTR)
			die_errno("lock", "layers");
}

/* Delete what others began and did not end: the lock on it is free. */
static void reap_abandoned(const struct layers *layers)
{
	int fd = openat(layers->all, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *directory = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!directory)
		die_errno("read", "layers");
	lock_layers(layers, LOCK_EX);
	while ((entry = readdir(directory))) {
		int abandoned;

		if (strncmp(entry->d_name, ".new.", 5))
			continue;
		abandoned = openat(layers->all, entry->d_name,
			O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		if (abandoned >= 0 && !flock(abandoned, LOCK_EX | LOCK_NB)) {
			warn("reap", entry->d_name, "an unpacking that did not end");
			delete_tree(layers->all, entry->d_name, abandoned);
		}
		if (abandoned >= 0)
			close(abandoned);
	}
	closedir(directory);
	lock_layers(layers, LOCK_UN);
}

/* A directory of our own to unpack in, as a locked fd; NAME is its name below layers/. */
static int make_new(const struct layers *layers, char **name)
{
	uint64_t number;
	int fd, random = open("/dev/urandom", O_RDONLY | O_CLOEXEC);

	if (random < 0 || read(random, &number, sizeof number) != sizeof number)
		die_errno("read", "/dev/urandom");
	close(random);
	if (asprintf(name, ".new.%016" PRIx64, number) < 0)
		die_errno("name a directory", NULL);
	lock_layers(layers, LOCK_EX);
	fd = open_made(layers->all, *name);
	if (flock(fd, LOCK_EX | LOCK_NB))
		die_errno("lock", *name);
	lock_layers(layers, LOCK_UN);
	return fd;
}

/* Run img-unpack; DIFF_ID is what it says of the content. It has said why it failed. */
static bool unpack(const char *program, const char *archive, const char *digest,
	const char *target, char diff_id[DIGEST_SIZE + 1])
{
	char *expected, line[256], number[16];
	int pipe_fds[2], status;
	bool found = false;
	FILE *said;
	pid_t child, parent = getpid();

	if (asprintf(&expected, "sha256:%s", digest) < 0 || pipe2(pipe_fds, O_CLOEXEC))
		die_errno("prepare to run", program);
	child = fork();
	if (child < 0)
		die_errno("fork", NULL);
	if (!child) {
		/* What nobody waits for would fill a directory that others delete. An
		 * exec by which root gained privileges would clear it (prctl(2)). */
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0))
			die_errno("ask to die with the parent", NULL);
		if (getppid() != parent)
			_exit(EXIT_TOOL);
		if (dup2(pipe_fds[1], STDOUT_FILENO) < 0)
			die_errno("redirect", program);
		snprintf(number, sizeof number, "%d", report_fd());
		/* It says and records itself why it fails. */
		if (report_fd() >= 0)
			execl(program, program, "--status-fd", number, "--digest",
				expected, "--print", "--", archive, target, (char *)NULL);
		else
			execl(program, program, "--digest", expected, "--print", "--",
				archive, target, (char *)NULL);
		die_errno("execute", program);
	}
	close(pipe_fds[1]);
	said = fdopen(pipe_fds[0], "r");
	if (!said)
		die_errno("read from", program);
	while (fgets(line, sizeof line, said))
		if (sscanf(line, "diff-id sha256:%64[0-9a-f]", diff_id) == 1)
			found = strlen(diff_id) == DIGEST_SIZE;
	fclose(said);
	free(expected);
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			die_errno("wait for", program);
	if (!wait_status_code(status) && !found)
		die("unpack", archive, "%s did not say what it unpacked", program);
	return !wait_status_code(status);
}

/* Unpack into a new directory, and make it the layer of its content. */
static void add_layer(const struct layers *layers, const char *program,
	const char *archive, const char *digest, char diff_id[DIGEST_SIZE + 1])
{
	char *name, *target;
	int fd = make_new(layers, &name);

	if (asprintf(&target, "%s/layers/%s/files", layers->root, name) < 0)
		die_errno("name a directory", NULL);
	if (!unpack(program, archive, digest, target, diff_id)) {
		delete_tree(layers->all, name, fd);
		exit(EXIT_TOOL);
	}
	/* After a power failure a layer is whole or not there. */
	if (syncfs(fd))
		die_errno("write to disk", target);
	if (renameat(fd, "files", layers->all, diff_id) && errno != EEXIST &&
		errno != ENOTEMPTY)
		die_errno("name the layer", diff_id);
	delete_tree(layers->all, name, fd);
	close(fd);
	free(name);
	free(target);
}

/* Wait until no other call unpacks the archive of this stamp. A file of our own is
 * locked: the archive could be held by anybody who may read it. Its name, for
 * unlock_stamp. */
static char *lock_stamp(const struct layers *layers, const char *stamp)
{
	char *name;
	int fd;

	if (asprintf(&name, ".lock.%s", stamp) < 0)
		die_errno("name the lock", stamp);
	fd = openat(
		layers->stamps, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	/* Left open: the lock ends with the process. */
	if (fd < 0 || flock(fd, LOCK_EX))
		die_errno("lock", name);
	return name;
}

/* Who waited for it finds the layer there, and so does who makes a new one. */
static void unlock_stamp(const struct layers *layers, char *name)
{
	if (unlinkat(layers->stamps, name, 0) && errno != ENOENT)
		die_errno("remove the lock", name);
	free(name);
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *program = NULL, *archive;
	char diff_id[DIGEST_SIZE + 2], digest[DIGEST_SIZE + 1];
	struct common common = { 0 };
	struct layers layers;
	struct stat status;
	char *stamp, *lock;
	int fd, option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case 'r':
			root = optarg;
			break;
		case OPTION_UNPACK:
			program = optarg;
			break;
		}
	}
	archive = argv[optind];
	if (!root || !program || !archive || argv[optind + 1])
		die_usage(&tool, "which root, which program, and which archive?");
	start_tool(&tool, &common);
	umask(0);

	fd = open(archive, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0 || fstat(fd, &status))
		die_errno("open", archive);
	if (!S_ISREG(status.st_mode))
		die("open", archive, "not a regular file");
	layers = open_layers(root);
	stamp = layer_stamp(&status);
	if (!find_layer(layers.all, layers.stamps, stamp, diff_id)) {
		lock = lock_stamp(&layers, stamp);
		reap_abandoned(&layers);
		hash_file(fd, archive, digest);
		if (!find_layer(layers.all, layers.blobs, digest, diff_id)) {
			add_layer(&layers, program, archive, digest, diff_id);
			note(layers.blobs, digest, diff_id);
		}
		note(layers.stamps, stamp, diff_id);
		unlock_stamp(&layers, lock);
	}
	if (printf("%s/layers/%s\n", root, diff_id) < 0 || fflush(stdout))
		die_errno("write", "standard output");
	free(stamp);
	return 0;
}
