#!/bin/sh
# opt-parse: Docker's grammar, checked against a table; a script gets words of one form.
# shellcheck source=tests/lib.sh disable=SC2016,SC2154
. "${0%/*}/lib.sh"

cat >"$work/show" <<'END'
#!/bin/sh
for word; do printf '<%s>' "$word"; done
echo
END
chmod +x "$work/show"
real() { "$tools/opt-parse" --table "$top/pipelines/run.options" -- "$work/show" "$@"; }

cat >"$work/table" <<'END'
# A table with an option of each kind.
verb      tool turn
purpose   turn things
usage     [option ...] THING [WORD ...]
operands  1..4  thing word
options   first

group     Switches
-i, --interactive    bool          keep it open
-t, --tty            bool          a terminal
    --rm             bool          remove it
-d, --detach         bool          go away
	not built: nobody would wait for it

group     Values
-e, --env NAME[=VALUE]  env...     a variable
-v, --volume A:/B    like ?*:/*...  a volume
-w, --workdir DIR    path          a directory
    --text TEXT      text          anything
    --word WORD      word          anything but nothing
    --list WORD      word...       several
    --name NAME      name          a name
    --int N          int           a number
    --limits N       int -1,4..10  a number
    --low N          int -5..      a number
-m, --memory BYTES   size          a size
    --swap BYTES     size -1,6m..  a size
    --cpus N         decimal       a number
    --wait TIME      duration      a time
    --stop TIME      seconds -1..1h  a time
    --ip4 ADDRESS    ip4           an address
    --ip6 ADDRESS    ip6           an address
    --dns ADDRESS    ip...         an address
    --network NAME   none|host|bridge:*  a network
	also: --net
    --far WORD       word          something
	not built: it is too far
END
sed 's/^options .*/options anywhere/; s/^operands .*/operands 0../' "$work/table" >"$work/anywhere"

export SET='a  value' EMPTY=
unset UNSET
export table="$work/table"
turn() { "$tools/opt-parse" --table "$table" -- "$work/show" "$@"; }

# Many cases make one test: each is a line, and the first that is wrong is shown.
# good EXPECTED WORD...: what the script gets.
good() {
	cases=$((cases + 1))
	expected=$1
	shift
	said=$(turn "$@" 2>&1) && [ "$said" = "$expected" ] && return
	printf 'words: %s\nexpected: %s\ngot: %s\n' "$*" "$expected" "$said"
	wrong=1
}

# bad MESSAGE WORD...: 125, and one line that is exactly the message.
bad() {
	cases=$((cases + 1))
	expected="tool turn: $1"
	shift
	status=0
	said=$(turn "$@" 2>&1) || status=$?
	[ "$status" = 125 ] && [ "$said" = "$expected" ] && return
	printf 'words: %s\nexpected: %s\ngot: %s (%s)\n' "$*" "$expected" "$said" "$status"
	wrong=1
}

batch() {
	cases=0 wrong=0
	"$@"
	echo "$cases cases"
	return "$wrong"
}

usage='usage: tool turn [option ...] THING [WORD ...]:'

switches() {
	good '<--><x>' x
	good '<--rm=true><--><x>' --rm x
	good '<--rm=true><--><false>' --rm false
	for yes in 1 t T true TRUE True; do
		good '<--rm=true><--><x>' "--rm=$yes" x
		good '<--tty=true><--><x>' "-t=$yes" x
	done
	for no in 0 f F false FALSE False; do
		good '<--rm=false><--><x>' "--rm=$no" x
		good '<--interactive=true><--tty=false><--><x>' "-it=$no" x
	done
	for odd in yes no on 2 tRUE ' true' true.; do
		bad "--rm: $odd: it must be true or false" "--rm=$odd" x
	done
	bad '--rm: an empty value; it must be true or false' --rm= x
	bad '--tty: an empty value; it must be true or false' -t= x
	good '<--rm=true><--><x>' --rm --rm --rm x
	good '<--rm=false><--><x>' --rm --rm=false x
	good '<--tty=true><--rm=true><--><x>' --rm --tty --rm x
}

