# SPDX-License-Identifier: MIT
# What some options of "container run" mean to the links. Read in only where one of them is given;
# each function leaves its answer in the variables that its comment names, since a function of
# POSIX sh has its own "$@".
# shellcheck shell=sh disable=SC2034,SC2154

# escape PATH: $escaped is it with a backslash before each colon and backslash, as mnt-bind reads it.
escape() {
	rest=$1 escaped=
	while :; do
		case $rest in
		*[:\\]*)
			before=${rest%%[:\\]*}
			rest=${rest#"$before"}
			escaped=$escaped$before\\${rest%"${rest#?}"}
			rest=${rest#?}
			;;
		*) break ;;
		esac
	done
	escaped=$escaped$rest
}

# read_mount TYPE=...,...: $mount_flag and $mount become an option of mnt-bind.
read_mount() {
	type='' source='' target='' choices='' recursive='' rest=$1,
	while [ -n "$rest" ]; do
		field=${rest%%,*}
		rest=${rest#*,}
		key=${field%%=*} value=${field#*=}
		[ "$key" != "$field" ] || value=true
		case $key in
		type) type=$value ;;
		source | src) source=$value ;;
		target | dst | destination) target=$value ;;
		readonly | ro)
			case $value in
			true | 1) choices=$choices,ro ;;
			false | 0) ;;
			*) die "--mount: $field: true or false" ;;
			esac
			;;
		bind-propagation) choices=$choices,$value ;;
		bind-nonrecursive) case $value in true | 1) recursive=,bind ;; esac ;;
		tmpfs-size) bytes "$value" '--mount: tmpfs-size' && choices=$choices,size=$bytes ;;
		tmpfs-mode) choices=$choices,mode=$value ;;
		consistency | relabel) ;; # for other systems
		'') ;;
		*) die "--mount: $field: no such key" \
			'keys are type, source, target, readonly, bind-propagation, bind-nonrecursive, tmpfs-size and tmpfs-mode' ;;
		esac
		case $type:$key in
		tmpfs:bind-* | bind:tmpfs-*) die "--mount: $field: not with type=$type" ;;
		esac
	done
	case $target in
	/*) ;;
	'') die "--mount: $1: which target?" ;;
	*) die "--mount: $target: a target begins with /" ;;
	esac
	escape "$target"
	target=$escaped
	case $type in
	bind)
		case $source in
		/*) ;;
		. | ./* | .. | ../*) source=$PWD/$source ;;
		'') die "--mount: $1: which source?" ;;
		*) die "--mount: $source: a source of type bind begins with / or ." ;;
		esac
		[ -e "$source" ] || die "--mount: $source: not there" \
			'--volume makes a directory that is missing, --mount does not'
		escape "$source"
		choices=$choices$recursive
		mount_flag=--bind mount=$escaped:$target${choices:+:${choices#,}}
		;;
	tmpfs)
		[ -z "$source" ] || die "--mount: $source: a tmpfs has no source"
		mount_flag=--tmpfs mount=$target${choices:+:${choices#,}}
		;;
	'' | volume)
		case $source in
		'' | *[!A-Za-z0-9_.-]* | [!A-Za-z0-9]*) die "--mount: $1: which volume?" \
			'say type=bind for a directory of the host' ;;
		esac
		[ -d "$root/volumes/$source" ] || mkdir -p "$root/volumes/$source" ||
			die "--mount: $source: cannot be made"
		escape "$root/volumes/$source"
		mount_flag=--bind mount=$escaped:$target${choices:+:${choices#,}}
		;;
	*) die "--mount: $type: no such type" 'there are bind, tmpfs and volume' ;;
	esac
}

# bytes NUMBER[UNIT] OPTION: $bytes is the number of bytes.
bytes() {
	case $1 in
	*[bB]) bytes=${1%?} ;;
	*) bytes=$1 ;;
	esac
	factor=1
	case $bytes in
	*[kK]) factor=1024 bytes=${bytes%?} ;;
	*[mM]) factor=1048576 bytes=${bytes%?} ;;
	*[gG]) factor=1073741824 bytes=${bytes%?} ;;
	esac
	case $bytes in
	'' | *[!0-9]* | ??????????????*) die "$2: $1: not a size such as 64m" ;;
	esac
	# A leading zero is octal to the shell.
	while [ "${bytes#0}" != "$bytes" ] && [ "$bytes" != 0 ]; do bytes=${bytes#0}; done
	bytes=$((bytes * factor))
}

# read_device PATH[:TARGET][:rwm]: $device is it as mnt-kernel takes it, $rule as cg-exec does.
read_device() {
	case $1 in
	/*) ;;
	*=*) die "--device: $1: CDI names are not built" \
		'give the nodes with --device, and the files of the driver with --volume' ;;
	*) die "--device: $1: a device begins with /" ;;
	esac
	source=${1%%:*} rest=${1#"${1%%:*}"} access=rwm
	case $rest in
	'' | :) target=$source ;;
	:/*:*) target=${rest#:} access=${target#*:} target=${target%%:*} ;;
	:/*) target=${rest#:} ;;
	*) target=$source access=${rest#:} ;;
	esac
	case $access in
	'' | *[!rwm]*) die "--device: $1: access is of r, w and m" ;;
	esac
	{ [ -c "$source" ] || [ -b "$source" ]; } || die "--device: $source: not a device"
	device=$source:$target:$access rule=$source:$access
}

# read_zone ZONE: $zone is the host's file of it.
read_zone() {
	case $1 in
	local) zone=/etc/localtime ;;
	/* | *..*) die "--tz: $1: not the name of a zone" ;;
	*) zone=/usr/share/zoneinfo/$1 ;;
	esac
	[ -f "$zone" ] || die "--tz: $1: there is no $zone here"
}

# look_up CONTAINER: $other becomes its ID, $first_process the PID of its first process.
look_up() {
	found=$("$T"/state-find ${status_fd:+--status-fd "$status_fd"} --root "$root" --run "$run" "$1") || exit 125
	other=${found%% *} first_process=${found#* }
}

# read_signal SIGNAL: $signal is its name, without SIG, or its number.
read_signal() {
	signal=${1#SIG}
	case $signal in
	ABRT | ALRM | BUS | CHLD | CONT | FPE | HUP | ILL | INT | IO | KILL | PIPE | PROF | PWR | QUIT | \
		SEGV | STKFLT | STOP | SYS | TERM | TRAP | TSTP | TTIN | TTOU | URG | USR1 | USR2 | \
		VTALRM | WINCH | XCPU | XFSZ | RTMIN | RTMAX | RTMIN+[0-9] | RTMIN+[0-9][0-9] | \
		RTMAX-[0-9] | RTMAX-[0-9][0-9] | [1-9] | [1-5][0-9] | 6[0-4]) ;;
	*) die "--stop-signal: $1: no such signal" ;;
	esac
}
