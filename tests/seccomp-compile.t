#!/bin/sh
# seccomp-compile: what a filter lets through and what it answers, asked of the kernel itself.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cc -D_GNU_SOURCE -O1 -Wall -o "$work/filtered" "$top/tests/filtered.c" -lseccomp || skip_all 'no compiler'
compile() { "$tools/seccomp-compile" "$@"; }
default=$work/default.bpf
compile --output "$default"

# calls FILTER EXPECTED CALL...: each gives that.
calls() {
	filter=$1 expected=$2 wrong=0
	shift 2
	for call; do
		# shellcheck disable=SC2086 # a call and its arguments
		said=$("$work/filtered" "$filter" $call 2>&1)
		[ "$said" = "$expected" ] || { echo "$call: $said, not $expected"; wrong=1; }
	done
	return "$wrong"
}

# ---------------------------------------------------------------- the default filter
check 'what opens the kernel wide is refused' calls "$default" EPERM \
	add_key keyctl request_key bpf perf_event_open userfaultfd open_by_handle_at \
	io_uring_setup io_uring_enter io_uring_register \
	mount umount2 pivot_root fsopen fsmount fsconfig fspick move_mount open_tree mount_setattr 467 \
	unshare setns 'unshare 0x80' init_module finit_module delete_module kexec_load kexec_file_load \
	reboot swapon swapoff settimeofday clock_settime acct quotactl iopl ioperm syslog vhangup \
	sethostname setdomainname fanotify_init lookup_dcookie kcmp pidfd_getfd process_madvise \
	get_mempolicy set_mempolicy mbind move_pages migrate_pages nfsservctl uselib _sysctl ustat sysfs
check 'ordinary calls pass' calls "$default" EBADF \
	'read -1' 'write -1' 'fstat -1' 'close -1' 'ioctl -1 0x5401' 'fcntl -1 1' 'fchmod -1' \
	'fchown -1' 'ftruncate -1' 'dup -1' 'getdents64 -1' 'accept4 -1' 'sendmsg -1' 'fsync -1' \
	'fchdir -1' 'epoll_wait -1 0 1' 'flock -1 1' 'pidfd_send_signal -1'
check 'calls without arguments pass' calls "$default" ok \
	getpid gettid getuid sched_yield sync getpgrp 'umask 022' 'alarm 0' 'prctl 3' 'brk 0' \
	'ptrace 0'

check 'clone with a flag for any namespace is refused' calls "$default" EPERM \
	'clone 0x00020000' 'clone 0x02000000' 'clone 0x04000000' 'clone 0x08000000' \
	'clone 0x10000000' 'clone 0x20000000' 'clone 0x40000000' 'clone 0x7e020800' \
	'clone 0x1000000010000000'
# CLONE_SIGHAND without CLONE_VM: the kernel's own refusal, so the call came through.
check 'clone without them passes' calls "$default" EINVAL 'clone 0x800' 'clone 0x811'
check 'clone3 is not there, so that C libraries take clone' calls "$default" ENOSYS clone3
check 'the kernel'\''s ciphers are refused' calls "$default" EPERM 'socket 38 5'
check 'the way to the hypervisor is refused' calls "$default" EPERM 'socket 40 1'
check 'high bits that the kernel ignores do not help a family' calls "$default" EPERM \
	'socket 0x100000028 1' 'socket 0xffffffff00000026 5'
check 'other families pass' calls "$default" ok 'socket 1 1' 'socket 2 1' 'socket 10 2' 'socket 16 3'
check 'typing into a terminal is refused' calls "$default" EPERM 'ioctl -1 0x5412' 'ioctl -1 0x541c'
check 'high bits that the kernel ignores do not help a request' calls "$default" EPERM \
	'ioctl -1 0x100005412' 'ioctl -1 0xffffffff0000541c'
check 'the requests beside them pass' calls "$default" EBADF \
	'ioctl -1 0x5411' 'ioctl -1 0x5413' 'ioctl -1 0x541b' 'ioctl -1 0x541d' \
	'ioctl -1 0xffffffff80045430'
check 'five personalities pass' calls "$default" ok \
	'personality 0' 'personality 8' 'personality 0x20000' 'personality 0x20008' 'personality 0xffffffff'
