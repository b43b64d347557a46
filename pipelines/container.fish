# SPDX-License-Identifier: MIT
# container: completion for fish. The lines are those of opt-print(1), put in by make.

set -g __container_lines (string split -n \n -- '
@LINES@
')

# The fields of an option of a verb, given by name or letter.
function __container_find --argument-names verb option
    for line in $__container_lines
        set -l field (string split \t -- $line)
        if test "$field[1]" = option -a "$field[2]" = "$verb"
            if contains -- $option $field[3..4]
                printf '%s\n' $field
                return
            end
        end
    end
    return 1
end

# The archives of images, for those who may not ask.
function __container_archives --argument-names program
    set -l directory /var/lib/container-tools/images
    string match -q -- '*/*' $program; and set directory (string replace -r '/[^/]*$' /images -- $program)
    set -q CONTAINER_TOOLS_IMAGES; and set directory $CONTAINER_TOOLS_IMAGES
    for file in $directory/*.tar*
        string replace -r '^.*/(.*)\.tar.*$' '$1' -- $file
    end
end

# What there is of a kind of operand. What was typed is asked: another ./container has other images.
function __container_kind --argument-names program kind
    switch $kind
        case image
            $program images --quiet 2>/dev/null
            or __container_archives $program
        case container
            $program ps --all --format '{{.Names}}' 2>/dev/null
        case file
            __fish_complete_path (commandline -ct)
        case verb
            for line in $__container_lines
                set -l field (string split \t -- $line)
                if test "$field[1]" = verb
                    printf '%s\t%s\n' (string split -f 1 ' ' -- $field[2]) $field[5]
                end
            end
    end
end

# The values of an option, each after BEFORE.
function __container_value --argument-names verb option before
    set -l field (__container_find $verb $option)
    switch "$field[5]"
        case choice
            printf "$before%s\n" (string split '|' -- (string replace -a '*' '' -- $field[6]))
        case path
            set -l current (string replace -r '^--[^=]*=' '' -- (commandline -ct))
            printf "$before%s\n" (__fish_complete_path $current)
    end
end

function __container_options --argument-names verb
    for line in $__container_lines
        set -l field (string split \t -- $line)
        if test "$field[1]" = option -a "$field[2]" = "$verb"
            printf '%s\t%s\n' $field[3] $field[8]
            test "$field[4]" = -; or printf '%s\t%s\n' $field[4] $field[8]
        end
    end
    printf '%s\t%s\n' --help 'print help'
end

function __container_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    set -l program $words[1]
    set -e words[1]

    if test (count $words) = 0
        __container_kind $program verb
        printf '%s\n' --help --version
        return
    end

    # "system check" has two words.
    set -l verb $words[1]
    set -e words[1]
    set -l second
    for line in $__container_lines
        set -l field (string split \t -- $line)
        if test "$field[1]" = verb
            and string match -q -- "$verb *" $field[2]
            set -a second (string split -f 2 ' ' -- $field[2])
        end
    end
    if test (count $second) -gt 0
        if test (count $words) = 0
            printf '%s\n' $second
            return
        end
        set verb "$verb $words[1]"
        set -e words[1]
    end

    set -l first no
    set -l kinds
    for line in $__container_lines
        set -l field (string split \t -- $line)
        if test "$field[1]" = verb -a "$field[2]" = "$verb"
            test "$field[3]" = first; and set first yes
            test "$field[4]" = -; or set kinds (string split ' ' -- $field[4])
        end
    end

    # What comes before the word: options with their values, operands.
    set -l ended no
    set -l number 1
    set -l wants
    for word in $words
        if test -n "$wants"
            set wants
        else if test $ended = yes; or not string match -qr -- '^-.' $word
            set number (math $number + 1)
            set ended $first
        else if test "$word" = --
            set ended yes
        else if string match -q -- '--*=*' $word
        else if string match -q -- '--*' $word
            set -l field (__container_find $verb $word)
            test -n "$field" -a "$field[5]" != bool; and set wants $word
        else
            set -l letters (string split '' -- (string sub -s 2 -- $word))
            while test (count $letters) -gt 0
                set -l field (__container_find $verb -$letters[1])
                or break
                if test "$field[5]" != bool
                    test (count $letters) = 1; and set wants -$letters[1]
                    break
                end
                set -e letters[1]
            end
        end
    end

    if test -n "$wants"
        __container_value $verb $wants ''
    else if test $ended = no; and string match -q -- '--*=*' $current
        set -l option (string split -f 1 = -- $current)
        __container_value $verb $option "$option="
    else if test $ended = no; and string match -q -- '-*' $current
        __container_options $verb
    else if test (count $kinds) -gt 0
        # The last kind is that of all further operands.
        test $number -le (count $kinds); or set number (count $kinds)
        __container_kind $program $kinds[$number]
    end
end

complete -c container -f -a '(__container_complete)'
