# SPDX-License-Identifier: MIT
# What several pipelines need. $verb names the pipeline in messages; the front has set and exported
# CONTAINER_TOOLS_*.
# shellcheck shell=sh

# shellcheck disable=SC2154 # verb is whoever sources this
T=$CONTAINER_TOOLS_LIBEXEC
root=$CONTAINER_TOOLS_ROOT
run=$CONTAINER_TOOLS_RUN

# What a program inside may read does not hang on the mask of whoever starts it.
umask 022

status_fd=
# die WHAT-AND-WHY [HINT]
die() {
	printf '%s: %s\n' "$verb" "$1" >&2
	[ $# -lt 2 ] || printf '%s: hint: %s\n' "$verb" "$2" >&2
	[ -z "$status_fd" ] || record "$@"
	exit 125
}

# record WHAT-AND-WHY [HINT]: as our programs do with --status-fd. A number of two digits is more
# than some shells can redirect to.
record() {
	printf '{"step":"%s","call":"%s","object":null,"reason":"%s"%s}\n' "$verb" \
		"$(json "${1%%: *}")" "$(json "${1#*: }")" "${2:+,\"fix\":\"$(json "$2")\"}" \
		>>"/proc/self/fd/$status_fd"
} 2>/dev/null

# json TEXT: on stdout, as part of a string of JSON.
json() {
	printf '%s' "$1" | LC_ALL=C tr '\000-\037\177-\377' '?' | sed 's/["\\]/\\&/g'
}

# add_caps LIST: $keep becomes its union with the comma-separated LIST.
add_caps() {
	rest=$1,
	while [ -n "$rest" ]; do
		case ,$keep, in
		*,"${rest%%,*}",*) ;;
		*) keep=$keep${keep:+,}${rest%%,*} ;;
		esac
		rest=${rest#*,}
	done
}

# quote WORD: on stdout, as a shell reads it back.
quote() {
	case $1 in
	'' | *[!A-Za-z0-9_./:=,@%+-]*)
		rest=$1
		printf "'"
		while :; do
			case $rest in
			*\'*)
				printf "%s'\\\\''" "${rest%%\'*}"
				rest=${rest#*\'}
				;;
			*) break ;;
			esac
		done
		printf "%s'" "$rest"
		;;
	*) printf '%s' "$1" ;;
	esac
}

# open_lock ID: on fd 8. The lock says that the container lives: it is held by us and by the
# supervisor, and dies with the last of both. With --trace the steps write their times to it.
open_lock() {
	[ -d "$run/locks" ] || (umask 077 && mkdir -p "$run/locks") || exit 125
	command exec 8>>"$run/locks/$1" || die "open the lock: $run/locks/$1"
}

# start_container OPTIONS -- CHAIN: start what the chain says and stay until it has ended; the exit
# status is the program's. fds 3 to 6 are the pipes of the front. This and the chain are all that a
# start is: "container run --explain" prints them as a command line for pipelines/start.
#
#	--id ID              the container, which state-new has made; its lock is open on fd 8
#	--remove             remove it afterwards
#	--interactive        the program reads our standard input
#	--tty                it does so on a terminal of its own, which the chain relays
#	--network KIND       none, host, bridge, bridge:NAME: what to connect once the PID is known
#	--ip ADDRESS --ip6 ADDRESS --mac-address ADDRESS   the addresses on the bridge
#	--hostname NAME --add-host NAME:ADDRESS --no-hosts
#	--dns ADDRESS --dns-search DOMAIN --dns-option OPTION   for the files in /etc
#	--cidfile FILE --pidfile FILE   where its ID and the PID go, for others
#	--label NAME=VALUE --annotation NAME=VALUE --stop-signal NAME --stop-timeout SECONDS   noted
#	--files-of ID        whose hosts and resolv.conf it has, with its network
#	--watch              it has no pid namespace of its own: see that it ends with us
#	--seccomp FILE       open on fd 9 for the chain
#	--status-fd NUMBER   where a record goes of what failed, in our jobs too
#	--trace text|json    afterwards, draw how long each step took; the chain's links say it to fd 7
start_container() {
	id='' remove='' interactive='' tty='' network=none address='' address6='' mac=''
	hostname='' hosts='' no_hosts='' dns='' search='' resolver='' seccomp=''
	cidfile='' pidfile='' files_of='' watch='' watcher=''
	labels='' annotations='' stop_signal='' stop_timeout='' trace=''
	child='' interrupted='' status=125
	for word; do
		case $word in
		--) break ;;
		--id=*) id=${word#*=} ;;
		--remove) remove=1 ;;
		--interactive) interactive=1 ;;
		--tty) tty=1 ;;
		--network=*) network=${word#*=} ;;
		--ip=*) address=${word#*=} ;;
		--ip6=*) address6=${word#*=} ;;
		--mac-address=*) mac=${word#*=} ;;
		--hostname=*) hostname=${word#*=} ;;
		--add-host=*) hosts="$hosts${word#*=}
