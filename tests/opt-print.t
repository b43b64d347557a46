#!/bin/sh
# opt-print: what a table says, as lines and as a section of a page.
# shellcheck source=tests/lib.sh disable=SC2016,SC2154
. "${0%/*}/lib.sh"

cat >"$work/table" <<'END'
verb      tool turn over
purpose   turn things
usage     [option ...] THING
operands  1..  thing word
options   first

-i, --in             bool             keep it open
group     Values
-n, --number N       int -1,4..10     .how many
    --net NETWORK    none|bridge:*...  'which' \n -x
	also: --network
    --file FILE      path             a file.
    --far WORD       word             something
	not built: it is too far
END
tab='	'
check 'lines have fields that are never empty' prints \
	"verb${tab}turn over${tab}first${tab}thing word${tab}turn things
option${tab}turn over${tab}--in${tab}-i${tab}bool${tab}-${tab}one${tab}keep it open
option${tab}turn over${tab}--number${tab}-n${tab}word${tab}-${tab}one${tab}.how many
option${tab}turn over${tab}--net${tab}-${tab}choice${tab}none|bridge:*${tab}many${tab}'which' \\n -x
option${tab}turn over${tab}--file${tab}-${tab}path${tab}-${tab}one${tab}a file.
unbuilt${tab}turn over${tab}--far${tab}-${tab}word${tab}-${tab}one${tab}something" \
	"$tools/opt-print" "$work/table"
check 'a section of a page is made of sentences, and safe from requests' prints \
	'.Sh OPTIONS
.Ss Options
.Bl -tag -width Ds
.It Fl i , Fl Fl in
Keep it open.
.El
.Ss Values
.Bl -tag -width Ds
.It Fl n , Fl Fl number Ar N
\&.how many.
Limits: -1, or 4 to 10.
.It Fl Fl net Ar NETWORK
\&'\''which'\'' \en \-x.
One of: none, bridge:*.
Also
.Fl Fl network .
Repeatable.
.It Fl Fl file Ar FILE
A file.
.El
.Ss Known, but not built
Refused, with the reason that stands here.
.Bl -tag -width Ds
.It Fl Fl far Ar WORD
It is too far.
.El' "$tools/opt-print" --form man "$work/table"
check 'several tables are printed in turn' prints 'images
ps' sh -c '"$0" "$1/images.options" "$1/ps.options" | sed -n "s/^verb	\([a-z]*\)	.*/\1/p"' \
	"$tools/opt-print" "$top/pipelines"
check 'another form is refused' fails 125 'opt-print: --form: json: neither lines nor man' \
	"$tools/opt-print" --form json "$work/table"
check 'a wrong table is named' fails 125 'opt-print: read the table: /etc/passwd: line 1: *' \
	"$tools/opt-print" "$work/table" /etc/passwd
check 'a full disk is an error' fails 125 'opt-print: write: *' \
	sh -c '"$0" "$1" >/dev/full' "$tools/opt-print" "$work/table"
sections() {
	for page in "$top"/pipelines/*.1; do
		mandoc -Tlint -W warning "$page" || return 1
	done
}
check 'the pages of the verbs are clean' sections

done_testing
