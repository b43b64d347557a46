#!/bin/sh
# priv-drop: the program has what was asked for and nothing else, whatever the image says.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

# Inside a root of the test's own; the options of priv-drop, then the program.
root=$work/root
rootfs "$root"
cp "$tools/priv-drop" "$root/bin/priv-drop"
mkdir -p "$root/proc" "$root/home/user" "$root/secret" "$root/usr/bin"
chmod 700 "$root/secret"
inside() { unshare --mount chroot "$root" /bin/sh -c 'mount -t proc proc /proc && exec "$@"' sh "$@"; }
drop() { inside /bin/priv-drop "$@"; }

# What /proc/self/status says on these lines.
status() {
	lines=$1
	shift
	drop "$@" -- sed -n "s/^\\($lines\\):.//p" /proc/self/status
}
prints_status() {
	expected=$1
	shift
	prints "$expected" status "$@"
}

# ---------------------------------------------------------------- users and groups
passwd() { printf "$@" >"$root/etc/passwd"; }
group() { printf "$@" >"$root/etc/group"; }
accounts() {
	passwd 'root:x:0:0:root:/root:/bin/sh\nuser:x:1000:100:A User:/home/user:/bin/sh\n'
	group 'root:x:0:\nusers:x:100:\nextra:x:2000:user\nmore:x:3000:other,user\nnone:x:4000:users\n'
}
ids() { drop "$@" -- sh -c 'echo "$(id -u):$(id -g) $(sed -n "s/^Groups:.//p" /proc/self/status)$HOME"'; }
unset HOME
accounts

check 'root is the default' prints '0:0 0 /root' ids
check 'a name has its uid, gid, groups and home' prints '1000:100 100 2000 3000 /home/user' \
	ids --user user
check 'so has its number' prints '1000:100 100 2000 3000 /home/user' ids --user 1000
check 'a number that is not in passwd is in group 0 and at home in /' prints '5:0 0 /' ids --user 5
check 'with a group there is only that group' prints '1000:7 7 /home/user' ids --user user:7
check 'the group may be a name' prints '5:2000 2000 /' ids --user 5:extra
check 'a group alone is for root' prints '0:7 7 /root' ids --user :7
check 'groups are added by name and number' prints '5:0 0 77 2000 /' \
	ids --user 5 --group-add extra --group-add 77
check 'all of real, effective, saved and file system ids change' prints '1000	1000	1000	1000
100	100	100	100' status 'Uid\|Gid' --user user
check 'the groups of the caller are gone' prints_status '0 ' Groups --user 0:0
check 'even in an image without passwd and group' eval 'rm "$root/etc/passwd" "$root/etc/group" &&
	prints "5:0 0 /" unshare --mount setpriv --groups 20,21 chroot "$root" /bin/sh -c "
		mount -t proc proc /proc; exec \"\$@\"" sh /bin/priv-drop --user 5 -- sh -c \
		"echo \$(id -u):\$(id -g) \$(sed -n s/^Groups:.//p /proc/self/status) \$HOME"'
check 'a name is then unknown' fails 125 '*look up the user: user: not in*hint: *' drop --user user -- true

for bad in 4294967295 4294967296 99999999999999999999; do
	check "--user $bad is out of range" fails 125 '*--user: *out of range*' drop --user "$bad" -- true
	check "--group-add $bad is out of range" fails 125 '*--group-add: *out of range*' \
		drop --group-add "$bad" -- true
done
# Entries named like numbers, like options and like nothing.
passwd '1000:x:0:0::/:\n-1:x:0:0::/:\n0x5:x:5:5::/x:\n5 :x:0:0::/:\n+:x:0:0::/:\n::0:0::/:\n'
check 'digits are never a name' prints '1000:0 0 /' ids --user 1000
check 'an entry of NIS is none' fails 125 '*not in*' drop --user + -- true
check 'a name that begins with - is none' fails 125 '*not in*' drop --user=-1 -- true
check 'hexadecimal is a name' prints '5:5 5 /x' ids --user 0x5

accounts
for entry in 'bad:x:4294967295:0::/:' 'bad:x:-1:0::/:' 'bad:x:0x0:0::/:' 'bad:x::0::/:' 'bad:x' 'bad' \
	'bad:x: 0:0::/:' 'bad:x:1:4294967295::/:' 'bad:x:1' 'bad:x:1:' 'bad:x:18446744073709551616:0::/:'; do
	passwd '%s\nbad:x:0:0::/:/bin/sh\n' "$entry"
	check "the entry '$entry' is refused, and nothing later stands in for it" \
		fails 125 '*makes no sense*' drop --user bad -- true