clusters() {
	good '<--interactive=true><--tty=true><--><x>' -it x
	good '<--tty=true><--interactive=true><--><x>' -ti x
	good '<--interactive=true><--tty=true><--><x>' -i -t x
	good '<--interactive=true><--tty=true><--volume=/a:/b><--><x>' -itv /a:/b x
	good '<--interactive=true><--tty=true><--volume=/a:/b><--><x>' -itv/a:/b x
	good '<--interactive=true><--volume=/a:/b><--><x>' -iv=/a:/b x
	good '<--env=A=b><--><x>' -e A=b x
	good '<--env=A=b><--><x>' -eA=b x
	good '<--env=A=b><--><x>' -e=A=b x
	good '<--env=A=-it><--><x>' -eA=-it x
	good '<--env=it=><--><x>' -eit= x
	good '<--workdir=i><--><x>' -wi x
	bad '-x: no such option (in -itx); see tool turn --help' -itx x
	bad '-x: no such option; see tool turn --help' -x x
	bad '-n: no such option (in -iname); see tool turn --help' -iname x
	bad '-w: DIR is missing after it' -w
	bad '-w: DIR is missing after it' -itw
	bad '--workdir: an empty value; it must be DIR' -w= x
	bad '-name: no such option; did you mean --name?' -name x x
	bad '-cpus=1: no such option; did you mean --cpus?' -cpus=1 x
}

long_options() {
	good '<--text=b><--><x>' --text b x
	good '<--text=b><--><x>' --text=b x
	good '<--text=><--><x>' --text= x
	good '<--text=><--><x>' --text '' x
	good '<--text==><--><x>' --text== x
	good '<--text=a=b=c><--><x>' --text=a=b=c x
	good '<--text=--rm><--><x>' --text --rm x
	good '<--text=--><--><x>' --text -- x
	good '<--text=-><--><x>' --text - x
	good '<--text= a  b ><--><x>' --text ' a  b ' x
	good "<--text='\"\$(a)\`b\`*><--><x>" --text "'\"\$(a)\`b\`*" x
	good '<--text=2><--><x>' --text 1 --text=2 x
	good '<--list=1><--list=2><--list=1><--><x>' --list 1 --list=2 --list 1 x
	good '<--list=1><--rm=true><--text=b><--list=2><--><x>' \
		--list 1 --text a --rm --text b --list 2 x
	good '<--network=host><--><x>' --net host x
	good '<--network=none><--><x>' --net host --network=none x
	bad '--text: TEXT is missing after it' --text
	bad '--word: an empty value; it must be WORD' --word '' x
	bad '--wor: no such option; did you mean --word?' --wor x x
	bad '--nmae: no such option; did you mean --name?' --nmae=x x
	bad '--memmory: no such option; did you mean --memory?' --memmory x
	bad '--work-dir: no such option; did you mean --workdir?' --work-dir=/ x
	bad '--WORD: no such option; see tool turn --help' --WORD x
	bad '--zzz: no such option; see tool turn --help' --zzz x
	bad '--: no such option; see tool turn --help' --= x
	bad '---rm: no such option; did you mean --rm?' ---rm x
	bad '--rm : no such option; did you mean --rm?' '--rm ' x
	bad '--\x1b[31m: no such option; see tool turn --help' "--$(printf '\033[31m')" x
}

operands() {
	bad "$usage which thing?"
	bad "$usage which thing?" --
	bad "$usage which thing?" --rm --
	bad "$usage one word too many: e" a b c d e
	good '<--><a><b><c><d>' a b c d
	good '<--><a><--rm><-x>' a --rm -x
	good '<--><a><--><b>' a -- b
	good '<--><--rm>' -- --rm
	good '<--><-->' -- --
	good '<--><->' -
	good '<--><>' ''
	good '<--rm=true><--><><>' --rm '' ''
	good '<--><x><--help>' x --help
	good '<--><x><-h>' x -h
}