" ;;
		--dns=*) dns="${dns}nameserver ${word#*=}
" ;;
		--dns-search=*) search="$search ${word#*=}" ;;
		--dns-option=*) resolver="$resolver ${word#*=}" ;;
		--no-hosts) no_hosts=1 ;;
		--cidfile=*) cidfile=${word#*=} ;;
		--pidfile=*) pidfile=${word#*=} ;;
		--files-of=*) files_of=${word#*=} ;;
		--watch) watch=1 ;;
		--label=*) labels="$labels${word#*=}
" ;;
		--annotation=*) annotations="$annotations${word#*=}
" ;;
		--stop-signal=*) stop_signal=${word#*=} ;;
		--stop-timeout=*) stop_timeout=${word#*=} ;;
		--seccomp=*) seccomp=${word#*=} ;;
		--trace=*) trace=${word#*=} ;;
		--status-fd=*) status_fd=${word#*=} ;;
		*) die "start: $word: no such option" ;;
		esac
	done
	directory=$root/containers/$id

	trap end_container EXIT
	forward_signals
	# Until its release it is the start that a signal ends: the links know of none.
	trap 'abandon 1' HUP
	trap 'abandon 2' INT
	trap 'abandon 3' QUIT
	trap 'abandon 15' TERM
	# Writing to a chain that has gone must not end us before it is cleaned up.
	trap '' PIPE
	if [ -n "$cidfile" ]; then
		(set -C && printf '%s' "$id" >"$cidfile") 2>/dev/null ||
			die "--cidfile: $cidfile: there already, or cannot be made"
	fi
	case $network in
	bridge) "$T"/net-bridge ${status_fd:+--status-fd "$status_fd"} ${trace:+--trace-fd 8} --state "$root" >"$directory/network" || exit 125 ;;
	esac
	write_files

	while [ "$1" != -- ]; do shift; done
	shift
	[ -z "$seccomp" ] || exec 9<"$seccomp"
	# A shell gives its background jobs an empty input: ours is handed on by number. What only
	# we hold stays behind, above all the end of the pipe that releases the start.
	if [ -n "$interactive" ]; then exec 7<&0; else exec 7</dev/null; fi
	if [ -n "$trace" ]; then "$@" <&7 3<&- 6>&- 7>>"$run/locks/$id" &
	else "$@" <&7 3<&- 6>&- 7<&- & fi
	child=$!
	exec 4>&- 5<&- 7<&- 9<&-
	pid=
	read -r pid <&3 || :
	if [ -n "$watch" ]; then
		# What is no process 1 obeys a signal at any time, the links too.
		forward_signals
		# The write end again, which we alone hold now: it closes when we end.
		exec 4>/proc/self/fd/3
		watch_us &
		watcher=$!
	fi
	exec 3<&-
	if [ -n "$pid" ]; then
		printf '%s\n' "$pid" >"$directory/pid"
		[ -z "$pidfile" ] || printf '%s\n' "$pid" >"$pidfile" 2>&3 || :
		connect
		forward_signals
		printf . >&6 || :
	fi 3>&2 2>/dev/null
	exec 6>&-
	interrupted=1
	while [ -n "$interrupted" ]; do
		interrupted=
		wait "$child" && code=0 || code=$?
		# A signal ends the wait, not the container. If it came just after the end, the
		# next wait knows no such child: 127.
		[ "$code" = 127 ] && [ "$status" != 125 ] || status=$code
	done
	child=
	exit "$status"
}

forward_signals() {
	for signal in HUP INT QUIT TERM USR1 USR2 WINCH CONT; do
		# shellcheck disable=SC2064 # the signal is meant now
		trap "forward $signal" "$signal"
	done
	[ -z "$tty" ] || trap suspend TSTP
}

# Where no pid namespace takes the container along when we are killed: kill its cgroup then. It runs
# in the background, and ends with fd 3.
watch_us() {
	trap '' HUP INT QUIT TERM
	# Redirections of a command would leave copies open, to be put back after it.
	exec </dev/null >/dev/null 4>&- 6>&- 8>&-
	read -r _ <&3 || :
	exec "$T"/state-sweep --root "$root" --run "$run" --only "$id" 3<&-
}

forward() {
	interrupted=1
	[ -z "$child" ] || kill -"$1" "$child" 2>/dev/null || :
}

