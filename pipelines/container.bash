# SPDX-License-Identifier: MIT
# shellcheck shell=bash
# container: completion for bash. The lines are those of opt-print(1), put in by make.

_container_lines='
@LINES@
'

# _container_find TYPE VERB OPTION: the fields of an option, given by name or letter, in _type,
# _choices. Nothing is written, so that no process is needed at each word.
_container_find() {
	local kind verb name letter rest
	while IFS=$'\t' read -r kind verb name letter _type _choices rest; do
		[[ $kind = option && $verb = "$1" && ($name = "$2" || $letter = "$2") ]] && return
	done <<<"$_container_lines"
	# --help is no option of a table, and takes no value.
	_type=bool _choices=-
	[[ $2 = --help ]]
}

# The archives of images, for those who may not ask.
_container_archives() { # COMMAND
	local directory=/var/lib/container-tools/images file
	[[ $1 != */* ]] || directory=${1%/*}/images
	for file in "${CONTAINER_TOOLS_IMAGES:-$directory}"/*.tar*; do
		[[ -e $file ]] || continue
		file=${file##*/}
		printf '%s\n' "${file%.tar*}"
	done
}

# What there is of KIND, one a line. COMMAND is what was typed: another ./container has other images.
_container_kind() { # COMMAND KIND
	case $2 in
	image) "$1" images --quiet || _container_archives "$1" ;;
	container) "$1" ps --all --format '{{.Names}}' ;;
	verb) cut -f 2 <<<"$_container_lines" | cut -d ' ' -f 1 | sort -u ;;
	esac 2>/dev/null
}

# Offer the words on stdin that begin with CURRENT, without what bash takes for a word of its own:
# all up to the last ":" or "=".
_container_offer() { # CURRENT
	local word start=
	[[ $1 != *[:=]* ]] || start=${1%"${1##*[:=]}"}
	while IFS= read -r word; do
		[[ -n $word && $word = "$1"* ]] && COMPREPLY+=("${word#"$start"}")
	done
	# "bridge:" wants more.
	[[ ${COMPREPLY[*]} != *[:=] ]] || compopt -o nospace 2>/dev/null
}

_container_files() { # CURRENT
	local word
	while IFS= read -r word; do
		COMPREPLY+=("$word")
	done < <(compgen -f -- "${1##*[:=]}")
	compopt -o filenames 2>/dev/null
}

_container_value() { # COMMAND CURRENT, of the option that _container_find found
	local list
	case $_type in
	choice)
		list=${_choices//'*'/}
		_container_offer "$2" <<<"${list//|/$'\n'}"
		;;
	path) _container_files "$2" ;;
	word)
		# SOURCE:/TARGET of a volume begins with a file.
		[[ $2 != [./]* ]] || _container_files "$2"
		;;
	esac
}

_container_options() { # VERB
	local kind verb name letter rest
	while IFS=$'\t' read -r kind verb name letter rest; do
		[[ $kind = option && $verb = "$1" ]] || continue
		printf '%s\n' "$name"
		[[ $letter = - ]] || printf '%s\n' "$letter"
	done <<<"$_container_lines"
	printf -- '--help\n'
}

_container() {
	local command=$1 word words=() verb first=no kinds=- ended=no count=0 wants="" i letter
	local kind name rest places list _type _choices
	COMPREPLY=()

	# bash cuts words at "=" and ":": put them together again.
	for ((i = 1; i <= COMP_CWORD; i++)); do
		word=${COMP_WORDS[i]}
		if ((${#words[@]})) && [[ $word = [:=]* || ${words[-1]} = *[:=] ]]; then
			words[-1]+=$word
		else
			words+=("$word")
		fi
	done
	word=${words[-1]}

	# Which verb: "system check" has two words.
	i=1
	verb=${words[0]}
	if ((${#words[@]} > 2)) && grep -q "^verb	$verb ${words[1]}	" <<<"$_container_lines"; then
		verb+=" ${words[1]}"
		i=2
	fi
	if ((${#words[@]} == 1)); then
		_container_offer "$word" < <(_container_kind "$command" verb
			printf -- '--help\n--version\n')
		return
	fi
	while IFS=$'\t' read -r kind name places list rest; do
		[[ $kind = verb ]] || continue
		if [[ $name = "$verb" ]]; then
			[[ $places != first ]] || first=yes
			kinds=$list
		elif [[ $name = "$verb "* ]] && ((${#words[@]} == 2)); then
			_container_offer "$word" <<<"${name#* }"
		fi
	done <<<"$_container_lines"

	# What comes before the word: options with their values, operands.
	for (( ; i < ${#words[@]} - 1; i++)); do
		if [[ -n $wants ]]; then
			wants=
		elif [[ $ended = yes || ${words[i]} != -?* ]]; then
			count=$((count + 1))
			ended=$first
		elif [[ ${words[i]} = -- ]]; then
			ended=yes
		elif [[ ${words[i]} = --*=* ]]; then
			:
		elif [[ ${words[i]} = --* ]]; then
			_container_find "$verb" "${words[i]}" && [[ $_type != bool ]] && wants=${words[i]}
		else
			letter=-${words[i]:1:1}
			rest=${words[i]:2}
			while _container_find "$verb" "$letter" && [[ $_type = bool && -n $rest ]]; do
				letter=-${rest:0:1}
				rest=${rest:1}
			done
			[[ $_type = bool || -n $rest ]] || wants=$letter
		fi
	done

	if [[ -n $wants ]]; then
		_container_find "$verb" "$wants"
		_container_value "$command" "$word"
	elif [[ $ended = no && $word = --*=* ]]; then
		_container_find "$verb" "${word%%=*}" && _container_value "$command" "${word#*=}"
	elif [[ $ended = no && $word = -* ]]; then
		_container_offer "$word" < <(_container_options "$verb")
	elif [[ $kinds != - ]]; then
		while ((count-- > 0)) && [[ $kinds = *' '* ]]; do
			kinds=${kinds#* }
		done
		case ${kinds%% *} in
		file) _container_files "$word" ;;
		*) _container_offer "$word" < <(_container_kind "$command" "${kinds%% *}") ;;
		esac
	fi
}

complete -F _container container