anywhere() {
	table=$work/anywhere
	good '<-->'
	good '<-->' --
	good '<--rm=true><--><a><b>' a --rm b
	good '<--tty=true><--rm=true><--><a><b>' a -t b --rm
	good '<--text=b><--><a>' a --text b
	good '<--rm=true><--><a><--tty><-->' a --rm -- --tty --
	good '<--><a><-><>' a - ''
	bad '--foo: no such option; see tool turn --help' a --foo
	bad '-w: DIR is missing after it' a -w
	table=$work/table
}

variables() {
	good '<--env=SET=a  value><--><x>' -e SET x
	good '<--env=EMPTY=><--><x>' -e EMPTY x
	good '<--><x>' -e UNSET x
	good '<--env=UNSET=><--><x>' -e UNSET= x
	good '<--env=A==><--><x>' -e A== x
	good '<--env=a b=c><--><x>' -e 'a b=c' x
	good '<--env=A=1><--env=A=2><--><x>' -e A=1 -e A=2 x
	name='it must be NAME=VALUE, or NAME for the value it has here'
	bad "--env: an empty value; $name" -e '' x
	bad "--env: =: $name" -e = x
	bad "--env: =b: $name" --env==b x
}

numbers() {
	for pair in 0=0 1=1 007=7 9223372036854775807=9223372036854775807; do
		good "<--int=${pair#*=}><--><x>" --int "${pair%=*}" x
	done
	for odd in 1.5 1. 0x10 1k 9223372036854775808 99999999999999999999999 ' 1' '1 ' + +1 -; do
		bad "--int: $odd: it must be a whole number" --int "$odd" x
	done
	bad '--int: an empty value; it must be a whole number' --int= x
	bad '--int: -1: it must be a whole number, not a negative one' --int -1 x
	for in in -1 4 7 10; do good "<--limits=$in><--><x>" --limits $in x; done
	for out in -2 0 1 3 11 9223372036854775807; do
		bad "--limits: $out: it must be -1, or 4 to 10" --limits $out x
	done
	bad '--limits: ten: it must be a whole number, -1, or 4 to 10' --limits ten x
	bad '--limits: --1: it must be a whole number, -1, or 4 to 10' --limits --1 x
	good '<--low=-5><--><x>' --low=-5 x
	bad '--low: -6: it must be -5 or more' --low -6 x
	for pair in 0=0 1=1 1.5=1.5 .5=0.5 1.=1 01.50=1.5 0.000000001=0.000000001 \
		1.0000000000=1 9223372036.854775807=9223372036.854775807; do
		good "<--cpus=${pair#*=}><--><x>" --cpus "${pair%=*}" x
	done
	for odd in . 1.5.5 1,5 1e3 inf nan 1/2 0.0000000001 9223372036.854775808 9223372037; do
		bad "--cpus: $odd: it must be a number such as 1.5" --cpus "$odd" x
	done
	bad '--cpus: -1: it must be a number such as 1.5, not a negative one' --cpus -1 x
}

