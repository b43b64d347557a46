#compdef container
# SPDX-License-Identifier: MIT
# container: completion for zsh. The lines are those of opt-print(1), put in by make.

_container_lines='
@LINES@
'

# What there is of a kind of operand; $_container_command is what was typed, since another
# ./container has other images.
_container_image() {
	local -a names=(${(f)"$(_call_program images $_container_command images --quiet 2>/dev/null)"})
	local expl directory=/var/lib/container-tools/images
	# The archives, for those who may not ask.
	if (( ! $#names )); then
		[[ $_container_command != */* ]] || directory=${_container_command%/*}/images
		names=(${CONTAINER_TOOLS_IMAGES:-$directory}/*.tar*(N:t))
		names=(${names%.tar*})
	fi
	_wanted images expl image compadd -a names
}
_container_container() {
	local -a names=(${(f)"$(_call_program containers \
		"$_container_command ps --all --format '{{.Names}}'" 2>/dev/null)"})
	local expl
	_wanted containers expl container compadd -a names
}
_container_verb() {
	local -a verbs
	local line
	for line in ${(M)${(f)_container_lines}:#verb$'\t'*}; do
		local -a field=("${(@s:	:)line}")
		# "system check" is offered as "system".
		verbs+=("${field[2]%% *}:$field[5]")
	done
	_describe -t verbs verb verbs
}

_container() {
	local _container_command=$words[1] verb line places kinds kind action
	local -a field specs names second
	integer i=0

	if (( CURRENT == 2 )); then
		_container_verb
		compadd -- --help --version
		return
	fi
	verb=$words[2]
	second=(${(M)${(f)_container_lines}:#verb$'\t'$verb *})
	if (( $#second )); then
		if (( CURRENT == 3 )); then
			for line in $second; do
				field=("${(@s:	:)line}")
				compadd -- ${field[2]#* }
			done
			return
		fi
		verb+=" $words[3]"
		shift words
		(( CURRENT-- ))
	fi
	shift words
	(( CURRENT-- ))

	for line in ${(f)_container_lines}; do
		field=("${(@s:	:)line}")
		[[ $field[2] = $verb ]] || continue
		if [[ $field[1] = verb ]]; then
			places=$field[3] kinds=$field[4]
			continue
		fi
		[[ $field[1] = option ]] || continue
		names=($field[3])
		[[ $field[4] = - ]] || names+=($field[4])
		# The square bracket ends the description, the colon what follows it.
		local help="[${field[8]//\]/\\]}]" before="($names)"
		[[ $field[7] = one ]] || before='*'
		case $field[5] in
		bool) action= ;;
		path) action=':file:_files' ;;
		choice) action=":value:(${${${field[6]//\*/}//|/ }//:/\\:})" ;;
		*) action=':value: ' ;;
		esac
		for name in $names; do
			case $field[5]$name in
			bool*) specs+=("$before$name$help") ;;
			*--*) specs+=("$before$name=$help$action") ;;
			*) specs+=("$before$name+$help$action") ;;
			esac
		done
	done
	[[ $kinds = - ]] || for kind in ${(s: :)kinds}; do
		case $kind in
		image | container | verb) action=_container_$kind ;;
		file) action=_files ;;
		*) action=' ' ;;
		esac
		specs+=("$((++i)):$kind:$action")
	done
	# The last kind is that of all further operands.
	(( ! i )) || specs+=("*:$kind:$action")
	[[ $places != first ]] || specs=(-A '-*' $specs)
	_arguments -s -S $specs[@] '(- *)--help[print help]'
}

_container "$@"
