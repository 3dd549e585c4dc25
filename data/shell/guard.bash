# caro: asks before a dangerous line runs in this shell. Put into ~/.bashrc:  eval "$(caro hook bash)"
# The line is judged as bash has read it, continuation lines included; CARO_GUARD=off lets everything pass.
__caro_guard_seen=1 # the line that installs this is not judged by it
__caro_guard_skip=
__caro_guard_prompt() { __caro_guard_seen= __caro_guard_skip=; }
__caro_guard() {
  # Completion and key bindings run commands of their own, and so does the prompt.
  [[ -n ${COMP_LINE-} || -n ${READLINE_LINE+x} || ${CARO_GUARD-} == off || $BASH_COMMAND == __caro_guard* ]] && return 0
  [[ $BASH_COMMAND == "${PROMPT_COMMAND-}" ]] && return 0
  [[ -n $__caro_guard_skip ]] && return 1
  [[ -n $__caro_guard_seen ]] && return 0
  __caro_guard_seen=1
  local line report status answer
  line=$(HISTTIMEFORMAT='' builtin history 1)
  line=${line#*[0-9][ *] }
  line=${line#"${line%%[![:space:]]*}"}
  # A line kept out of the history is judged command by command.
  if [[ $line != *"${BASH_COMMAND%% *}"* ]]; then
    line=$BASH_COMMAND
    __caro_guard_seen=
  fi
  report=$(printf '%s' "$line" | command caro check --shell bash --color always 2>/dev/null)
  status=$?
  # Statuses below 11 are harmless or moderate; others (caro is missing, its configuration is broken) are told.
  case $status in
    0 | 10) return 0 ;;
    11 | 12) ;;
    *)
      printf 'caro: this line could not be judged (status %s)\n' "$status" >&2
      return 0
      ;;
  esac
  printf '%s\n' "$report" >&2
  if [[ $status == 12 ]]; then
    read -r -p "type 'critical' to run it: " answer </dev/tty
    [[ $answer == critical ]] && return 0
  else
    read -r -p "run it? [y/N] " answer </dev/tty
    [[ $answer == [yY] ]] && return 0
  fi
  __caro_guard_skip=1
  return 1
}
shopt -s extdebug
PROMPT_COMMAND="__caro_guard_prompt${PROMPT_COMMAND:+;$PROMPT_COMMAND}"
trap '__caro_guard' DEBUG