sizes() {
	for pair in 0=0 1=1 64=64 64b=64 64B=64 1k=1024 1K=1024 1kb=1024 1KB=1024 1KiB=1024 \
		1kib=1024 64m=67108864 64M=67108864 64mb=67108864 64MiB=67108864 2g=2147483648 \
		1.5g=1610612736 .5k=512 1.k=1024 0.1k=102 1t=1099511627776 1p=1125899906842624 \
		1.5=1 8191p=9222246136947933184 9223372036854775807=9223372036854775807 \
		9007199254740991k=9223372036854774784; do
		good "<--memory=${pair#*=}><--><x>" --memory "${pair%=*}" x
		good "<--memory=${pair#*=}><--><x>" "-m${pair%=*}" x
	done
	good '<--memory=67108864><--><x>' -m '64 MB' x
	good '<--memory=64><--><x>' -m '64 b' x
	size='it must be a size such as 64m (b, k, m, g, t)'
	for odd in 64x m 1kk 1bk 1mi 1ib 1kbb '1  k' '1 ' ' 1' 1k1 1e3 0x1 64㎆ 8192p \
		9223372036854775808 9007199254740992k 99999999999999999999 1.0000000001k; do
		bad "--memory: $odd: $size" -m "$odd" x
	done
	bad "--memory: an empty value; $size" -m '' x
	bad "--memory: -1: $size, not a negative one" -m -1 x
	bad "--memory: -: $size" -m - x
	good '<--swap=-1><--><x>' --swap -1 x
	good '<--swap=6291456><--><x>' --swap 6m x
	bad '--swap: 6291455: it must be -1, or 6m or more' --swap 6291455 x
	bad '--swap: -2: it must be -1, or 6m or more' --swap=-2 x
	bad "--swap: a: $size, -1, or 6m or more" --swap=a x
}

durations() {
	for pair in 0=0 0s=0 1s=1000 1m=60000 1h=3600000 1h2m3s=3723000 1.5s=1500 .5s=500 \
		500ms=500 1us=1 1000us=1 1001us=2 1ns=1 1µs=1 1μs=1 1m1m=120000 \
		2562047h47m16.854775807s=9223372036855; do
		good "<--wait=${pair#*=}><--><x>" --wait "${pair%=*}" x
	done
	for odd in 1 10 1.5 s 1x 1d '1 s' 1s1 ms 1h-1m 2562047h47m16.854775808s 9999999999h; do
		bad "--wait: $odd: it must be a duration such as 1m30s or 500ms" --wait "$odd" x
	done
	for pair in 0=0 10=10 1m30s=90 500ms=1 3600=3600 1h=3600 -1=-1; do
		good "<--stop=${pair#*=}><--><x>" --stop "${pair%=*}" x
	done
	bad '--stop: 3601: it must be -1 to 1h' --stop 3601 x
	bad '--stop: 1h1ns: it must be -1 to 1h' --stop 1h1ns x
	bad '--stop: 99999999999: it must be seconds, or a duration such as 1m30s, -1 to 1h' \
		--stop 99999999999 x
}

words() {
	name='it must be at most 128 letters, digits, _, . and -, a letter or digit first'
	for fine in a A 0 web-1 a_b.c; do good "<--name=$fine><--><x>" --name $fine x; done
	for odd in .a -a _a a/b .. a:b 'a b' ä; do bad "--name: $odd: $name" --name "$odd" x; done
	bad "--name: an empty value; $name" --name= x
	for fine in a:/b /a:/b:ro ./a:/; do good "<--volume=$fine><--><x>" -v $fine x; done
	for odd in a /a a:b :/b; do bad "--volume: $odd: it must be A:/B" -v $odd x; done
	for fine in none host bridge:a bridge:: ; do good "<--network=$fine><--><x>" --network $fine x; done
	choice='it must be one of none, host, bridge:*'
	for odd in non nonee bridge bridge: None 'none|host' '*'; do
		bad "--network: $odd: $choice" --network "$odd" x
	done
	bad "--network: an empty value; $choice" --network= x
	good '<--ip4=10.0.0.1><--ip6=fd00::1><--dns=::1><--dns=1.1.1.1><--><x>' \
		--ip4 10.0.0.1 --ip6 fd00::1 --dns ::1 --dns 1.1.1.1 x
	for odd in 10.0.0 10.0.0.256 1.2.3.4.5 ::1 a 1.2.3.4/8 01.2.3.4x; do
		bad "--ip4: $odd: it must be an IPv4 address such as 10.90.0.5" --ip4 $odd x
	done
	for odd in 10.0.0.1 ::g fd00::1%eth0 1::2::3; do
		bad "--ip6: $odd: it must be an IPv6 address such as fd00::5" --ip6 $odd x
	done
	bad '--dns: localhost: it must be an IP address' --dns localhost x
}