done
for entry in 'bad:x:4294967295:' 'bad:x:-1:' 'bad' 'bad:x'; do
	group '%s\nbad:x:0:\n' "$entry"
	check "so is the group '$entry'" fails 125 '*look up the group: bad: *makes no sense*' \
		drop --user 5:bad -- true
done
passwd 'user\0x:x:0:0::/:\nuser:x:1000:1000::/h\0x:\nuser:x:7:8::/home:\n'
accounts
passwd 'us\0er:x:0:0::/:\nuser:x:1000:1000::/h\0x:\nuser:x:7:8::/home:\n'
check 'lines with a NUL are passed over' prints '7:8 8 2000 3000 /home' ids --user user
passwd 'user:x:7:8'
check 'a line may end with the file, and the home be missing' prints '7:8 8 2000 3000 /' ids --user user
passwd 'user:x:7:8::relative:/bin/sh\n'
check 'a home that is not absolute is /' prints '7:8 8 2000 3000 /' ids --user user

accounts
for file in passwd group; do
	cp "$root/etc/$file" "$work/$file"
	rm "$root/etc/$file"
	mkfifo "$root/etc/$file"
	check "a FIFO as /etc/$file is refused and does not block" fails 125 "*/etc/$file: *hint: *" \
		timeout -s KILL 20 unshare --mount chroot "$root" /bin/priv-drop --user 5 -- true
	rm "$root/etc/$file"
	ln -s /dev/zero "$root/etc/$file"
	mknod "$root/dev/zero" c 1 5 2>/dev/null
	check "a device is refused" fails 125 "*/etc/$file: *hint: *" drop --user 5 -- true
	rm "$root/etc/$file"
	head -c 1048577 /dev/zero >"$root/etc/$file"
	check "one that is too large is refused" fails 125 "*/etc/$file: File too large*" drop --user 5 -- true
	rm "$root/etc/$file"
	ln -s "../../../../../../$work/$file" "$root/etc/$file"
	check "a link that leads out is not followed" fails 125 '*not in*' drop --user user:extra -- true
	rm "$root/etc/$file"
	cp "$work/$file" "$root/etc"
done
accounts
awk 'BEGIN { for (i = 0; i < 20000; i++) print "g" i ":x:" i ":user" }' >"$root/etc/group"
check 'twenty thousand groups are given' prints 20001 drop --user user -- \
	awk '/^Groups:/ { print NF - 1 }' /proc/self/status
awk 'BEGIN { for (i = 0; i < 70000; i++) print "::" i ":user" }' >"$root/etc/group"
check 'more than the kernel takes are refused' fails 125 '*more than 65536*' drop --user user -- true
accounts