check 'others are refused' calls "$default" EPERM 'personality 0x40000' 'personality 1' \
	'personality 0x100000000'
check 'a call newer than the profile does not exist' calls "$default" ENOSYS 470 600 9999
check 'a call newer than libseccomp that the profile names passes' calls "$default" EINVAL \
	'452 -100 0 0 0xffff'
# getpid, write and socketcall of i386.
foreign() {
	for call in "--32 $default 20" "--32 $default 4" "--32 $default 102" "--x32 $default getpid"; do
		# shellcheck disable=SC2086
		said=$("$work/filtered" $call)
		[ "$said" = 'killed by SYS' ] || { echo "$call: $said"; return 1; }
	done
}
check 'calls of other ABIs kill: int $0x80 and x32' foreign

# ---------------------------------------------------------------- capabilities
privileged=$work/privileged.bpf
compile --capabilities sys_admin,dac_read_search,sys_boot --output "$privileged"
check 'a capability brings its calls' calls "$privileged" EFAULT 'mount 1 1 1' 'clone3 1 64'
check 'it brings clone with namespaces' calls "$privileged" EINVAL 'clone 0x10000800'
check 'it brings only its own' calls "$privileged" EPERM init_module chroot settimeofday
check 'no capability is possible' compile --capabilities none --output "$work/none.bpf"
check 'chroot goes with its capability' calls "$work/none.bpf" EPERM 'chroot 1'
check 'which is among the default ones' calls "$default" EFAULT 'chroot 1'

