#!/bin/sh
# conf-list: the settings that hold, and where each stands.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

unset CONTAINERS_CONF CONTAINERS_CONF_OVERRIDE
root=$work/root
mkdir -p "$root/etc/containers" "$root/usr/share/containers"
list() { "$tools/conf-list" --prefix "$root" "$@"; }
check 'without files there are titles' prints 'NAME      GROUP     SOURCE    VALUE' list
check 'and nothing in other forms' prints '' list --format json
printf '[containers]\n\ntz = "a"\numask = "0022"\n' >"$root/usr/share/containers/containers.conf"
printf '[containers]\ntz = "b"\nenv = ["A=1", "B=2"]\ninit = true\npids_limit = 7\n[engine]\nruntime = "x"
[network]\ndefault_subnet_pools = [{base = "10.0.0.0/8", size = 24}]\n' >"$root/etc/containers/containers.conf"
check 'each is there once, with the last value and its place' prints \
"containers.tz=b settings $root/etc/containers/containers.conf line 2
containers.umask=0022 settings $root/usr/share/containers/containers.conf line 4
containers.env=A=1, B=2 settings $root/etc/containers/containers.conf line 3
containers.init=true settings $root/etc/containers/containers.conf line 4
containers.pids_limit=7 settings $root/etc/containers/containers.conf line 5
engine.runtime=x settings of others $root/etc/containers/containers.conf line 7
network.default_subnet_pools=base=10.0.0.0/8, size=24 settings of others $root/etc/containers/containers.conf line 9" \
	list --format '{{.Name}}={{.Value}} {{.Group}} {{.Source}}'
printf '[containers]\ntz = "\\u001b[31m\\u202e"\n' >"$root/etc/containers/containers.conf"
check 'control characters are shown, not obeyed' prints '\x1b[31m\u202e' sh -c '"$@" | head -n 1' sh \
	"$tools/conf-list" --prefix "$root" --format '{{.Value}}'
check 'an unknown one is named' fails 0 'conf-list: *line 3: containers.x: no such setting, ignored' eval \
	'echo "x = 1" >>"$root/etc/containers/containers.conf"; list'
check 'a field that is not there is refused' fails 125 '*.Source*' list --format '{{.ID}}'
check 'an ill-formed file is refused' fails 125 '*line 4: *' eval \
	'echo "y" >>"$root/etc/containers/containers.conf"; list'
check 'a full disk under the output is an error' fails 125 '*write: standard output: *' \
	sh -c 'CONTAINERS_CONF=/dev/null "$1" >/dev/full' sh "$tools/conf-list"

done_testing
