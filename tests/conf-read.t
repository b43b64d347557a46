#!/bin/sh
# conf-read: which settings hold, what they become, and what is wrong with a file.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

unset CONTAINERS_CONF CONTAINERS_CONF_OVERRIDE
root=$work/root
mkdir -p "$root/usr/share/containers" "$root/etc/containers/containers.conf.d" "$work/home/containers/containers.conf.d"
shipped=$root/usr/share/containers/containers.conf
main=$root/etc/containers/containers.conf
dropped=$root/etc/containers/containers.conf.d

cat >"$work/words" <<'END'
#!/bin/sh
# The words that options became, a line each, without where they are from.
while [ $# -gt 0 ]; do
	case $1 in
	--from) shift 2 ;;
	--default) printf '%s\n' "$2"; shift 2 ;;
	*) printf '%s\n' "$1"; shift ;;
	esac
done
END
chmod +x "$work/words"
conf() { "$tools/conf-read" --table "$top/pipelines/run.options" --prefix "$root" -- "$@"; }
words() { conf "$work/words" "$@"; }
# holds TEXT: of one file.
one() { CONTAINERS_CONF=$work/one.conf words "$@"; }
write() { printf '%s\n' "$@" >"$work/one.conf"; }
# becomes WORDS LINE...: what the lines become.
becomes() {
	expected=$1
	shift
	write "$@"
	prints "$expected" one && [ ! -s "$work/.err" ] || { show; return 1; }
}
# refused LINE-NUMBER PATTERN LINE...
refused() {
	line=$1 expected=$2
	shift 2
	write "$@"
	fails 125 "conf-read: *one.conf*line $line: $expected" timeout 10 env CONTAINERS_CONF="$work/one.conf" \
		"$tools/conf-read" --table "$top/pipelines/run.options" -- echo
}

# ---- files and their order ----
check 'without files nothing is added' prints 'a
-b
c d' words a -b 'c d'
printf '[containers]\ninit = true\numask = "0077"\ntz = "Europe/Paris"\nread_only = true\n' >"$shipped"
printf '[containers]\numask = "0027"\ntz = "Asia/Tokyo"\nread_only = true\n' >"$main"
printf '[containers]\ntz = "local"\nread_only = true\n' >"$dropped/10.conf"
printf '[containers]\nread_only = false\n' >"$dropped/20.conf"
printf '[containers]\nread_only = true\n' >"$dropped/30.off"
ln -s /nowhere "$dropped/40.conf"
check 'later files are stronger than earlier, drop-ins by name' prints '--init=true
--umask=0027
--tz=local
--read-only=false
a' words a
printf '[containers]\ntz = "UTC"\n' >"$work/home/containers/containers.conf"
printf '[containers]\numask = "0007"\n' >"$work/home/containers/containers.conf.d/a.conf"
check 'of root, XDG_CONFIG_HOME has no say' prints '--init=true
--umask=0027
--tz=local
--read-only=false' env XDG_CONFIG_HOME="$work/home" "$tools/conf-read" --table "$top/pipelines/run.options" \
	--prefix "$root" -- "$work/words"
as_user() {
	chmod -R a+rX "$work"
	cp "$tools/conf-read" "$work/conf-read"
	cp "$top/pipelines/run.options" "$work/table"
	setpriv --reuid 1000 --regid 1000 --clear-groups env "$@" "$work/conf-read" --table "$work/table" \
		--prefix "$root" -- "$work/words"
}
check 'of a user it has the last one' prints '--init=true
--umask=0007
--tz=UTC
--read-only=false' as_user XDG_CONFIG_HOME="$work/home"
mkdir -p "$work/user"
ln -s "$work/home" "$work/user/.config"
check 'or ~/.config' prints '--init=true
--umask=0007
--tz=UTC
--read-only=false' as_user -u XDG_CONFIG_HOME HOME="$work/user"
write '[containers]' 'tz = "alone"'
check 'CONTAINERS_CONF replaces all' prints '--tz=alone' one
printf '[containers]\ntz = "last"\n' >"$work/last.conf"
check 'CONTAINERS_CONF_OVERRIDE comes after all' prints '--umask=0027 --tz=last' eval \
	'CONTAINERS_CONF_OVERRIDE=$work/last.conf words | sed -n 2,3p | paste -sd " "'
check 'and after CONTAINERS_CONF' prints '--tz=last' env CONTAINERS_CONF_OVERRIDE="$work/last.conf" \
	CONTAINERS_CONF="$work/one.conf" "$tools/conf-read" --table "$top/pipelines/run.options" -- "$work/words"
check '/dev/null is no file' prints '' env CONTAINERS_CONF=/dev/null "$tools/conf-read" \
	--table "$top/pipelines/run.options" --prefix "$root" -- "$work/words"
