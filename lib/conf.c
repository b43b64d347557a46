/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "die.h"

enum {
	BYTES_MAX = 1 << 20,
	FILES_MAX = 256,
};

static const struct use uses[] = {
	{ "containers.annotations", "annotation", NULL, TOML_ARRAY, false },
	{ "containers.cgroupns", "cgroupns", "private", TOML_STRING, false },
	{ "containers.cgroups", "cgroups", "enabled", TOML_STRING, false },
	{ "containers.default_capabilities", "default-capabilities", NULL, TOML_ARRAY,
		false },
	{ "containers.default_sysctls", "default-sysctl", NULL, TOML_ARRAY, false },
	{ "containers.default_ulimits", "ulimit", NULL, TOML_ARRAY, false },
	{ "containers.devices", "device", NULL, TOML_ARRAY, false },
	{ "containers.dns_options", "dns-option", NULL, TOML_ARRAY, true },
	{ "containers.dns_searches", "dns-search", NULL, TOML_ARRAY, true },
	{ "containers.dns_servers", "dns", NULL, TOML_ARRAY, true },
	{ "containers.env", "default-env", NULL, TOML_ARRAY, false },
	{ "containers.env_host", "env-host", "false", TOML_BOOLEAN, false },
	{ "containers.init", "init", NULL, TOML_BOOLEAN, false },
	{ "containers.ipcns", "ipc", "shareable", TOML_STRING, false },
	{ "containers.log_driver", "log-driver", "", TOML_STRING, false },
	{ "containers.mounts", "mount", NULL, TOML_ARRAY, false },
	{ "containers.netns", "network", "private", TOML_STRING, false },
	{ "containers.no_hosts", "no-hosts", "false", TOML_BOOLEAN, false },
	{ "containers.oom_score_adj", "oom-score-adj", NULL, TOML_INTEGER, false },
	{ "containers.pidns", "pid", "private", TOML_STRING, false },
	{ "containers.pids_limit", "pids-limit", NULL, TOML_INTEGER, false },
	{ "containers.privileged", "privileged", NULL, TOML_BOOLEAN, false },
	{ "containers.read_only", "read-only", NULL, TOML_BOOLEAN, false },
	{ "containers.seccomp_profile", "security-opt", "", TOML_STRING, false },
	{ "containers.shm_size", "shm-size", "", TOML_STRING, false },
	{ "containers.tz", "tz", "", TOML_STRING, false },
	{ "containers.umask", "umask", "", TOML_STRING, false },
	{ "containers.userns", "userns", "host", TOML_STRING, false },
	{ "containers.utsns", "uts", "private", TOML_STRING, false },
	{ "containers.volumes", "volume", NULL, TOML_ARRAY, false },
	{ "engine.detach_keys", "detach-keys", NULL, TOML_STRING, false },
	{ "engine.pull_policy", "pull", NULL, TOML_STRING, false },
	{ "engine.stop_timeout", "stop-timeout", NULL, TOML_INTEGER, false },
};

/* What other systems know and we have no use for, a table a line. A star stands for all
 * keys of a table. */
static const char *const others[] = {
	"configmaps.* farms.* machine.* podmansh.* secrets.*",
	"containers.apparmor_profile containers.base_hosts_file containers.cgroup_conf "
	"containers.container_name_as_hostname containers.default_mounts_file "
	"containers.enable_keyring containers.enable_labeling "
	"containers.host_containers_internal_ip containers.http_proxy "
	"containers.init_path "
	"containers.interface_name containers.keyring containers.label "
	"containers.label_users containers.log_path containers.log_size_max "
	"containers.log_tag containers.prepare_volume_on_create "
	"containers.rootless_networking containers.userns_size",
	"network.cni_plugin_dirs network.default_network "
	"network.default_rootless_network_cmd "
	"network.default_subnet network.default_subnet_pools network.dns_bind_port "
	"network.firewall_driver network.netavark_plugin_dirs network.network_backend "
	"network.network_config_dir network.pasta_options",
	"engine.active_service engine.add_compression engine.cdi_spec_dirs "
	"engine.cgroup_manager engine.chown_copied_files "
	"engine.compat_api_enforce_docker_hub "
	"engine.compose_providers engine.compose_warning_logs engine.compression_format "
	"engine.compression_level engine.conmon_env_vars engine.conmon_path "
	"engine.conmonrs_path engine.database_backend engine.enable_port_reservation "
	"engine.env engine.events_container_create_inspect_data "
	"engine.events_logfile_max_size engine.events_logfile_path engine.events_logger "
	"engine.exit_command_delay engine.healthcheck_events engine.helper_binaries_dir "
	"engine.hooks_dir engine.image_build_format engine.image_copy_tmp_dir "
	"engine.image_default_format engine.image_default_transport "
	"engine.image_parallel_copies engine.image_volume_mode engine.infra_command "
	"engine.infra_image engine.kube_generate_type engine.lock_type "
	"engine.machine_enabled engine.multi_image_archive engine.namespace "
	"engine.network_cmd_options engine.network_cmd_path engine.no_pivot_root "
	"engine.num_locks engine.platform_to_oci_runtime.* engine.pod_exit_policy "
	"engine.remote engine.remote_identity engine.remote_uri engine.retry "
	"engine.retry_delay engine.runtime engine.runtime_supports_json "
	"engine.runtime_supports_kvm engine.runtime_supports_nocgroups engine.runtimes.* "
	"engine.service_destinations.* engine.service_timeout engine.ssh_config "
	"engine.static_dir engine.tmp_dir engine.volume_path "
	"engine.volume_plugin_timeout "
	"engine.volume_plugins.*",
};