# Whoever stops us gets the terminal back; the container goes on.
suspend() {
	forward TSTP
	kill -STOP "$$"
	forward CONT
}

# abandon NUMBER: of the signal.
abandon() {
	status=$((128 + $1))
	child=${!:-}
	exit "$status"
}

# On every way out, once.
end_container() {
	trap - EXIT
	trap '' HUP INT QUIT TERM USR1 USR2
	# What was not released, or could not be connected.
	[ -z "$child" ] || { kill -KILL "$child" || :; wait "$child" || :; } 2>/dev/null
	[ -z "$trace" ] || exec 3<"$run/locks/$id"
	"$T"/state-end ${status_fd:+--status-fd "$status_fd"} ${trace:+--trace-fd 8} --root "$root" --run "$run" --id "$id" --lock-fd 8 \
		--exit-code "$status" ${remove:+--remove} || :
	[ -z "$watcher" ] || { kill -KILL "$watcher" && wait "$watcher" || :; } 2>/dev/null
	[ -z "$trace" ] || "$T"/trace-draw --format "$trace" <&3 >&2 || :
	exit "$status"
}

# Connect the network that the container has got, and note the address where it looks for its own.
connect() {
	case $network in
	bridge | bridge:*)
		bridge=${network#bridge}
		bridge=${bridge#:}
		"$T"/net-veth ${status_fd:+--status-fd "$status_fd"} ${trace:+--trace-fd 8} --bridge "${bridge:-container0}" ${address:+--address "$address"} \
			${address6:+--address6 "$address6"} ${mac:+--mac "$mac"} \
			"$pid" >"$directory/address" 2>&3 || exit 125
		while read -r key value; do
			case $key in
			address*) printf '%s\t%s\n' "${value%/*}" "$hostname" ;;
			esac
		done <"$directory/address" >>"$directory/hosts"
		;;
	esac
}

# hosts, hostname, resolv.conf, which are bound over those of the image, and what others ask for.
write_files() {
	printf '%s\n' "$hostname" >"$directory/hostname"
	[ -z "$labels" ] || printf '%s' "$labels" >"$directory/labels"
	[ -z "$annotations" ] || printf '%s' "$annotations" >"$directory/annotations"
	[ -z "$stop_signal" ] || printf '%s\n' "$stop_signal" >"$directory/stop-signal"
	[ -z "$stop_timeout" ] || printf '%s\n' "$stop_timeout" >"$directory/stop-timeout"
	[ -n "$no_hosts" ] || {
		if [ "$network" = host ]; then
			copy /etc/hosts
		elif [ -n "$files_of" ]; then
			copy "$root/containers/$files_of/hosts"
		else
			printf '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n'
			printf 'fe00::\tip6-localnet\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n'
		fi
		while [ -n "$hosts" ]; do
			line=${hosts%%
*}
			hosts=${hosts#*
}
			# NAME:ADDRESS, or NAME=ADDRESS where that is clearer.
			case $line in
			*=*) printf '%s\t%s\n' "${line#*=}" "${line%%=*}" ;;
			*) printf '%s\t%s\n' "${line#*:}" "${line%%:*}" ;;
			esac
		done
	} >"$directory/hosts"
	if [ -n "$dns" ]; then
		printf '%s' "$dns"
	elif [ "$network" = host ]; then
		copy /etc/resolv.conf
	elif [ -n "$files_of" ]; then
		copy "$root/containers/$files_of/resolv.conf"
	else
		copy_resolvers
	fi >"$directory/resolv.conf"
	# The last line of a kind counts.
	[ -z "$search" ] || printf 'search%s\n' "$search" >>"$directory/resolv.conf"
	[ -z "$resolver" ] || printf 'options%s\n' "$resolver" >>"$directory/resolv.conf"
}

copy() {
	while IFS= read -r line || [ -n "$line" ]; do printf '%s\n' "$line"; done <"$1" || :
} 2>/dev/null

# A name server on the host's loopback is not there inside; the resolver that answers there keeps
# a list of the real ones.
copy_resolvers() {
	file=/etc/resolv.conf
	[ -r "$file" ] || return 0
	while read -r word value rest; do
		case $word:$value in
		nameserver:127.0.0.53) [ ! -r /run/systemd/resolve/resolv.conf ] ||
			file=/run/systemd/resolve/resolv.conf ;;
		esac
	done </etc/resolv.conf
	while read -r word value; do
		case $word:$value in
		nameserver:127.* | nameserver:::1 | \#* | \;*) ;;
		*) printf '%s %s\n' "$word" "$value" ;;
		esac
	done <"$file"
} 2>/dev/null
