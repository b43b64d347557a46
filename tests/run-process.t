#!/bin/sh
# run: the options on the process and on what it knows of its surroundings, by what it sees.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

none() { "$top/container" run --rm --network none --rootfs "$work/box" "$@"; }
c() { "$top/container" run --rm --rootfs "$work/box" "$@"; }
rootfs "$work/box"

# ---------------------------------------------------------------- who it is
check 'groups are added, by name and by number' prints '0 77 2000' none --group-add extra --group-add 77 sh -c \
	'id -G | tr " " "\n" | sort -n | paste -sd " "'
check 'to those of a user' prints '77 1000 2000' none -u user --group-add 77 sh -c \
	'id -G | tr " " "\n" | sort -n | paste -sd " "'
check 'a group that is not there is refused' fails 125 '*nosuch*' none --group-add nosuch true
check 'the mask of new files is 022' prints -rw-r--r-- none sh -c 'touch /x && stat -c %A /x'
check 'or what is asked for' prints -rw-rw---- none --umask 0007 sh -c 'touch /x && stat -c %A /x'

# ---------------------------------------------------------------- environment
check 'a variable is taken away' prints '' none --unsetenv HOSTNAME sh -c 'env | grep HOSTNAME || :'
check 'also one that was set' prints '' none -e A=1 --unsetenv A sh -c 'env | grep ^A= || :'
check 'those of here are passed on' prints 'two words|/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' sh -c '
	HERE="two words" "$top/container" run --rm --network none --rootfs "$work/box" --env-host \
		sh -c "echo \"\$HERE|\$PATH\""'
check 'but without it they are not' prints '' sh -c '
	HERE=1 "$top/container" run --rm --network none --rootfs "$work/box" sh -c "echo \$HERE"'
check 'ours are no business of the program' prints '' none --env-host sh -c 'env | grep CONTAINER_TOOLS || :'

# ---------------------------------------------------------------- names
check 'the domain name' prints 'web example' none -h web --domainname example sh -c \
	'echo $(hostname) $(cat /proc/sys/kernel/domainname)'
check 'with --uts host the host name is that of the host' prints "$(readlink /proc/self/ns/uts) $(hostname)" \
	none --uts host sh -c 'echo $(readlink /proc/self/ns/uts) $(hostname)'
check 'which cannot be set then' fails 125 '*--uts*' none --uts host -h web true
check 'with --ipc host the shared memory is that of the host' prints "$(readlink /proc/self/ns/ipc)" \
	none --ipc host readlink /proc/self/ns/ipc
mount -t tmpfs shm /dev/shm
echo shared >/dev/shm/here
check 'and /dev/shm too' prints shared none --ipc host cat /dev/shm/here
check 'which otherwise is its own' prints '' none ls /dev/shm
umount /dev/shm

# ---------------------------------------------------------------- parameters of the kernel
check 'a parameter of its network' prints '77 80' none --sysctl net.core.somaxconn=77 \
	--sysctl net.ipv4.ip_unprivileged_port_start=80 sh -c \
	'echo $(cat /proc/sys/net/core/somaxconn /proc/sys/net/ipv4/ip_unprivileged_port_start)'
check 'whether it forwards' prints 1 none --sysctl net.ipv4.ip_forward=1 cat /proc/sys/net/ipv4/ip_forward
check 'of its shared memory' prints 65536 none --sysctl kernel.shmmax=65536 cat /proc/sys/kernel/shmmax
check 'the machine keeps its own' succeeds sh -c '[ "$(cat /proc/sys/kernel/shmmax)" != 65536 ]'
check 'one of the machine is refused' fails 125 '*kernel.panic*hint*' none --sysctl kernel.panic=1 true
check 'one of a network that is the host'"'"'s too' fails 125 '*--sysctl*network*' \
	c --network host --sysctl net.core.somaxconn=77 true
check 'with --ipc host, so is that of shared memory' fails 125 '*' \
	none --ipc host --sysctl "kernel.shmmni=$(cat /proc/sys/kernel/shmmni)" true

# ---------------------------------------------------------------- files in /etc
check 'a domain to look in, and options' prints 'nameserver 10.9.9.9|search a.example b.example|options ndots:2 rotate' \
	sh -c '"$top/container" run --rm --network none --rootfs "$work/box" --dns 10.9.9.9 --dns-search a.example \
	--dns-search b.example --dns-option ndots:2 --dns-opt rotate cat /etc/resolv.conf | paste -sd "|"'
echo '10.1.1.1 from-the-image' >"$work/box/etc/hosts"
check 'with --no-hosts the file is that of the image' prints '10.1.1.1 from-the-image' none --no-hosts cat /etc/hosts
check 'on the bridge too' prints '10.1.1.1 from-the-image' c --no-hosts cat /etc/hosts
rm "$work/box/etc/hosts"

# ---------------------------------------------------------------- addresses
check 'an Ethernet address' prints 02:00:00:00:12:34 c --mac-address 02:00:00:00:12:34 cat /sys/class/net/eth0/address
prefix=$(ip -6 -o addr show container0 | sed -n 's/.*inet6 \(fd[0-9a-f:]*\)::1\/.*/\1/p')
check 'an IPv6 address' succeeds c --ip6 "$prefix::1:abcd" sh -c "ip -6 addr show eth0 | grep -q '$prefix::1:abcd/'"
for wrong in '--ip6 fd00::1' '--mac-address 02:00:00:00:12:34'; do
	# shellcheck disable=SC2086 # two words
	check "$wrong without a bridge is refused" fails 125 '*bridge*' none $wrong true
done