# What the parser does once it is locked up: nothing but end. And before, all goes.
parser_calls() {
	unshare --mount strace -f -o "$work/trace" chroot "$root" /bin/priv-drop --user user -- /bin/true
	awk '$2 ~ /^fork|^clone|^vfork/ && !parser { parser = $NF }
		$1 == parser && locked { print $2 }
		$1 == parser && /capset\(.*effective=0, permitted=0, inheritable=0/ { empty = 1 }
		$1 == parser && /close_range\(0, 4294967295, 0\) += 0/ { closed = 1 }
		$1 == parser && /seccomp\(SECCOMP_SET_MODE_FILTER/ { locked = empty && closed }' "$work/trace"
}
if command -v strace >/dev/null; then
	check 'the parser of the account files can do nothing but end' matches 'exit_group(0)*' parser_calls
else
	skip 'the parser of the account files can do nothing but end' 'no strace'
fi

# ---------------------------------------------------------------- capabilities
check 'root has the 14 of Docker, and nothing inheritable or ambient' prints_status '0000000000000000
00000000a80425fb
00000000a80425fb
00000000a80425fb
0000000000000000' 'Cap[A-Z][a-z]*'
check 'anybody else has a bounding set only' prints_status '0000000000000000
0000000000000000
0000000000000000
00000000a80425fb
0000000000000000' 'Cap[A-Z][a-z]*' --user user
check 'none leaves none' prints_status '0000000000000000
0000000000000000
0000000000000000' 'CapPrm\|CapEff\|CapBnd' --capabilities none
check 'names count, in any form' prints_status 0000000000002001 CapEff --capabilities CAP_CHOWN,net_raw
check 'all is all there are' eval 'prints_status "$(sed -n "s/^CapBnd:.//p" /proc/self/status)" CapEff --capabilities all'
check 'what is not there is left out' prints 0000000000000001 unshare --mount \
	setpriv --bounding-set -net_raw chroot "$root" /bin/sh -c 'mount -t proc proc /proc; exec "$@"' sh \
	/bin/priv-drop --capabilities chown,net_raw -- sed -n 's/^CapEff:.//p' /proc/self/status
check 'what --keep does not have is left out' prints_status 0000000000000001 CapEff \
	--capabilities chown,net_raw --keep chown,kill
check 'a name that is no capability is refused' fails 125 '*not a capability*' \
	drop --capabilities net_rw -- true
check 'it needs no more than it declares' prints '0000000000000001 5' inside \
	/bin/sh -c 'exec "$@"' sh /bin/priv-drop --capabilities setuid,setgid,setpcap,chown -- \
	/bin/priv-drop --keep chown --capabilities chown --user 0:5 -- sh -c \
	'echo "$(sed -n "s/^CapEff:.//p" /proc/self/status) $(id -g)"'
check 'without CAP_SETGID it says so' fails 125 'priv-drop: set the groups: *hint: *CAP_SETGID*' \
	drop --capabilities setuid,setpcap -- /bin/priv-drop -- true
check 'without CAP_SETUID it says so' fails 125 'priv-drop: set the user: 5: *hint: *CAP_SETUID*' \
	drop --capabilities setgid,setpcap -- /bin/priv-drop --capabilities setgid,setpcap --user 5 -- true
check 'without CAP_SETPCAP it says so' fails 125 'priv-drop: drop from the bounding set: *hint: *' \
	drop --capabilities setuid,setgid,chown -- /bin/priv-drop --capabilities chown -- true

# A user namespace of the ids 0 to 9999.
mapped() { "$tools/ns-exec" --user --pid --uid-map 0:100000:10000 --gid-map 0:200000:10000 -- "$tools/priv-drop" "$@"; }
check 'in a user namespace too all is set' prints '1000:1000 1000 0000000000000000 00000000a80425fb' \
	mapped --user 1000:1000 -- sh -c 'echo $(id -u):$(id -g) $(sed -n "s/^\(Groups\|CapPrm\|CapBnd\)://p" /proc/self/status)'
check 'a user that it does not have is refused with the cause' fails 125 \
	'*set the user: 10000: *hint: *user namespace has no such number*' mapped --user 10000:0 -- true
check 'so is a group' fails 125 '*set the groups: 10000: *hint: *no such number*' mapped --user 0:10000 -- true
check 'and one that does not let groups be set' fails 125 '*set the groups: *hint: */proc/PID/setgroups*' \
	unshare --user --map-root-user "$tools/priv-drop" -- true

# ---------------------------------------------------------------- no_new_privs, filters
check 'no_new_privs is set' prints_status 1 NoNewPrivs
check 'unless it is not wanted' prints_status 0 NoNewPrivs --allow-new-privileges
printf '#include <stdio.h>\n#include <unistd.h>\nint main(void) { printf("%%d\\n", geteuid()); }\n' |
	gcc -static -x c -o "$root/bin/suid" -
chmod 4755 "$root/bin/suid"
check 'a setuid program then gives nothing' prints 1000 drop --user user -- /bin/suid
check 'and something where that is wanted' prints 0 drop --user user --allow-new-privileges -- /bin/suid
# filter NAME NUMBER: refuse that one system call with EXDEV, a number that nothing else gives.
filter() {
	python3 -c 'import struct, sys
op = lambda *f: sys.stdout.buffer.write(struct.pack("=HBBI", *f))
op(0x20, 0, 0, 0); op(0x15, 0, 1, int(sys.argv[1])); op(6, 0, 0, 0x50000 | 18); op(6, 0, 0, 0x7fff0000)' \
		"$2" >"$work/$1"
}
number() { printf '#include <sys/syscall.h>\nSYS_%s\n' "$1" | gcc -E -P - | tail -n 1; }
filter sethostname "$(number sethostname)"
filter capset "$(number capset)"
filter setgroups "$(number setgroups)"
filtered() {
	file=$1
	shift
	drop --seccomp 7 "$@" 7<"$work/$file"
}
check 'a filter is loaded' prints 2 filtered sethostname -- sed -n 's/^Seccomp:.//p' /proc/self/status
check 'and works' fails 1 '*nvalid cross-device link*' filtered sethostname --capabilities all -- hostname x
check 'for anybody' prints 2 filtered sethostname --user user -- sed -n 's/^Seccomp:.//p' /proc/self/status
check 'it need not allow what dropping takes' succeeds filtered capset --user user -- true
check 'nor the groups, without no_new_privs' prints '2 0' filtered setgroups --user user \
	--allow-new-privileges -- sh -c 'echo $(sed -n "s/^\(Seccomp\|NoNewPrivs\):.//p" /proc/self/status | sort -r)'
check 'then the capabilities are as ever' prints '0000000000000000
0000000000000000
0000000000000000
00000000a80425fb
0000000000000000' filtered setgroups --user user --allow-new-privileges -- \
	sed -n 's/^Cap[A-Z][a-z]*:.//p' /proc/self/status
check 'for root too' prints 00000000a80425fb filtered setgroups --allow-new-privileges -- \
	sed -n 's/^CapEff:.//p' /proc/self/status
check 'with no_new_privs it takes no CAP_SYS_ADMIN' prints 2 drop -- /bin/sh -c \
	'exec /bin/priv-drop --seccomp 0 -- sed -n "s/^Seccomp:.//p" /proc/self/status' <"$work/sethostname"
check 'without it does, and says so' fails 125 '*system call filter*hint: *CAP_SYS_ADMIN*' \
	drop --allow-new-privileges -- /bin/priv-drop --seccomp 0 --allow-new-privileges -- true <"$work/sethostname"
printf 1234567 >"$work/odd"
: >"$work/empty"
head -c 32776 /dev/zero >"$work/long"
head -c 8 /dev/zero >"$work/zero"
for bad in odd empty long; do
	check "a filter of $bad size is refused" fails 125 '*read the filter: fd 7: its size*' \
		filtered $bad -- true
done
check 'one that the kernel refuses is refused' fails 125 '*load the system call filter: Invalid*' \
	filtered zero -- true
check 'one that is not a file is refused' fails 125 '*not a regular file*' \
	drop --seccomp 7 -- true 7</dev/zero

# ---------------------------------------------------------------- the terminal; what it does: run-tty.t
check 'a terminal that is none is not given away' fails 125 '*no pseudoterminal*' \
	drop --own-terminal -- true </dev/null
check 'nor is a file' fails 125 '*no pseudoterminal*' sh -c 'exec "$@" <"$0"' "$top/README.md" \
	"$tools/priv-drop" --own-terminal -- true

# ---------------------------------------------------------------- limits, umask
limit() { drop "$@" -- sed -n 's/^Max \(open files\|core file size\) *\([^ ]*\) *\([^ ]*\).*/\2 \3/p' /proc/self/limits; }
check 'limits are set' prints '0 0
64 128' limit --rlimit core=0 --rlimit nofile=64:128
check 'a single number is both' prints '0 0
77 77' limit --rlimit core=0 --rlimit nofile=77 --user user
if grep -q '^Max core file size *[^ ]* *unlimited' /proc/self/limits; then
	check 'unlimited is a number too' matches 'unlimited unlimited*' limit --rlimit core=unlimited
fi
check 'raising a hard limit without the right is refused with the cause' fails 125 \
	'*set the limit: nofile=200: *hint: *CAP_SYS_RESOURCE*' drop --rlimit nofile=100 -- \
	/bin/priv-drop --rlimit nofile=200 -- true
for bad in nofile nofile= =5 nofiles=5 nofile=5: nofile=6:5 nofile=-2 nofile=0x5 nofile=5:4:6 RLIMIT_NOFILE=5; do
	check "--rlimit $bad is refused" fails 125 'priv-drop: --rlimit: *' drop --rlimit "$bad" -- true
done
check 'the umask is 022' prints 0022 sh -c 'umask 077; "$@"' sh unshare --mount chroot "$root" \
	/bin/priv-drop -- sh -c umask
check 'or what is asked for' prints 0137 drop --umask 0137 -- sh -c umask
for bad in '' 8 1000 0o22 00022 -1; do
	check "--umask '$bad' is refused" fails 125 'priv-drop: --umask: *' drop --umask "$bad" -- true
done

# ---------------------------------------------------------------- the working directory
check 'the working directory is /' prints / drop -- pwd
check 'or what is asked for' prints /home/user drop --cwd /home/user -- pwd
check 'it is made where it is missing, by root' prints '0:0 755' sh -c 'umask 077; "$@"' sh \
	unshare --mount chroot "$root" /bin/priv-drop --user user --cwd /new/a/b -- \
	stat -c '%u:%g %a' /new/a/b
check 'below a directory of somebody else too' prints /home/user/own/new eval \
	'mkdir -p "$root/home/user/own"; chmod 755 "$root/home/user/own"; chown 1000 "$root/home/user/own"
	drop --user user --cwd /home/user/own/new -- pwd'
check 'root enters what the user may not' prints '/secret' drop --user user --cwd /secret -- \
	sh -c 'echo $PWD'
check 'and the user what root may not' prints '/home/user/own/0700' eval '
	mkdir "$root/home/user/own/0700"; chmod 0700 "$root/home/user/own/0700"
	chown 1000 "$root/home/user/own/0700"; drop --capabilities setuid,setgid,setpcap -- \
	/bin/priv-drop --user user --cwd /home/user/own/0700 -- pwd'
check 'a directory that neither may enter is refused' fails 125 '*enter the working directory: /home/user/own/0700: Perm*' \
	drop --capabilities setuid,setgid,setpcap -- /bin/priv-drop --user 5 --cwd /home/user/own/0700 -- pwd
ln -s ../../../../../../../../../tmp "$root/home/link"
check 'links stay inside' prints /tmp drop --cwd /home/link -- sh -c 'cd -P . && pwd'
check 'a file in the way is refused' fails 125 '*working directory: /etc/passwd: Not a directory*' \
	drop --cwd /etc/passwd -- pwd
check 'so is a relative path' fails 125 '*not an absolute path*' drop --cwd home -- pwd
# An fd of a directory outside, and the ways to it. The root must not be where it leads.
leak() { drop "$@" 9</; }
check 'an fd of a directory outside is no way out' fails 125 '*working directory: /proc/self/fd/9: *' \
	leak --cwd /proc/self/fd/9 -- pwd
check 'nor a path below it' fails 125 '*working directory: *' leak --cwd /proc/self/fd/9/etc -- pwd
check 'nor a link in the image to it' fails 125 '*working directory: *' eval \
	'ln -s /proc/self/fd/9 "$root/way"; leak --cwd /way -- pwd'
check 'nor one that is to be preserved' fails 125 '*working directory: *' \
	leak --preserve-fd 9 --cwd /proc/self/fd/9 -- pwd
check 'nor being there already' prints / inside sh -c 'cd /proc && exec /bin/priv-drop -- pwd'
check 'a directory as standard input is refused' fails 125 '*standard input: it is a directory*' \
	drop -- true </

# ---------------------------------------------------------------- the environment
check 'variables are set, the later one wins' prints '3|a=b c' drop --env A=1 --env A=3 --env 'B=a=b c' -- \
	sh -c 'echo "$A|$B"'
check 'removed' prints unset env A=1 "$tools/priv-drop" --capabilities all --unset-env A -- \
	sh -c 'echo "${A-unset}"'
check 'and cleared, but for those that follow' prints 'B=2
HOME=/root' drop --env A=1 --clear-env --env B=2 -- /bin/env
check 'a HOME that is given stays' prints /x drop --env HOME=/x -- sh -c 'echo $HOME'
check 'an empty one does not' prints /home/user drop --env HOME= --user user -- sh -c 'echo $HOME'
for bad in A =1 ''; do
	check "--env '$bad' is refused" fails 125 'priv-drop: --env: *' drop --env "$bad" -- true
done
check 'a bad name is refused' fails 125 'priv-drop: --unset-env: A=: *' drop --unset-env A= -- true

# ---------------------------------------------------------------- fds, signals and the rest
fds() { drop "$@" -- sh -c 'for n in 3 4 5 6 7 8 9; do [ ! -e /proc/self/fd/$n ] || printf %s $n; done' \
	3</dev/null 4</dev/null 6</dev/null 7>/dev/null 9</dev/null; }
check 'no fd after 2 is left' prints '' fds
check 'but those that are to stay' prints 34 fds --preserve-fds 2
check 'by number too' prints 369 fds --preserve-fd 9 --preserve-fds 1 --preserve-fd 6
check 'the fd of --status-fd is not one of them' prints '' fds --status-fd 7 --trace-fd 9
check 'unless it is asked for' prints 7 fds --status-fd 7 --preserve-fd 7
check 'one that is not open is refused' fails 125 '*leave open: fd 5: Bad file*' fds --preserve-fds 3
check 'a failure is recorded to the end' matches '*"call":"execute","object":"/nowhere"*' sh -c '
	unshare --mount chroot "$0" /bin/priv-drop --status-fd 7 -- /nowhere 7>&1 >/dev/null 2>&1; exit 0' "$root"

inherits='import os, signal, sys
for n in signal.SIGINT, signal.SIGQUIT, signal.SIGCHLD, 34: signal.signal(n, signal.SIG_IGN)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 65))
os.execv(sys.argv[1], sys.argv[1:])'
check 'signals are at their defaults, whatever was inherited' prints '0000000000000000
0000000000000000' python3 -c "$inherits" "$tools/priv-drop" -- sed -n 's/^Sig\(Blk\|Ign\):.//p' /proc/self/status
# The number of the session keyring: KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING.
keyring="import ctypes; print(ctypes.CDLL(None).syscall($(number keyctl), 0, -3, 0))"
before=$(python3 -c "$keyring")
new_keyring() { prints "$before" "$tools/priv-drop" -- python3 -c "$keyring"; }
if [ "$before" = -1 ]; then
	skip 'the session keyring is a new one' 'this kernel has no keyrings'
