/* SPDX-License-Identifier: MIT */
/* img-list: list the archives that are images.
 *
 * An archive NAME.tar or NAME.tar.* in the directory of images is the image NAME. Of
 * several with the same name the first counts, NAME.tar before the others and those by
 * their bytes: the order in which container-run(1) looks. Nothing is opened or unpacked:
 * what is known of an archive's content is what img-layer(1) noted when it unpacked it.
 */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "die.h"
#include "layer.h"
#include "listing.h"
#include "tool.h"

enum {
	OPTION_ROOT = OPTION_OWN,
	OPTION_IMAGES,
	OPTION_FORMAT,
	OPTION_NO_TRUNC,
	SHORT_ID = 12,
};

static const struct tool_option options[] = {
	{ OPTION_IMAGES, "images", "directory", "where the archives are" },
	{ OPTION_ROOT, "root", "directory", "where the layers are, below layers/" },
	{ OPTION_FORMAT, "format", "form",
		"table, json, or a template such as {{.Repository}}" },
	{ OPTION_NO_TRUNC, "no-trunc", NULL, "whole digests" },
	{ 'q', "quiet", NULL, "names only" },
	{ 0 },
};

static const struct tool tool = {
	.name = "img-list",
	.kind = JOB,
	.purpose = "list the archives that are images",
	.synopsis = "--images directory --root directory [--format form] [--no-trunc] "
		    "[--quiet] "
		    "[image]",
	.options = options,
	/* A source tree may be below somebody's private home directory. */
	.capabilities = CAP(DAC_READ_SEARCH),
};

struct image {
	char *name;
	char *archive; /* the name of the file */
	struct stat status;
	char diff_id[DIGEST_SIZE + 1]; /* empty if it is not unpacked */
};

struct list {
	struct image *images;
	size_t count;
};

enum field {
	FIELD_ARCHIVE,
	FIELD_CREATED_AT,
	FIELD_CREATED_SINCE,
	FIELD_ID,
	FIELD_REPOSITORY,
	FIELD_SIZE,
	FIELD_TAG,
	FIELDS,
};

static const char *const field_names[FIELDS] = { "Archive", "CreatedAt", "CreatedSince",
	"ID", "Repository", "Size", "Tag" };
static const char *const field_titles[FIELDS] = { "ARCHIVE", "CREATED AT", "CREATED",
	"IMAGE ID", "REPOSITORY", "SIZE", "TAG" };

struct shown {
	bool whole;
	time_t now;
};

/* Three digits that count and a unit of a power of 1000, as Docker says it. */
static void put_size(FILE *out, off_t bytes)
{
	static const char *const units[] = { "B", "kB", "MB", "GB", "TB", "PB", "EB" };
	double size = (double)bytes;
	size_t unit = 0;

	while (size >= 999.5) {
		size /= 1000;
		unit++;
	}
	fprintf(out, "%.3g%s", size, units[unit]);
}

static void put_id(FILE *out, const char *diff_id, bool whole)
{
	if (!*diff_id)
		fputs("<not unpacked>", out);
	else if (whole)
		fprintf(out, "sha256:%s", diff_id);
	else
		fprintf(out, "%.*s", SHORT_ID, diff_id);
}

static char *field_text(const void *row, size_t field, const void *how)
{
	const struct image *image = row;
	const struct shown *shown = how;
	const char *tag = strrchr(image->name, ':');
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("make the list", NULL);
	switch (field) {
	case FIELD_ARCHIVE:
		fputs(image->archive, out);
		break;
	case FIELD_CREATED_AT:
		put_date(out, image->status.st_mtim.tv_sec);
		break;
	case FIELD_CREATED_SINCE:
		put_duration(out, shown->now - image->status.st_mtim.tv_sec);
		fputs(" ago", out);
		break;
	case FIELD_ID:
		put_id(out, image->diff_id, shown->whole);
		break;
	case FIELD_REPOSITORY:
		fprintf(out, "%.*s", tag ? (int)(tag - image->name) : -1, image->name);
		break;
	case FIELD_SIZE:
		put_size(out, image->status.st_size);
		break;
	case FIELD_TAG:
		fputs(tag ? tag + 1 : "latest", out);
		break;
	}
	if (fclose(out))
		die_errno("make the list", NULL);
	return text;
}

static const struct columns columns = {
	.count = FIELDS,
	.names = field_names,
	.titles = field_titles,
	.table = "table {{.Repository}}\t{{.Tag}}\t{{.ID}}\t{{.CreatedSince}}\t{{.Size}}",
	.text = field_text,
};