# ---------------------------------------------------------------- files for others
check 'its ID is written' matches '????????????' sh -c '
	"$top/container" run --rm --network none --rootfs "$work/box" --cidfile "$work/cid" hostname >"$work/host" &&
	case $(cat "$work/cid") in "$(cat "$work/host")"*) cat "$work/host" ;; esac'
check 'but never over another' fails 125 '*--cidfile*' none --cidfile "$work/cid" true
mkfifo "$work/ready"
pid_is_written() {
	none --pidfile "$work/pid" -v "$work/ready:/ready" sh -c 'readlink /proc/self/ns/pid >/ready; read -r x </ready' &
	front=$!
	read -r namespace <"$work/ready"
	[ "$(readlink "/proc/$(cat "$work/pid")/ns/pid")" = "$namespace" ]
	same=$?
	echo >"$work/ready"
	wait "$front"
	return "$same"
}
check 'the PID of its first process is written' pid_is_written

# ---------------------------------------------------------------- what is noted
c_named() { "$top/container" run --network none --rootfs "$work/box" "$@"; }
printf '# a comment\n\nfrom=file\nbare\n' >"$work/labels"
c_named --name noted -l role=db --label empty --label role=web --label-file "$work/labels" \
	--annotation org.example/x=1 --stop-signal SIGINT --stop-timeout 3 true
noted() { cat "$CONTAINER_TOOLS_ROOT/containers/$(cat "$CONTAINER_TOOLS_ROOT/names/noted")/$1"; }
filtered() { "$top/container" ps -a --format '{{.Names}}' "$@"; }
check 'labels are listed' prints 'role=db,empty=,role=web,from=file,bare=' filtered --format '{{.Labels}}'
check 'a container is found by a label' prints noted filtered --filter label=role
check 'and its value, which is the last' prints noted filtered --filter label=role=web
check 'but not by one that was replaced' prints '' filtered --filter label=role=db
check 'by two that it has' prints noted filtered --filter label=from=file --filter label=bare
check 'but not by one of two' prints '' filtered --filter label=role --filter label=nosuch
check 'nor by the beginning of one' prints '' filtered --filter label=rol
c_named --name escapes --label "x=$(printf '\033[2J')" true
check 'what a terminal would obey is shown instead' prints 'x=\x1b[2J' filtered --filter name=escapes --format '{{.Labels}}'
"$top/container" rm escapes >/dev/null
check 'an annotation is written down' prints org.example/x=1 noted annotations
check 'what stops it' prints INT noted stop-signal
check 'and how long that may take' prints 3 noted stop-timeout
check 'an unknown signal is refused' fails 125 '*--stop-signal*NOSUCH*' none --stop-signal NOSUCH true
check 'a label of two lines is refused' fails 125 '*--label*' none --label "a=b
c=d" true
check 'a name in use is refused' fails 125 '*noted*in use*' c_named --name noted true
check 'unless it is to be replaced' prints new c_named --replace --name noted echo new
check 'then the labels are gone' prints '' filtered --filter label=role
check 'a name that nobody has needs no replacing' prints new c_named --replace --name fresh echo new
"$top/container" rm noted fresh >/dev/null

# ---------------------------------------------------------------- when memory runs out
check 'it is killed earlier' prints 500 none --oom-score-adj 500 cat /proc/self/oom_score_adj
check 'also as another user' prints 500 none -u 1000 --oom-score-adj 500 cat /proc/self/oom_score_adj
check 'a number out of range is refused' fails 125 '*--oom-score-adj*' none --oom-score-adj 1001 true

# ---------------------------------------------------------------- its time
check 'it is killed when its time is up' exits 137 none --timeout 1 sleep 1000
check 'also where it has no pid namespace of its own' exits 137 none --pid host --timeout 1s sleep 1000
check 'it may end before' exits 3 none --timeout 1000 sh -c 'exit 3'
check '0 is any time' exits 3 none --timeout 0 sh -c 'exit 3'

# ---------------------------------------------------------------- files that are handed on
echo three >"$work/3" && echo five >"$work/5" && echo nine >"$work/9"
check 'files are handed on from number 3 up' prints 'three,five 0 1 2 3 4 5 6' sh -c '
	exec 3<"$work/3" 4>"$work/4" 5<"$work/5" 6>"$work/6"
	"$top/container" run --rm --network none --preserve-fds 3 --rootfs "$work/box" sh -c "
		read -r three <&3; echo four >&4; read -r five <&5; cd /proc/self/fd; set -- *; echo \$three,\$five \$*"
	[ "$(cat "$work/4")" = four ]'
check 'also those that our scripts use, and with --init' prints 'three five nine' sh -c '
	exec 3<"$work/3" 4</dev/null 5<"$work/5" 6</dev/null 7</dev/null 8</dev/null 9<"$work/9"
	"$top/container" run --rm --network none --init --preserve-fds 7 --rootfs "$work/box" sh -c \
		"echo \$(cat <&3) \$(cat <&5) \$(cat <&9)"'
check 'one that is not open is named' fails 125 '*--preserve-fds*fd 4 is not open*' sh -c '
	exec 3<"$work/3"; "$top/container" run --rm --network none --preserve-fds 2 --rootfs "$work/box" true'
check 'one that --trace writes to is no file to hand on' fails 125 '*used by another option*' sh -c '
	exec 3</dev/null 4</dev/null 5</dev/null 6</dev/null 7>"$work/7"
	"$top/container" run --rm --network none --trace --preserve-fds 5 --rootfs "$work/box" true'
check 'without the option none is' prints '0 1 2 3' sh -c '
	exec 3<"$work/3" 5<"$work/5"
	"$top/container" run --rm --network none --rootfs "$work/box" sh -c "cd /proc/self/fd; echo *"'

nft delete table inet container_tools 2>/dev/null
done_testing