check 'one that is named must be there' fails 125 '*/nowhere/x*' env CONTAINERS_CONF=/nowhere/x \
	"$tools/conf-read" --table "$top/pipelines/run.options" -- true
printf '[containers]\nenv = ["A=1"]\nvolumes = ["/a:/a"]\n' >"$main"
printf '[containers]\nenv = ["B=2", {append = true}]\nvolumes = ["/b:/b"]\n' >"$dropped/20.conf"
check 'a list replaces, or adds where it says so' prints '--default-env=A=1
--default-env=B=2
--volume=/b:/b' eval 'words | grep -e env -e volume'
rm -r "$root"
mkdir -p "$root"

# ---- what settings become ----
check 'capabilities become one list' becomes \
	'--default-capabilities=chown,kill' '[containers]' 'default_capabilities = ["KILL", "cap_chown"]'
check 'none are none' becomes '--default-capabilities=none' '[containers]' 'default_capabilities = []'
check 'lists become an option each' becomes '--ulimit=nofile=1:2
--ulimit=nproc=3
--volume=/a:/b:ro
--default-sysctl=net.ipv4.ip_forward=1' '[containers]' 'default_ulimits = ["nofile=1:2", "nproc=3"]' \
	'volumes = [' '  "/a:/b:ro", # why' ']' 'default_sysctls = ["net.ipv4.ip_forward=1",]'
check 'name servers are replaced by those given' prints '--fallback
--dns=1.1.1.1' eval 'write "[containers]" "dns_servers = [\"1.1.1.1\"]"; one'
check 'numbers and switches' becomes '--pids-limit=2048
--init=true' containers.pids_limit=2_048 'containers.init=true'
check 'a seccomp profile' becomes '--security-opt=seccomp=/x.json' '[containers]' "seccomp_profile='/x.json'"
check 'what is done anyway is not said' becomes '' '[containers]' 'netns = "private"' 'utsns="private"' \
	'userns = "host"' 'cgroups = "enabled"' 'tz = ""' 'shm_size = ""' 'env = []'
check 'netns' becomes '--network=none' '[containers]' 'netns = "none"'
foreign() {
	write '[containers]' "$1"
	# shellcheck disable=SC2254 # a pattern is what is wanted
	prints '' one && case $(cat "$work/.err") in $2) ;; *) show; return 1 ;; esac
}
check 'a network that only others have is named' foreign 'netns = "pasta"' \
	'conf-read: *one.conf line 2: containers.netns: ignored: pasta is not built'
check 'so is an option that is not built' foreign 'log_driver = "journald"' \
	'conf-read: *one.conf line 2: containers.log_driver: ignored: --log-driver is not built: *'
check 'a key that nobody knows is named' foreign 'enviroment = ["A=1"]' \
	'conf-read: *one.conf line 2: containers.enviroment: no such setting, ignored'
check 'those of others are passed over' becomes '' '[engine]' 'runtime = "crun"' 'num_locks = 1' \
	'[engine.runtimes]' 'crun = ["/usr/bin/crun"]' '[engine.service_destinations."a b"]' 'uri = "x"' \
	'[network]' 'default_subnet_pools = [{"base" = "10.89.0.0/16", "size" = 24}, {base = "10.90.0.0/15", size = 24}]' \
	'[secrets.opts]' 'key = "value"' '[machine]' 'cpus = 1' '[engine.volume_plugins]'
shipped() {
	mkdir -p "${shipped%/*}"
	printf '[containers]\nlog_driver = "journald"\n' >"$shipped"
	prints '' words && [ ! -s "$work/.err" ]
}
check 'of what came with the system, nothing is complained of' shipped
if [ -e /usr/share/containers/containers.conf ]; then
	distribution() { "$tools/conf-read" --table "$top/pipelines/run.options" -- true >"$work/said" 2>&1 &&
		[ ! -s "$work/said" ] || { cat "$work/said"; return 1; }; }
	check 'the file of this system is read without a word' distribution
else
	skip 'the file of this system is read without a word' 'it has none'
fi

# ---- the form ----
check 'strings of both kinds, escapes' becomes '--default-env=A=	"\Aé€😀
--default-env=B=\t"#' '[containers]' 'env = ["A=\t\"\\\u0041\u00e9\u20AC\U0001F600", '"'B=\\t\"#']"
check 'comments, blank lines, CR LF' becomes '--tz=a' '# one' '' "  [ containers ] # two$(printf '\r')" \
	"	tz = 'a'# three"