/* What container-run(1) takes as the name of an image. */
static bool is_image_name(const char *text, size_t length)
{
	static const char known[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:@-";

	return length && *text != '.' && strspn(text, known) >= length;
}

/* An image without its tag means that with the tag latest. */
static bool is_wanted(const char *name, const char *wanted)
{
	size_t length = strlen(name);

	return !wanted ||
		(!strncmp(name, wanted, length) &&
			(!wanted[length] || !strcmp(wanted + length, ":latest")));
}

static void add_image(struct list *list, const char *archive, size_t length,
	const struct stat *status, const char diff_id[DIGEST_SIZE + 1])
{
	struct image *image;

	list->images = realloc(list->images, (list->count + 1) * sizeof *list->images);
	if (!list->images)
		die_errno("list", archive);
	image = &list->images[list->count++];
	image->name = strndup(archive, length);
	image->archive = strdup(archive);
	if (!image->name || !image->archive)
		die_errno("list", archive);
	image->status = *status;
	memcpy(image->diff_id, diff_id, sizeof image->diff_id);
}

/* FILE is an archive of each image whose name stands before a ".tar" in it: "a.tar.gz" is
 * of a. */
static void add_archive(struct list *list, int directory, const char *file, int layers,
	const char *wanted)
{
	char diff_id[DIGEST_SIZE + 1] = "", *stamp;
	int stamps = -1;
	struct stat status;

	if (fstatat(directory, file, &status, 0) || !S_ISREG(status.st_mode))
		return;
	stamp = layer_stamp(&status);
	if (layers >= 0)
		stamps = openat(
			layers, ".stamps", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (stamps < 0 || !find_layer(layers, stamps, stamp, diff_id))
		*diff_id = '\0';
	if (stamps >= 0)
		close(stamps);
	free(stamp);
	for (const char *at = file; (at = strstr(at, ".tar")); at += 4) {
		size_t length = (size_t)(at - file);
		char *name;

		if (at[4] && at[4] != '.')
			continue;
		if (!is_image_name(file, length)) {
			/* Hidden files are nobody's images. */
			if (*file != '.')
				warn("list", file,
					"no image: a name has only letters, digits and _ "
					". : @ -");
			return;
		}
		name = strndup(file, length);
		if (!name)
			die_errno("list", file);
		if (is_wanted(name, wanted))
			add_image(list, file, length, &status, diff_id);
		free(name);
	}
}

/* By name, and of one name first what container-run(1) takes. */
static int compare_names(const void *left, const void *right)
{
	const struct image *a = left, *b = right;
	int order = strcmp(a->name, b->name);

	return order ? order : strcmp(a->archive, b->archive);
}

/* The newest first, as in Docker. */
static int compare_times(const void *left, const void *right)
{
	const struct image *a = left, *b = right;
	const struct timespec *at = &a->status.st_mtim, *bt = &b->status.st_mtim;

	if (at->tv_sec != bt->tv_sec)
		return at->tv_sec < bt->tv_sec ? 1 : -1;
	if (at->tv_nsec != bt->tv_nsec)
		return at->tv_nsec < bt->tv_nsec ? 1 : -1;
	return strcmp(a->name, b->name);
}

static void sort_images(struct list *list)
{
	size_t kept = 0;

	if (!list->count)
		return;
	qsort(list->images, list->count, sizeof *list->images, compare_names);
	for (size_t i = 0; i < list->count; i++)
		if (!kept ||
			strcmp(list->images[kept - 1].name, list->images[i].name) != 0)
			list->images[kept++] = list->images[i];
	list->count = kept;
	qsort(list->images, list->count, sizeof *list->images, compare_times);
}

static struct list read_images(const char *path, int layers, const char *wanted)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	struct list list = { 0 };
	struct dirent *entry;

	if (!stream) {
		/* Nobody has put an image there yet. */
		if (errno == ENOENT)
			return list;
		die_errno("read the directory", path);
	}
	for (errno = 0; (entry = readdir(stream)); errno = 0)
		add_archive(&list, fd, entry->d_name, layers, wanted);
	if (errno)
		die_errno("read the directory", path);
	closedir(stream);
	sort_images(&list);
	return list;
}

/* -1 where nothing is unpacked yet. */
static int open_layers(const char *root)
{
	int layers, fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0 && errno != ENOENT)
		die_errno("open", root);
	if (fd < 0)
		return -1;
	layers = openat(fd, "layers", O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (layers < 0 && errno != ENOENT)
		die_errno("open the layers of", root);
	close(fd);
	return layers;
}

int main(int argc, char *argv[])
{
	const char *root = NULL, *images = NULL, *format = "table", *wanted;
	struct shown shown = { .now = time(NULL) };
	struct common common = { 0 };
	bool quiet = false;
	struct form form;
	struct list list;
	int option;

	while ((option = next_option(&tool, &common, argc, argv)) != -1) {
		switch (option) {
		case OPTION_IMAGES:
			images = optarg;
			break;
		case OPTION_ROOT:
			root = optarg;
			break;
		case OPTION_FORMAT:
			format = optarg;
			break;
		case OPTION_NO_TRUNC:
			shown.whole = true;
			break;
		case 'q':
			quiet = true;
			break;
		}
	}
	wanted = argv[optind];
	if (!root || !images || (wanted && argv[optind + 1]))
		die_usage(&tool, "which images, and which layers?");
	form = parse_form(&columns, format);
	start_tool(&tool, &common);

	list = read_images(images, open_layers(root), wanted);
	if (!quiet) {
		put_rows(&form, list.images, list.count, sizeof *list.images, &shown);
		return 0;
	}
	for (size_t i = 0; i < list.count; i++)
		puts(list.images[i].name);
	if (fflush(stdout) || ferror(stdout))
		die_errno("write", "standard output");
	return 0;
}