unbuilt() {
	bad '--far: not built: it is too far' --far x x
	bad '--detach: not built: nobody would wait for it' --detach x
	bad '--detach: not built: nobody would wait for it' -itd x
	bad '--far: an empty value; it must be WORD' --far= x
	good '<--tty=true><--><x>' --detach=false -t x
}

check 'a command line of every day becomes canonical' prints \
	'<--interactive=true><--name=x><--env=A=b><--volume=/a:/b><--memory=67108864><--><busybox><sh><-c><ls>' \
	real -i --name=x -e A=b -v /a:/b -m 64m busybox sh -c ls
check 'switches are read as by Go, and never take the next word' batch switches
check 'letters cluster, and the last one may have a value' batch clusters
check 'long options take =value or the next word; unknown ones get a suggestion' batch long_options
check 'the first operand ends the options, and operands are counted' batch operands
check 'or, if the table says so, options stand anywhere' batch anywhere
check 'a variable without a value takes the one it has here' batch variables
check 'numbers are checked, and the limits of the table hold' batch numbers
check 'sizes are powers of 1024 and become bytes' batch sizes
check 'times become milliseconds or seconds, rounded up' batch durations
check 'names, patterns, choices and addresses are checked' batch words
check 'what is not built is refused with its reason, unless switched off' batch unbuilt

# Hostile words.
newline='a
b'
check 'a newline in a value survives' prints "<--text=$newline><--><$newline>" \
	turn --text "$newline" "$newline"
check 'a newline in a message does not' fails 125 \
	'tool turn: --int: a\\x0ab: it must be a whole number' turn --int "$newline" x
check 'an invalid byte survives' prints "$(printf '<--text=\377\376><--><x>')" \
	turn --text "$(printf '\377\376')" x
long() { "$@" "$(head -c 100000 /dev/zero | tr '\0' a)" x; }
check 'a long value is shortened in a message' fails 125 \
	'tool turn: --int: aaaaa*aaa...: it must be a whole number' long turn --int
short_message() { long turn "$@" 2>&1 | awk "{ exit length >= 300 }"; }
check 'and so is a long unknown option' short_message --a --b
# xargs hands its input over as words, all at once.
all_at_once() { xargs -x -s 2000000 -n 100000 "$tools/opt-parse" --table "$@"; }
sed 's/^operands.*/operands 1../' "$table" >"$work/many"
many_words() {
	seq 10000 | all_at_once "$work/many" -- "$work/show" --rm -t | tr '>' '\n' | grep -c '<'
}
check 'ten thousand words pass' prints 10003 many_words
many_options() {
	seq 5000 | sed 's/.*/-e A&=& --text &/' | tr ' ' '\n' | sed '$a x' |
		all_at_once "$table" -- "$work/show" | tr '>' '\n' | grep -c '<--'
}
check 'and ten thousand options, of which the single ones count once' prints 5002 many_options
check 'a cluster of a hundred thousand letters is one option' prints '<--interactive=true><--><x>' \
	turn "-$(head -c 100000 /dev/zero | tr '\0' i)" x
export BIG
BIG=$(head -c 100000 /dev/zero | tr '\0' b)
check 'a small word that makes much is limited' fails 125 '*more than 8388608 bytes*' \
	sh -c 'set -- $(yes -- -eBIG | head -n 100); "$tools/opt-parse" --table "$table" -- true "$@" x'
unset BIG

# Help.
check '--help prints the groups, and ends with 0' matches 'usage: tool turn *
tool turn: turn things

Switches:
  -i, --interactive * keep it open*
