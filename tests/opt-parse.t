#!/bin/sh
# opt-parse: Docker's grammar, checked against a table; a script gets words of one form.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

cat >"$work/show" <<'END'
#!/bin/sh
for word; do printf '<%s>' "$word"; done
echo
END
chmod +x "$work/show"
real() { "$tools/opt-parse" --table "$top/pipelines/run.options" -- "$work/show" "$@"; }

check 'a command line of every day becomes canonical' prints \
	'<--interactive=true><--name=x><--env=A=b><--volume=/a:/b><--memory=67108864><--><busybox><sh><-c><ls>' \
	real -i --name=x -e A=b -v /a:/b -m 64m busybox sh -c ls

done_testing
