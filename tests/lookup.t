#!/bin/sh
# lookup: what every link says of a program that it cannot become.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

root=$work/root
rootfs "$root"
cp "$tools/priv-drop" "$root/bin/priv-drop"
become() { unshare --mount chroot "$root" /bin/priv-drop --env PATH=/other:/bin "$@"; }
# put NAME: standard input becomes that program.
put() {
	rm -f "$root/bin/$1"
	cat >"$root/bin/$1"
	chmod 755 "$root/bin/$1"
}

printf '#!/bin/sh\necho ran "$1"\n' | put script
check 'a script runs' prints 'ran a' become -- script a
printf '#!/bin/sh\r\necho ran\r\n' | put crlf
check 'CR LF in the first line is named' fails 127 '*execute: /bin/crlf: *hint: *CR LF*' become -- crlf
printf '#! /opt/perl -w\n' | put perl
check 'a missing interpreter is named' fails 127 '*/bin/perl: No such file*hint: *interpreter /opt/perl is not*' \
	become -- /bin/perl
printf '#!/etc/passwd\n' | put passwd
check 'so is one that cannot be executed' fails 126 '*hint: its interpreter /etc/passwd cannot*' \
	become -- /bin/passwd
cp /bin/true "$root/bin/dynamic"
check 'a missing loader is named' fails 127 '*/bin/dynamic: No such file*hint: *loader /lib*/ld-*' \
	become -- dynamic
# The same file, for another machine (e_machine is 16 bits at 18).
{ head -c 18 "$root/bin/busybox"; printf '\363\0'; tail -c +21 "$root/bin/busybox"; } | put riscv
check 'another machine is named' fails 126 '*Exec format error*hint: *for riscv64*' become -- riscv
echo 'echo ran' | put plain
check 'a file without #! is not handed to a shell' fails 126 '*Exec format error*hint: *#!*' become -- plain
: | put empty
check 'an empty file is named' fails 126 '*hint: the file is empty*' become -- empty
for size in 4 20 64 100; do
	head -c "$size" /bin/true | put short
	check "a program cut to $size bytes is 126" exits 126 become -- short
done
# Its segments at 2^63, its interpreter's name at 2^64 and as long: all of that is the image's.
python3 -c 'import struct, sys
elf = b"\x7fELF\2\1\1" + bytes(9) + struct.pack("=HHIQQQIHHHHHH", 2, 62, 1, 0, int(sys.argv[1], 0), 0, 0, 64, 56, 9, 0, 0, 0)
sys.stdout.buffer.write(elf + struct.pack("=IIQQQQQQ", 3, 4, 2**64 - 1, 0, 0, int(sys.argv[2], 0), 0, 0))' \
	64 0xffffffffffffffff | put long
check 'numbers that make no sense are survived' exits 126 become -- long

chmod 644 "$root/bin/script"
check 'a missing x bit is named' fails 126 '*/bin/script: Permission denied*hint: *0644*user 0*chmod +x*' \
	become -- script
chmod 700 "$root/bin/script"
check 'so is the user that it is missing for' fails 126 '*hint: *0700*user 1000*' become --user 1000 -- script
check 'a directory is named' fails 126 '*/etc: Permission denied*hint: it is a directory*' become -- /etc
mkfifo "$root/bin/fifo"
chmod 755 "$root/bin/fifo"
check 'a FIFO does not block' fails 126 '*hint: it is not a regular file*' \
	timeout -s KILL 10 unshare --mount chroot "$root" /bin/priv-drop -- /bin/fifo
mkdir "$root/noexec"
noexec() {
	unshare --mount sh -c 'mount -t tmpfs -o noexec none "$1/noexec" && cp "$1/bin/busybox" "$1/noexec/true" &&
		exec chroot "$1" /bin/priv-drop -- /noexec/true' sh "$root"
}
check 'a mount with noexec is named' fails 126 '*hint: it is on a mount with the option noexec*' noexec
# The kernel takes 128 KiB of arguments, and more only where the stack may be large.
too_long() {
	word=$(head -c 100000 /dev/zero | tr '\0' a)
	become --rlimit stack=400000 -- true "$word" "$word"
}
check 'arguments that are too long are named' fails 126 '*hint: the arguments and the environment*' too_long

check 'one that is not in PATH is 127, and the PATH named' fails 127 \
	'*execute: nowhere: No such file*hint: *PATH=/other:/bin*' become -- nowhere
check 'an empty name is 127' fails 127 '*the program*s name is empty*' become -- ''
mkdir "$root/other"
cp "$root/bin/busybox" "$root/other/echo"
chmod 644 "$root/other/echo"
check 'one that may not be executed is passed over for a later one' prints ran become -- echo ran
rm "$root/bin/echo"
check 'and named if there is none' fails 126 '*execute: /other/echo: Permission*' become -- echo ran
check 'an empty part of PATH is the working directory' prints ran unshare --mount chroot "$root" \
	/bin/priv-drop --env PATH=: --cwd /bin -- sh -c 'echo ran'
mkfifo "$root/other/script" && chmod 755 "$root/other/script" && chmod 755 "$root/bin/script"
check 'a FIFO in PATH is passed over' prints 'ran ' become -- script

done_testing