check 'keys in quotes and with dots' becomes '--tz=a
--umask=0' '"containers" . tz = "a"' "'containers'.\"umask\" = '0'"
refusals() {
	while IFS='|' read -r line pattern text; do
		check "refused: $text" refused "$line" "$pattern" '[containers]' "$text"
	done <<'END'
2|a value is missing|tz =
2|containers.tz: a = is missing*|tz
2|containers.tz: a = is missing*|tz "a"
2|the string does not end*|tz = "a
2|the string does not end*|tz = 'a
2|*something follows*|tz = "a" "b"
2|*something follows*|tz = "a" umask = "b"
2|strings of several lines*|tz = """a"""
2|no such escape*|tz = "\x"
2|an escape needs 4*|tz = "\u12"
2|U+0000 can not*|tz = "\u0000"
2|U+D800 can not*|tz = "\ud800"
2|U+110000 can not*|tz = "\U00110000"
2|*: it must be a string in quotes*|tz = local
2|*it must be*|pids_limit = 1.5
2|*it must be*|pids_limit = 0x10
2|*it must be*|pids_limit = 007
2|*it must be*|pids_limit = 1__0
2|*it must be*|pids_limit = _1
2|*it must be*|pids_limit = -
2|*it must be*|pids_limit = 1979-05-27
2|*too large*|pids_limit = 99999999999999999999
2|*it must be*|init = True
2|containers.init: it must be true or false, not a string|init = "true"
2|containers.tz: it must be a string, not true or false|tz = true
2|containers.pids_limit: it must be a whole number, not a string|pids_limit = "1"
2|containers.env: it must be a list, not a string|env = "A=1"
2|containers.env: a list of strings*|env = [1]
2|containers.env: a list of strings*|env = [["A=1"]]
2|containers.env: a list of strings*|env = [{append = "true"}]
2|containers.env: a list of strings*|env = [{prepend = true}]
2|a , or ] is missing*|env = ["a" "b"]
2|a value is missing|env = [,]
2|a , or } is missing*|x = {a = 1 b = 2}
2|a key is missing|x = {a = 1,}
2|a key is missing|= 1
2|a key is missing|.tz = "a"
2|a key is missing|tz. = "a"
2|a key is missing|[]
2|a ] is missing|[engine
2|*something follows*|[engine] tz = "a"
2|arrays of tables*|[[engine]]
2|*: it is in line 1 already|[containers]
END
}
refusals
check 'refused: a key twice' refused 3 'containers.tz: it is in line 2 already' '[containers]' 'tz = "a"' 'tz = "b"'
check 'refused: an array that does not end' refused 4 'a value is missing' '[containers]' 'env = [' '"a",'
check 'refused: a capability that there is not, with its place' fails 125 \
	'*one.conf line 2: *: FLY: *' eval 'write "[containers]" "default_capabilities = [\"FLY\"]"; one'
bytes() {
	printf "$1" >"$work/one.conf"
	fails 125 "conf-read: *one.conf*line $2: $3" one
}
check 'refused: not UTF-8' bytes '[containers]\ntz = "\377"\n' 2 'it is not UTF-8'
check 'refused: an escape character' bytes '# a\n# \033[31m\n' 2 'a control character'
check 'refused: a NUL' bytes 'a = 1\n\000b' 2 'a control character'
check 'refused: a CR alone' bytes 'a = 1\rb = 2\n' 1 'a control character'
generated() {
	python3 -c "$1" >"$work/one.conf"
	fails 125 "$2" timeout 20 env CONTAINERS_CONF="$work/one.conf" "$tools/conf-read" \
		--table "$top/pipelines/run.options" -- true
}
check 'refused: brackets in each other' generated 'print("a = " + "["*100000)' '*line 1: more than 16 brackets*'
check 'refused: tables in each other' generated 'print("a = " + "{a="*100000)' '*line 1: more than 16 brackets*'
check 'refused: a key of many parts' generated 'print("a." * 100000 + "a = 1")' '*line 1: a key of more than 16 parts'
check 'refused: many values' generated 'print("[containers]\nenv = [" + "1," * 100000 + "]")' '*line 2: more than 4096 values'
check 'refused: many keys' generated '[print("a%d = 1" % i) for i in range(10000)]' '*line 4097: more than 4096 values'
check 'refused: a large file' generated 'print("#" * 2000000)' '*more than 1048576 bytes*'
mkfifo "$work/fifo"
check 'refused: a FIFO, at once' fails 125 '*not a regular file*' timeout 10 env CONTAINERS_CONF="$work/fifo" \
	"$tools/conf-read" --table "$top/pipelines/run.options" -- true
check 'refused: a directory' fails 125 '*conf-read: read: *' env CONTAINERS_CONF="$work" \
	"$tools/conf-read" --table "$top/pipelines/run.options" -- true
