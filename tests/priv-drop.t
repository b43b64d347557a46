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
check 'without CAP_SETPCAP it says so' fails 125 'priv-drop: drop from the bounding set: *hint: *' \
	drop --capabilities setuid,setgid,chown -- /bin/priv-drop --capabilities chown -- true

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

done_testing