/* Whether KEY is a word of LIST. */
static bool is_listed(const char *list, const char *key)
{
	while (*list) {
		size_t length = strcspn(list, " ");
		bool open = list[length - 1] == '*';

		if (!strncmp(list, key, length - open) && (open || !key[length]))
			return true;
		list += length + strspn(list + length, " ");
	}
	return false;
}

static const struct use *find_use(const char *key)
{
	for (size_t i = 0; i < sizeof uses / sizeof *uses; i++)
		if (!strcmp(uses[i].key, key))
			return &uses[i];
	return NULL;
}

static bool is_known(const char *key)
{
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (is_listed(others[i], key))
			return true;
	return false;
}

static char *format_place(const char *file, unsigned line)
{
	char *place;

	if (asprintf(&place, "%s line %u", file, line) < 0)
		die_errno("allocate memory", NULL);
	return place;
}

/* Take the items {append = ...} out of a list of strings; whether one said true. */
static bool take_append(const char *file, const char *key, struct toml_value *list)
{
	bool append = false;
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct toml_value *item = &list->items[i].value;

		if (item->type == TOML_STRING) {
			list->items[kept++] = list->items[i];
			continue;
		}
		if (item->type != TOML_TABLE || item->count != 1 ||
			strcmp(item->items->key, "append") != 0 ||
			item->items->value.type != TOML_BOOLEAN)
			die(format_place(file, item->line), key,
				"a list of strings is needed, with {append = true} at "
				"most");
		append = item->items->value.integer;
	}
	list->count = kept;
	return append;
}

static void append_items(struct toml_value *to, const struct toml_value *from)
{
	to->items = realloc(to->items, (to->count + from->count + 1) * sizeof *to->items);
	if (!to->items)
		die_errno("allocate memory", NULL);
	if (from->count)
		memcpy(to->items + to->count, from->items,
			from->count * sizeof *to->items);
	to->count += from->count;
	to->line = from->line;
}

static struct setting *find_setting(struct settings *settings, const char *key)
{
	for (size_t i = 0; i < settings->count; i++)
		if (!strcmp(settings->all[i].key, key))
			return &settings->all[i];
	settings->all =
		realloc(settings->all, (settings->count + 1) * sizeof *settings->all);
	if (!settings->all)
		die_errno("allocate memory", NULL);
	settings->all[settings->count] = (struct setting){ .key = key };
	return &settings->all[settings->count++];
}

static void set(struct settings *settings, const char *file, bool packaged,
	const struct toml_entry *entry)
{
	const struct use *use = find_use(entry->key);
	struct toml_value value = entry->value;
	struct setting *setting;
	bool append = false;

	if (!use && !is_known(entry->key)) {
		warn(format_place(file, value.line), entry->key,
			"no such setting, ignored");
		return;
	}
	if (use && value.type != use->type)
		die(format_place(file, value.line), entry->key, "it must be %s, not %s",
			toml_type_name(use->type), toml_type_name(value.type));
	if (use && use->type == TOML_ARRAY)
		append = take_append(file, entry->key, &value);
	setting = find_setting(settings, entry->key);
	if (append)
		append_items(&setting->value, &value);
	else
		setting->value = value;
	setting->value.type = value.type;
	setting->use = use;
	setting->file = file;
	setting->packaged = packaged;
}