Values:
  -e, --env NAME\[=VALUE\] * a variable (repeatable)
*
Known, but not built (the page says why):
  --detach --far' turn --help
check '-h does too, where it is no option' matches 'usage: tool turn *' turn -th
check 'help comes before what is missing' matches 'usage: tool turn *' turn --rm --help
check 'but -h is the hostname of run' prints '<--hostname=h><--><x>' real -h h x
check 'help to a full disk is an error' fails 125 'tool turn: write: *No space*' \
	sh -c '"$tools/opt-parse" --table "$table" -- true --help >/dev/full'
check 'a record of a failure goes to --status-fd' prints 'tool turn --foo' sh -c '
	"$tools/opt-parse" --table "$table" --status-fd 3 -- true --foo 3>&1 2>/dev/null |
		python3 -c "import json,sys; r = json.loads(sys.stdin.readline()); print(r[\"step\"], r[\"call\"])"'

# The chain.
printf '#!/bin/sh\nexit 7\n' >"$work/seven"
chmod +x "$work/seven"
check 'the status is that of the script' exits 7 \
	"$tools/opt-parse" --table "$table" -- "$work/seven" x
check 'a missing script is 127' exits 127 "$tools/opt-parse" --table "$table" -- /nowhere x
check 'a script that cannot be executed is 126' exits 126 \
	"$tools/opt-parse" --table "$table" -- /etc/passwd x
check 'a missing table is named' fails 125 'opt-parse: read the table: /nowhere: No such file*' \
	"$tools/opt-parse" --table /nowhere -- true x
check 'all capabilities are handed on' prints "$(grep CapPrm /proc/self/status)" \
	"$tools/opt-parse" --table "$work/anywhere" -- grep CapPrm -- /proc/self/status
# A checkout in a home directory that is closed to all but its owner, who has become root.
mkdir -m 700 "$work/home"
cp "$table" "$work/home/table"
cp "$work/show" "$work/home/show"
chown -R 1000 "$work/home"
check 'a table and a script below a private directory are found' prints '<--><x>' \
	"$tools/opt-parse" --table "$work/home/table" -- "$work/home/show" x
check 'an ordinary user may parse, too' prints '<--rm=true><--><x>' setpriv --reuid 1000 --regid 1000 \
	--clear-groups "$tools/opt-parse" --table "$table" -- "$work/show" --rm x

# Tables that are wrong: each line is refused by its number.
# wrong_table TEXT MESSAGE [LINE]
wrong_table() {
	printf 'verb a\npurpose b\nusage c\noperands 0\noptions first\n%s\n' "$1" >"$work/wrong"
	fails 125 "opt-parse: read the table: $work/wrong: line ${3:-6}: $2" \
		"$tools/opt-parse" --table "$work/wrong" -- true
}
wrong_tables() {
	while IFS='@' read -r line message; do
		wrong_table "$line" "$message" || return 1
	done <<-'END'
		nonsense here@not a word that tables have
		usage@a word with nothing after it
		--a  bool@not three fields*
		--a  bool  help  more@not three fields*
		--a  nothing  help@no such type of value
		--a X  bool  help@a bool has no argument*
		--a  text  help@a bool has no argument*
		--a X  like  help@like: a pattern is missing
		--a X  text 1..  help@limits for a type*
		-a  bool  help@not of the form -x, --name
		-ab, --ab  bool  help@not of the form -x, --name
		--Ab  bool  help@not a name of an option
		--  bool  help@not a name of an option
		operands many@operands: a number*
		operands 3..1@operands: not of the form*
		operands 1-3@operands: not of the form*
		options nowhere@options: neither*
	END
	wrong_table ' not built: x' 'indented, but below no option'
}
check 'a table that is wrong is refused by its line' wrong_tables
check 'and so is a wrong remark' wrong_table '--a  bool  h
 strange' 'neither *' 7
