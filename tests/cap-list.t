#!/bin/sh
# cap-list: what Docker's --cap-add and --cap-drop come to.
# shellcheck source=tests/lib.sh disable=SC2016
. "${0%/*}/lib.sh"

list() { "$tools/cap-list" "$@"; }
usual=chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap
check 'the usual ones are the fourteen of Docker' succeeds sh -c '
	[ "$("$tools/cap-list" | tr , "\n" | sort)" = "$(echo "$1" | tr , "\n" | sort)" ]' sh "$usual"
check 'dropping all leaves what is added' prints net_admin list --drop ALL --add CAP_NET_ADMIN
check 'dropping all leaves nothing' prints none list --drop all
check 'one is dropped' exits 1 sh -c '"$tools/cap-list" --drop net_raw | grep net_raw'
check 'one is added' succeeds sh -c '"$tools/cap-list" --add sys_ptrace | grep ,sys_ptrace'
check 'what is added and dropped by name is there' succeeds sh -c \
	'"$tools/cap-list" --add net_raw --drop net_raw | grep net_raw'
check 'adding all leaves what is not dropped' exits 1 sh -c \
	'"$tools/cap-list" --add all --drop sys_admin | grep sys_admin'
check 'adding all adds the rest' succeeds sh -c '"$tools/cap-list" --add all --drop sys_admin | grep ,bpf'
check 'what is no capability is refused' fails 125 '*SYS_FOO*not a capability*' list --add SYS_FOO
check 'others to start from' prints 'kill,net_raw' list --default chown,KILL --add net_raw --drop chown
check 'even none' prints 'net_raw' list --default none --add net_raw
check 'an operand is refused' fails 125 '*no operands*' list chown

done_testing