/* The text of FILE, or NULL if it is not there. */
static char *read_text(const char *file, size_t *length)
{
	/* O_NONBLOCK: a FIFO in its place must not hold us up. */
	int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;
	char *text;
	ssize_t got;

	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return NULL;
	if (fd < 0 || fstat(fd, &status))
		die_errno("read", file);
	/* /dev/null is how people say: no file. */
	if (!S_ISREG(status.st_mode) &&
		!(S_ISCHR(status.st_mode) && status.st_rdev == makedev(1, 3)))
		die("read", file, "not a regular file");
	text = malloc(BYTES_MAX + 1);
	if (!text)
		die_errno("read", file);
	for (*length = 0; *length <= BYTES_MAX; *length += (size_t)got) {
		got = read(fd, text + *length, BYTES_MAX + 1 - *length);
		if (got < 0)
			die_errno("read", file);
		if (!got)
			break;
	}
	if (*length > BYTES_MAX)
		die("read", file, "more than %d bytes", BYTES_MAX);
	text[*length] = '\0';
	close(fd);
	return text;
}

static bool add_file(struct settings *settings, const char *file, bool packaged)
{
	size_t length;
	char *text = read_text(file, &length);
	struct toml_value all;

	if (!text)
		return false;
	all = read_toml(file, text, length);
	free(text);
	for (size_t i = 0; i < all.count; i++)
		set(settings, file, packaged, &all.items[i]);
	return true;
}

static char *join(const char *a, const char *b)
{
	char *path;

	if (asprintf(&path, "%s%s", a, b) < 0)
		die_errno("allocate memory", NULL);
	return path;
}

static int is_dropped_in(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 5 && !strcmp(entry->d_name + length - 5, ".conf");
}

static int compare_names(const struct dirent **left, const struct dirent **right)
{
	return strcmp((*left)->d_name, (*right)->d_name);
}

static void add_directory(struct settings *settings, const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, is_dropped_in, compare_names);

	if (count < 0 && errno != ENOENT && errno != ENOTDIR)
		die_errno("read the directory", directory);
	if (count > FILES_MAX)
		die("read the directory", directory, "more than %d files", FILES_MAX);
	for (int i = 0; i < count; i++)
		add_file(settings, join(join(directory, "/"), entries[i]->d_name), false);
}

/* Below DIRECTORY, those of an administrator or a user. */
static void add_both(struct settings *settings, const char *directory)
{
	add_file(settings, join(directory, "/containers/containers.conf"), false);
	add_directory(settings, join(directory, "/containers/containers.conf.d"));
}

static void add_named(struct settings *settings, const char *file)
{
	if (!add_file(settings, file, false))
		die_errno("read", file);
}

struct settings read_settings(const char *prefix)
{
	const char *only = getenv("CONTAINERS_CONF"),
		   *last = getenv("CONTAINERS_CONF_OVERRIDE");
	const char *home = getenv("XDG_CONFIG_HOME");
	struct settings settings = { 0 };

	if (only && *only) {
		add_named(&settings, only);
	} else {
		add_file(&settings, join(prefix, "/usr/share/containers/containers.conf"),
			true);
		add_both(&settings, join(prefix, "/etc"));
		if (geteuid() && home && *home)
			add_both(&settings, home);
		else if (geteuid() && getenv("HOME"))
			add_both(&settings, join(getenv("HOME"), "/.config"));
	}
	if (last && *last)
		add_named(&settings, last);
	return settings;
}

char *setting_text(const struct setting *setting)
{
	const struct toml_value *value = &setting->value;
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		die_errno("allocate memory", NULL);
	switch (value->type) {
	case TOML_STRING:
		fputs(value->text, out);
		break;
	case TOML_INTEGER:
		fprintf(out, "%lld", (long long)value->integer);
		break;
	case TOML_BOOLEAN:
		fputs(value->integer ? "true" : "false", out);
		break;
	default:
		for (size_t i = 0; i < value->count; i++) {
			const struct setting item = { .value = value->items[i].value };
			char *one = setting_text(&item);

			fprintf(out, "%s%s%s%s", i ? ", " : "",
				value->items[i].key ? value->items[i].key : "",
				value->items[i].key ? "=" : "", one);
			free(one);
		}
	}
	if (fclose(out))
		die_errno("allocate memory", NULL);
	return text;
}

char *setting_place(const struct setting *setting)
{
	return format_place(setting->file, setting->value.line);
}