check 'and a second option of one letter' wrong_table '-a, --a  bool  h
-a, --b  bool  h' 'a second option *' 7
limits() {
	for limits in x 1..x 1,,2 ..5 1....2 5-6; do
		printf 'verb a\npurpose b\nusage c\n--n N  int %s  h\n' "$limits" >"$work/wrong"
		fails 125 '*not limits of a number' "$tools/opt-parse" --table "$work/wrong" -- \
			true --n 99 || return 1
	done
}
check 'and so are limits that are none' limits
: >"$work/nothing"
check 'a table without a verb is refused' fails 125 '*without verb, purpose and usage' \
	"$tools/opt-parse" --table "$work/nothing" -- true
check 'a directory is no table' fails 125 '*not a regular file*' "$tools/opt-parse" --table / -- true
mkfifo "$work/fifo"
check 'nor is a FIFO, which does not block' fails 125 '*not a regular file*' \
	timeout 5 "$tools/opt-parse" --table "$work/fifo" -- true
head -c 2000000 /dev/zero | tr '\0' '\n' >"$work/huge"
check 'nor is a huge file' fails 125 '*not a regular file of at most*' \
	"$tools/opt-parse" --table "$work/huge" -- true
printf 'verb a\npurpose b\0\nusage c\n' >"$work/nul"
check 'nor one with a NUL' fails 125 '*NUL*' "$tools/opt-parse" --table "$work/nul" -- true

# ---- what holds unless the command line says otherwise ----
preset() { "$tools/opt-parse" --table "$work/table" "$@"; }
check 'defaults come first' prints '<--tty=true><--list=a><--rm=true><--><x>' \
	preset --default --tty=true --default --list=a -- "$work/show" --rm x
check 'one that is given replaces a default' prints '<--int=2><--tty=false><--><x>' \
	preset --default --int=1 --default --tty=true -- "$work/show" --int 2 --tty=false x
check 'or adds to it, if it is repeatable' prints '<--list=a><--list=b><--><x>' \
	preset --default --list=a -- "$work/show" --list b x
check 'a fallback counts where nothing is given' prints '<--list=a><--list=b><--int=1><--><x>' \
	preset --fallback --list=a --fallback --list=b --fallback --int=1 -- "$work/show" x
check 'and only there' prints '<--tty=true><--list=c><--int=2><--><x>' \
	preset --fallback --list=a --default --tty=true --fallback --list=b --fallback --int=1 -- \
	"$work/show" --list=c --int 2 x
check 'a variable that is not set is no default' prints '<--list=c><--><x>' \
	preset --default --env=NOT_SET_HERE --fallback --list=a -- "$work/show" --list=c x
check 'a wrong default is named with its place' fails 125 'FILE line 7: --int: x: it must be a whole number*' \
	preset --from 'FILE line 7' --default --int=x -- true x
check 'the place is that of the next alone' fails 125 'opt-parse: --int: y: *' \
	preset --from 'FILE line 7' --default --int=1 --default --int=y -- true x
check 'what is given wrongly is the verb'\''s' fails 125 'tool turn: --int: z: *' \
	preset --from 'FILE line 7' --default --int=1 -- true --int=z
for bad in x -i --int int=1 -- ''; do
	check "a default of the form '$bad' is refused" fails 125 '*not of the form --name=value' \
		preset --default "$bad" -- true x
done
check 'so is one that there is not' fails 125 '*--no: no such option*' \
	preset --default --no=1 -- true x

# The tables that there are.
tables() {
	for file in "$top"/pipelines/*.options; do
		status=0
		"$tools/opt-parse" --table "$file" -- true --help >"$work/help" || return 1
		"$tools/opt-parse" --table "$file" -- true --no-such-option 2>"$work/said" || status=$?
		[ "$status" = 125 ] || { echo "$file: $status"; return 1; }
	done
}
check 'every table of a verb is one' tables

done_testing