check 'refused: a device' fails 125 '*not a regular file*' timeout 10 env CONTAINERS_CONF=/dev/zero \
	"$tools/conf-read" --table "$top/pipelines/run.options" -- true

# ---- containers ----
rootfs "$work/rootfs"
run_in() {
	file=$1
	shift
	CONTAINERS_CONF=$file "$top/container" run --rm --network none --rootfs "$work/rootfs" "$@"
}
with() { run_in "$work/one.conf" "$@"; }
write '[containers]' 'default_capabilities = ["CHOWN", "KILL"]' 'env = ["A=conf", "B=conf", "C=conf", "PATH=/bin"]' \
	'umask = "0027"' 'volumes = ["'"$work/one.conf"':/conf:ro"]' 'default_ulimits = ["nofile=100:200"]' \
	'default_sysctls = ["net.ipv4.ping_group_range=0 7", "kernel.msgmax=9000"]' 'pids_limit = 50'
printf 'B=file\nC=file\n' >"$work/env"
check 'capabilities' matches '*CapBnd:	0000000000000021' with grep CapBnd /proc/self/status
check 'an added one comes on top, a dropped one goes' matches '*CapBnd:	0000000000002020' \
	with --cap-add net_raw --cap-drop chown grep CapBnd /proc/self/status
check 'the environment: the command line over the file of it over the settings' prints 'conf file given /bin' \
	with -e C=given --env-file "$work/env" sh -c 'echo $A $B $C $PATH'
check 'the umask, and that given' prints '0027 0022' eval 'echo $(with sh -c umask) $(with --umask 022 sh -c umask)'
check 'limits, and those given beside them' prints '100 200 100' with \
	--ulimit core=51200 sh -c 'echo $(ulimit -Sn) $(ulimit -Hn) $(ulimit -Sc)'
check 'volumes, and those given beside them' prints '[containers] x' eval 'echo x >"$work/x";
	with -v "$work/x:/x" sh -c "echo \$(head -n 1 /conf) \$(cat /x)"'
check 'kernel parameters' prints '0 7 9000' with sh -c 'echo $(cat /proc/sys/net/ipv4/ping_group_range) \
	$(cat /proc/sys/kernel/msgmax)'
before=$(cat /proc/sys/net/ipv4/ping_group_range)
check 'not those of a namespace of the host' prints '9000' with --network host cat /proc/sys/kernel/msgmax
check 'whose own stay' prints "$before" cat /proc/sys/net/ipv4/ping_group_range
check 'which --sysctl refuses' fails 125 '*--sysctl*' with --network host --sysctl net.ipv4.ip_forward=1 true
# The filter of system calls is compiled anew only where it differs.
filters() {
	for capability in $("$tools/cap-list" | tr , ' '); do
		list=$("$tools/cap-list" --drop "$capability")
		"$tools/seccomp-compile" --capabilities "$list" --output "$work/filter"
		said=$(with --cap-drop all --cap-add "$list" --explain true)
		if cmp -s "$work/filter" "$tools/seccomp-default.bpf"; then
			case $said in *seccomp-default.bpf*) continue ;; esac
		else
			case $said in *seccomp-default.bpf*) ;; *) continue ;; esac
		fi
		echo "without $capability the filter is another"
		return 1
	done
	case $(with --cap-add sys_admin --explain true) in *seccomp-default.bpf*) return 1 ;; esac
}
check 'the usual filter is taken where it is the same, and only there' filters
ip link add other type bridge
ip address add 10.77.0.1/24 dev other
ip link set other up
on_bridge() { CONTAINERS_CONF=$work/one.conf "$top/container" run --rm --network bridge:other \
	--rootfs "$work/rootfs" "$@"; }
check 'on a bridge of another the network is the container'\''s own' prints '0	7' \
	on_bridge cat /proc/sys/net/ipv4/ping_group_range
check '--sysctl is stronger, there too' prints '0	5' on_bridge --sysctl 'net.ipv4.ping_group_range=0 5' \
	cat /proc/sys/net/ipv4/ping_group_range
ip link delete other
write '[containers]' 'umask = "9"'
check 'a value that the option refuses is named with its place' fails 125 \
	"$work/one.conf line 2: *umask: *" with true
check 'a broken file ends the start' fails 125 "conf-read: read: $work/fifo: *" run_in "$work/fifo" true
check 'other verbs do not read it' fails 0 '' env CONTAINERS_CONF="$work/fifo" "$top/container" ps
traced() {
	CONTAINERS_CONF=/dev/null strace -f -qq -e trace=execve -o "$work/trace" "$top/container" run --rm \
		--network none --rootfs "$work/rootfs" true && grep -q opt-parse "$work/trace" &&
		! grep /conf-read "$work/trace"
}
check 'without a file there is no process for it' traced

done_testing