# ---------------------------------------------------------------- comparisons
# profile NAME TEXT: compile TEXT for the default capabilities.
profile() {
	printf '%s' "$2" >"$work/$1.json"
	compile --profile "$work/$1.json" --output "$work/$1.bpf"
}
# compares OP VALUE VALUE_TWO ARGUMENT...: each argument meets the comparison, or after "not" fails it.
compares() {
	profile op "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":[{\"names\":[\"lseek\"],
		\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77,
		\"args\":[{\"index\":1,\"value\":$2,\"valueTwo\":$3,\"op\":\"SCMP_CMP_$1\"}]}]}" || return
	expected=$("$work/filtered" "$work/op.bpf" getpid) || return
	expected=EBADFD # 77
	shift 3
	for argument; do
		[ "$argument" != not ] || { expected=EBADF; continue; }
		calls "$work/op.bpf" "$expected" "lseek -1 $argument" || return
	done
}
big=4294967296
check 'EQ compares all 64 bits' compares EQ 5 0 5 not 4 6 $((big + 5)) -5
check 'NE compares all 64 bits' compares NE 5 0 4 6 $((big + 5)) not 5
check 'LT is without a sign' compares LT 5 0 0 4 not 5 6 -1 $big
check 'LE is without a sign' compares LE 5 0 0 5 not 6 -1 $big
check 'GT is without a sign' compares GT 5 0 6 -1 $big not 5 0
check 'GE is without a sign' compares GE 5 0 5 6 -1 $big not 4 0
check 'GE takes a value of 33 bits' compares GE $big 0 $big $((big + 1)) -1 not 5 4294967295
check 'MASKED_EQ looks at the mask alone' compares MASKED_EQ 240 16 16 31 $((big + 16)) not 32 0 48
check 'a mask may have high bits' compares MASKED_EQ $((big + 1)) $big $big $((big + 2)) not 1 0 $((big + 1))
check 'several arguments must all match' eval 'profile all "{\"defaultAction\":\"SCMP_ACT_ALLOW\",
	\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77,\"args\":[
	{\"index\":1,\"value\":5,\"op\":\"SCMP_CMP_EQ\"},{\"index\":2,\"value\":9,\"op\":\"SCMP_CMP_EQ\"}]}]}" &&
	calls "$work/all.bpf" EBADFD "lseek -1 5 9" && calls "$work/all.bpf" EBADF "lseek -1 5 8" "lseek -1 4 9"'
check 'of two for one argument either is enough' eval 'profile any "{\"defaultAction\":\"SCMP_ACT_ALLOW\",
	\"syscalls\":[{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":77,\"args\":[
	{\"index\":1,\"value\":5,\"op\":\"SCMP_CMP_EQ\"},{\"index\":1,\"value\":9,\"op\":\"SCMP_CMP_EQ\"}]}]}" &&
	calls "$work/any.bpf" EBADFD "lseek -1 5" "lseek -1 9" && calls "$work/any.bpf" EBADF "lseek -1 6"'

# ---------------------------------------------------------------- actions
rule() { printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getppid"],"action":"SCMP_ACT_%s"%s}]}' "$1" "${2-}"; }
acts() { profile "act$1" "$(rule "$1" "${3-}")" && calls "$work/act$1.bpf" "$2" getppid && calls "$work/act$1.bpf" ok getpid; }
check 'ERRNO without a number is EPERM' acts ERRNO EPERM
check 'ERRNO has the number asked for' acts ERRNO EXDEV ',"errnoRet":18'
check 'Podman'\''s name of an error counts' acts ERRNO EXDEV ',"errno":"EXDEV"'
check 'KILL kills' acts KILL 'killed by SYS'
check 'KILL_THREAD kills' acts KILL_THREAD 'killed by SYS'
check 'KILL_PROCESS kills' acts KILL_PROCESS 'killed by SYS'
check 'TRAP sends SIGSYS' acts TRAP 'killed by SYS'
check 'LOG lets pass' acts LOG ok
check 'TRACE without a tracer is ENOSYS' acts TRACE ENOSYS
check 'a default that kills kills, for calls that nobody knows, too' eval 'profile kill "{\"defaultAction\":
	\"SCMP_ACT_KILL_PROCESS\",\"syscalls\":[{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\"}]}" &&
	calls "$work/kill.bpf" ok getpid && calls "$work/kill.bpf" "killed by SYS" getppid 9999'
check 'the default error is that of the profile' eval 'profile errno "{\"defaultAction\":
	\"SCMP_ACT_ERRNO\",\"defaultErrnoRet\":18,\"syscalls\":[{\"names\":[\"getpid\",\"gettid\"],
	\"action\":\"SCMP_ACT_ALLOW\"}]}" && calls "$work/errno.bpf" EXDEV getppid &&
	calls "$work/errno.bpf" ok getpid'
check 'a denial excepts from what another rule allows, in either order' eval 'profile except "{
	\"defaultAction\":\"SCMP_ACT_ERRNO\",\"syscalls\":[
	{\"names\":[\"lseek\",\"fchmod\"],\"action\":\"SCMP_ACT_ALLOW\"},
	{\"names\":[\"lseek\",\"fchown\"],\"action\":\"SCMP_ACT_ERRNO\",\"errnoRet\":18,
		\"args\":[{\"index\":1,\"value\":5,\"op\":\"SCMP_CMP_EQ\"}]},
	{\"names\":[\"fchown\"],\"action\":\"SCMP_ACT_ALLOW\"}]}" &&
	calls "$work/except.bpf" EXDEV "lseek -1 5" "fchown -1 5" &&
	calls "$work/except.bpf" EBADF "lseek -1 6" "fchown -1 6" "fchmod -1 5"'

# ---------------------------------------------------------------- includes, excludes
# applies CONDITIONS yes|no: whether a rule with them counts.
applies() {
	profile when "$(rule ERRNO ",\"errnoRet\":18,$1")" || return
	case $2 in
	yes) calls "$work/when.bpf" EXDEV getppid ;;
	no) calls "$work/when.bpf" ok getppid ;;
	esac
}
check 'a capability that is there includes' applies '"includes":{"caps":["CAP_CHOWN"]}' yes
check 'all of the capabilities are needed' applies '"includes":{"caps":["CAP_CHOWN","CAP_BPF"]}' no
check 'any one of them excludes' applies '"excludes":{"caps":["CAP_BPF","CAP_CHOWN"]}' no
check 'none of them does not' applies '"excludes":{"caps":["CAP_BPF"]}' yes
check 'the architecture includes' applies '"includes":{"arches":["arm64","amd64"]}' yes
check 'another one does not' applies '"includes":{"arches":["s390x"]}' no
check 'the architecture excludes' applies '"excludes":{"arches":["amd64"]}' no
check 'a kernel that is reached includes' applies '"includes":{"minKernel":"4.8"}' yes
check 'a later one does not' applies '"includes":{"minKernel":"99.0"}' no
check 'a kernel that is reached excludes' applies '"excludes":{"minKernel":"4.8"}' no
check 'empty and null conditions mean nothing' applies '"includes":{},"excludes":null,"args":null,"comment":""' yes

# ---------------------------------------------------------------- other people's profiles
check 'calls of listed architectures pass' eval 'profile arch "{\"defaultAction\":\"SCMP_ACT_ERRNO\",
	\"archMap\":[{\"architecture\":\"SCMP_ARCH_X86_64\",\"subArchitectures\":[\"SCMP_ARCH_X86\"]},
	{\"architecture\":\"SCMP_ARCH_AARCH64\",\"subArchitectures\":[\"SCMP_ARCH_ARM\"]}],
	\"syscalls\":[{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\"}]}" &&
	[ "$("$work/filtered" --32 "$work/arch.bpf" 20)" = ok ] &&
	[ "$("$work/filtered" --32 "$work/arch.bpf" 64)" = EPERM ] && calls "$work/arch.bpf" ok getpid &&
	[ "$("$work/filtered" --x32 "$work/arch.bpf" getpid)" = "killed by SYS" ]'
check 'the runtime specification'\''s form is read' eval 'profile oci "{\"defaultAction\":\"SCMP_ACT_ERRNO\",
	\"architectures\":[\"SCMP_ARCH_X86_64\",\"SCMP_ARCH_X86\"],
	\"syscalls\":[{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\",\"args\":[]}]}" &&
	[ "$("$work/filtered" --32 "$work/oci.bpf" 20)" = ok ] && calls "$work/oci.bpf" ok getpid'
check 'the oldest form is read' eval 'profile old "{\"defaultAction\":\"SCMP_ACT_ERRNO\",
	\"syscalls\":[{\"name\":\"getpid\",\"action\":\"SCMP_ACT_ALLOW\"}]}" &&
	calls "$work/old.bpf" ok getpid && calls "$work/old.bpf" EPERM lseek'
if [ -e /usr/share/containers/seccomp.json ]; then
	podman=$work/podman.bpf
	compile --profile /usr/share/containers/seccomp.json --output "$podman"
	check 'Podman'\''s profile is read' calls "$podman" EPERM bpf swapon
	check 'its default error is kept' calls "$podman" ENOSYS add_key 9999
else
	skip 'Podman'\''s profile is read' 'it is not installed'
fi
check 'a name that no kernel has is ignored' eval 'profile names "{\"defaultAction\":\"SCMP_ACT_ERRNO\",
	\"syscalls\":[{\"names\":[\"no_such_call\",\"getpid\"],\"action\":\"SCMP_ACT_ALLOW\"}]}" &&
	calls "$work/names.bpf" ok getpid'
check 'but said where all else is allowed' eval 'profile typo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",
	\"syscalls\":[{\"names\":[\"kexec_laod\"],\"action\":\"SCMP_ACT_ERRNO\"}]}" 2>"$work/said" &&
	grep -q "kexec_laod: it is not denied" "$work/said"'

# ---------------------------------------------------------------- bad profiles
# refused TITLE PATTERN TEXT
refused() {
	printf '%s' "$3" >"$work/bad.json"
	check "$1" fails 125 "seccomp-compile: *: $2" compile --profile "$work/bad.json" --output "$work/bad.bpf"
}
begin='{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["read"],"action":"SCMP_ACT_ERRNO"'
refused 'nothing is refused' '*line 1*' ''
refused 'what is not JSON is refused, with its place' '*line 2, column 1*' '{
x'
refused 'another type at the top is refused' '*' '[]'
refused 'a second document is refused' '*end of file expected*' '{"defaultAction":"SCMP_ACT_ALLOW"} {}'
refused 'a field twice is refused' '*duplicate*' '{"defaultAction":"SCMP_ACT_ALLOW","defaultAction":"SCMP_ACT_KILL"}'
refused 'no default is refused' '*missing: defaultAction*' '{}'
refused 'an unknown field is named' '*no such field: defaultActoin*' '{"defaultAction":"SCMP_ACT_ALLOW","defaultActoin":"x"}'
refused 'an unknown field of a rule is named' '*syscalls?0?: no such field: arg*' "$begin"',"arg":[]}]}'
refused 'an unknown field of a condition is named' '*syscalls?0?.includes: no such field: cap*' "$begin"',"includes":{"cap":[]}}]}'
refused 'an unknown field of a comparison is named' '*args?0?: no such field: valuetwo*' \
	"$begin"',"args":[{"index":0,"op":"SCMP_CMP_EQ","value":1,"valuetwo":1}]}]}'
refused 'an unknown action is named' '*no such action: SCMP_ACT_NOTIFY*' '{"defaultAction":"SCMP_ACT_NOTIFY"}'
refused 'an unknown comparison is named' '*args?0?.op: no such comparison: EQ*' "$begin"',"args":[{"index":0,"op":"EQ","value":1}]}]}'
refused 'an argument that no call has is refused' '*index: out of range*' "$begin"',"args":[{"index":6,"op":"SCMP_CMP_EQ","value":1}]}]}'
refused 'a negative value is refused' '*value: out of range*' "$begin"',"args":[{"index":0,"op":"SCMP_CMP_EQ","value":-1}]}]}'
refused 'a fraction is refused' '*value: not a whole number*' "$begin"',"args":[{"index":0,"op":"SCMP_CMP_EQ","value":1.0}]}]}'
refused 'a value beyond the reader is refused' '*too big integer*' "$begin"',"args":[{"index":0,"op":"SCMP_CMP_EQ","value":18446744073709551615}]}]}'
refused 'a comparison without a value is refused' '*missing: value*' "$begin"',"args":[{"index":0,"op":"SCMP_CMP_EQ"}]}]}'
refused 'seven comparisons are refused' '*args: too many*' "$begin"',"args":[1,2,3,4,5,6,7]}]}'
refused 'an error that the kernel would cut is refused' '*errnoRet: out of range*' "$begin"',"errnoRet":4096}]}'
refused 'an error that does not exist is named' '*errno: no such error: EFOO*' "$begin"',"errno":"EFOO"}]}'
refused 'two different errors are refused' '*errnoRet: another error*' "$begin"',"errno":"EPERM","errnoRet":2}]}'
refused 'an error for an action without one is refused' '*errnoRet: the action has no number*' \
	'{"defaultAction":"SCMP_ACT_KILL","syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","errnoRet":1}]}'
refused 'a rule without names is refused' '*name*' '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"action":"SCMP_ACT_ERRNO"}]}'
refused 'a name that is a number is refused' '*names?0?: not a string*' '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":[1],"action":"SCMP_ACT_ERRNO"}]}'
refused 'a capability that does not exist is refused' '*CAP_FOO*' "$begin"',"includes":{"caps":["CAP_FOO"]}}]}'
refused 'a list of capabilities is not a name of one' '*not the name of a capability*' "$begin"',"includes":{"caps":["CAP_CHOWN,CAP_BPF"]}}]}'
refused 'an ill-formed kernel version is refused' '*minKernel: not of the form*' "$begin"',"includes":{"minKernel":"5.x"}}]}'
refused 'an unknown architecture is named' '*no such architecture: SCMP_ARCH_Z80*' '{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_Z80"]}'
refused 'both ways to list architectures are refused' '*not together*' \
	'{"defaultAction":"SCMP_ACT_ALLOW","architectures":["SCMP_ARCH_X86"],"archMap":[{"architecture":"SCMP_ARCH_X86_64"}]}'
refused 'flags are refused' '*flags: not supported*' '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"]}'
refused 'a listener is refused' '*no such field: listenerPath*' '{"defaultAction":"SCMP_ACT_ALLOW","listenerPath":"/x"}'
refused 'a terminal'\''s codes do not reach it' '*\\x1b?31m*' '{"defaultAction":"\u001b[31m"}'
check 'a deep document is refused' eval 'head -c 100000 /dev/zero | tr "\0" "[" >"$work/deep.json"
	fails 125 "*maximum parsing depth*" compile --profile "$work/deep.json" --output -'
check 'a long document is refused' eval 'head -c 1048577 /dev/zero | tr "\0" " " >"$work/long.json"
	fails 125 "*longer than 1048576 bytes*" compile --profile "$work/long.json" --output -'
check 'an endless one is, too' fails 125 '*longer than*' compile --profile /dev/zero --output -
check 'a program longer than the kernel takes is refused' eval '{
	echo "{\"defaultAction\":\"SCMP_ACT_ALLOW\",\"syscalls\":["
	seq 5000 | sed "s/.*/{\"names\":[\"lseek\"],\"action\":\"SCMP_ACT_ERRNO\",\"args\":[{\"index\":1,\"op\":\"SCMP_CMP_EQ\",\"value\":&}]},/"
	echo "{\"names\":[\"getpid\"],\"action\":\"SCMP_ACT_ERRNO\"}]}"; } >"$work/many.json"
	fails 125 "*longer than the 4096 instructions*" compile --profile "$work/many.json" --output "$work/many.bpf"'
check 'a profile that is not there is named' fails 125 '*open the profile: /nowhere: No such file*' \
	compile --profile /nowhere --output -
printf '{"defaultAction":"SCMP_ACT_ALLOW"}' >"$work/private.json"
chown 1000 "$work/private.json"
chmod 600 "$work/private.json"
check 'another'\''s private profile is not read with root'\''s privileges' fails 125 '*Permission denied*hint:*--profile -*' \
	compile --profile "$work/private.json" --output -
check 'nothing of a bad profile is left' eval '[ ! -e "$work/bad.bpf" ] && [ -z "$(ls -A "$work" | grep "^[.]bad")" ]'
check 'what was there stays' eval 'echo old >"$work/bad.bpf"; echo x >"$work/bad.json"
	! compile --profile "$work/bad.json" --output "$work/bad.bpf" 2>/dev/null && [ "$(cat "$work/bad.bpf")" = old ]'

# ---------------------------------------------------------------- output and cache
check 'a profile comes from standard input, a program goes to standard output' eval \
	'rule ERRNO | compile --profile - --output - >"$work/piped.bpf" && calls "$work/piped.bpf" EPERM getppid'
check 'a full disk is an error' fails 125 '*No space left*' sh -c '"$1" --output - >/dev/full' sh "$tools/seccomp-compile"
check 'two destinations are refused' fails 125 '*where to*' compile --output x --cache y
cache=$work/cache
check 'the cache prints the path' matches "$cache/"'????????*.bpf' compile --cache "$cache"
check 'it is the same program' cmp "$default" "$cache"/*.bpf
check 'a hit does not compile again' eval 'path=$(compile --cache "$cache") && printf 12345678 >"$path" &&
	[ "$(compile --cache "$cache")" = "$path" ] && [ "$(cat "$path")" = 12345678 ] && rm "$path"'
check 'an empty file is not a hit' eval 'path=$(compile --cache "$cache") && : >"$path" &&
	[ "$(compile --cache "$cache")" = "$path" ] && cmp "$default" "$path"'
check 'other capabilities are another program' eval \
	'[ "$(compile --cache "$cache")" != "$(compile --cache "$cache" --capabilities bpf)" ]'
check 'another profile is another program' eval \
	'[ "$(compile --cache "$cache")" != "$(compile --cache "$cache" --profile "$work/old.json")" ]'
check 'the order of capabilities does not count' eval '[ "$(compile --cache "$cache" --capabilities bpf,chown)" = \
	"$(compile --cache "$cache" --capabilities CAP_CHOWN,CAP_BPF)" ]'
check 'twenty at once give one file' eval 'rm -r "$cache"; pids=
	for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do compile --cache "$cache" >"$work/race$i" & pids="$pids $!"; done
	# shellcheck disable=SC2086
	wait $pids; [ "$(sort -u "$work"/race* | wc -l)" = 1 ] && [ "$(ls -A "$cache" | wc -l)" = 1 ] && cmp "$default" "$cache"/*'
check 'a cache that others can write to is refused' eval 'mkdir -m 777 "$work/open" &&
	fails 125 "*others can write to it*hint:*" compile --cache "$work/open"'
check 'a cache of somebody else is refused' eval 'mkdir "$work/theirs" && chown 1000 "$work/theirs" &&
	fails 125 "*others can write to it*" compile --cache "$work/theirs"'
check 'a link in place of a cached program is not followed' eval 'path=$(compile --cache "$cache") &&
	ln -sf "$work/default.bpf" "$path" && compile --cache "$cache" >/dev/null && [ ! -L "$path" ]'

# ---------------------------------------------------------------- the reader's jail
# jailed: after its filter is loaded the reader neither opens, connects nor executes anything.
jailed() {
	strace -f -o "$work/trace" "$tools/seccomp-compile" --profile "$work/old.json" --output "$work/x.bpf" || return
	reader=$(sed -n 's/^\([0-9]*\) *seccomp(SECCOMP_SET_MODE_FILTER.*= 0$/\1/p' "$work/trace")
	[ -n "$reader" ] || { echo 'no filter was loaded'; return 1; }
	sed -n "/^$reader *seccomp(SECCOMP_SET_MODE_FILTER.*= 0\$/,\$p" "$work/trace" | grep "^$reader" |
		sed 's/^[0-9]* *\([a-z0-9_]*\)(.*/\1/' | sort -u >"$work/used"
	! grep -vxE 'seccomp|brk|mmap|munmap|mremap|madvise|read|pread64|write|lseek|ftruncate|getrandom|exit_group|[0-9].*' "$work/used"
}
if grep -q __asan_init "$tools/seccomp-compile"; then
	skip 'the reader gives up all that it does not need' 'the sanitizers need more'
else
	check 'the reader gives up all that it does not need' jailed
fi
# The reader's fds, seen while it waits for a CPU: what its parent was given is closed.
closed() {
	strace -f -e trace=close_range,close,fork,clone,seccomp -o "$work/trace" "$tools/seccomp-compile" \
		--profile "$work/old.json" --output "$work/x.bpf" 8<"$work/old.json" || return
	reader=$(sed -n 's/^\([0-9]*\) *seccomp(SECCOMP_SET_MODE_FILTER.*= 0$/\1/p' "$work/trace")
	grep -qE "^$reader *(close_range\(|close\(8\))" "$work/trace"
}
check 'and closes what its parent has open' closed
check 'its reports go to --status-fd all the same' matches '*"reason":"*no such action*' sh -c \
	'echo "{\"defaultAction\":\"x\"}" | "$1" --status-fd 9 --profile - --output /dev/null 9>&1 2>/dev/null
	exit 0' sh "$tools/seccomp-compile"
mknod "$work/null" c 1 3
check 'a device is not replaced by a file' fails 125 '*null: not a file*' \
	"$tools/seccomp-compile" --output "$work/null"
check 'it is still a device' test -c "$work/null"
none() { "$tools/seccomp-compile" --privileges | grep -qx 'uses	none'; }
check 'it needs no capability' none
check 'it works without any' setpriv --bounding-set=-all --inh-caps=-all --reuid 65534 --clear-groups \
	sh -c '"$1" --output - >/dev/null' sh "$tools/seccomp-compile"

# ---------------------------------------------------------------- real programs
# The same output under the filter as without it.
under() { bwrap --dev-bind / / --seccomp 9 9<"$default" "$@"; }
same() { "$@" >"$work/plain" 2>&1; under "$@" >"$work/under" 2>&1; cmp "$work/plain" "$work/under" || { diff "$work/plain" "$work/under" | head; false; }; }
if under true; then
	check 'a shell with pipes, jobs and files runs' same sh -c 'cd / && ls -l etc | sort | wc -l; (sleep 0 & wait); id; date +%Y; echo $((1 + 1)) | cat'
	check 'Python with threads, processes and sockets runs' same python3 -c '
import threading, subprocess, socket, asyncio, multiprocessing, tempfile, os, hashlib
a, b = socket.socketpair(); t = threading.Thread(target=lambda: a.sendall(b"x")); t.start(); t.join(); print(b.recv(1))
print(subprocess.run(["echo", "y"], capture_output=True).stdout)
async def main(): return await (await asyncio.create_subprocess_exec("true")).wait()
print(asyncio.run(main()))
with multiprocessing.Pool(2) as p: print(p.map(abs, [-1, 2]))
print(hashlib.sha256(tempfile.TemporaryFile().read()).hexdigest(), os.sched_getaffinity(0))'
	check 'apt lists what is installed' same apt list --installed
	check 'perl, tar and dpkg run' same sh -c 'perl -e "print fork() ? wait() > 0 : exit"; tar c /etc/hosts 2>/dev/null | sha256sum; dpkg -l | wc -l'
	check 'a compiler runs' same sh -c 'echo "int main(void){return 0;}" | cc -x c - -o /dev/null && echo ok'
	check 'strace, which is ptrace, runs' same strace -o /dev/null true
else
	skip 'real programs run' 'bwrap does not'
fi

done_testing