else
	check 'the session keyring is a new one' eval '! new_keyring && [ "$status" = 0 ]'
fi

check 'a missing program is 127' exits 127 drop -- /nowhere
check 'one that the user may not execute is 126, though root may' fails 126 '*/secret/x: Permission*' eval '
	cp "$root/bin/busybox" "$root/secret/x"; drop --user user -- /secret/x true'
check 'the PATH is that of the program' prints 'mine' eval '
	mkdir -p "$root/mine"; printf "#!/bin/sh\necho mine\n" >"$root/mine/tool"; chmod +x "$root/mine/tool"
	drop --clear-env --env PATH=/mine:/bin -- tool'
check 'and not that of the caller' exits 127 env PATH="$root/mine:$PATH" unshare --mount chroot "$root" \
	/bin/priv-drop --clear-env --env PATH=/bin -- tool
check 'without one it is the usual' prints ok drop --clear-env -- echo ok
check 'a carried program is executed and not looked up' prints ran unshare --mount \
	"$tools/chroot-pivot" --root "$root" --carry 10="$tools/priv-drop" --carry 11=/bin/busybox -- \
	priv-drop --user user --exec-fd 11 -- echo ran
check 'the whole chain: dropped, reaped, executed' prints '1000 1' unshare --mount --pid --fork \
	"$tools/chroot-pivot" --root "$root" --carry 10="$tools/priv-drop" --carry 11="$tools/init-reap" -- \
	priv-drop --user user --exec-fd 11 -- init-reap -- sh -c 'echo $(id -u) $PPID'
check 'a program that waits is looked up before' exits 127 timeout -s KILL 20 unshare --mount --pid --fork \
	"$tools/fd-pipe" --pipe 3:4 -- "$tools/chroot-pivot" --root "$root" --carry 10="$tools/priv-drop" \
	--carry 11="$tools/fd-wait" -- priv-drop --preserve-fds 2 --exec-fd 11 -- fd-wait --fd 3 -- /nowhere
check 'arguments survive' prints 'a  b|' drop -- sh -c 'echo "$1|$2"' sh 'a  b' ''
check 'the status is that of the program' exits 7 drop -- sh -c 'exit 7'

check 'how early it is killed when memory runs out' prints 300 "$tools/priv-drop" --oom-score-adj 300 -- \
	cat /proc/self/oom_score_adj
check 'a file of another file system is not written' fails 125 '*oom_score_adj*not on procfs*' \
	"$tools/ns-exec" --mount -- sh -c 'mount -t tmpfs fake /proc && mkdir /proc/self && echo 0 >/proc/self/oom_score_adj
	"$tools/priv-drop" --oom-score-adj 300 -- true'

done_testing
