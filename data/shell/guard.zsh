# caro: asks before a dangerous line runs in this shell. Put into ~/.zshrc:  eval "$(caro hook zsh)"
# CARO_GUARD=off lets everything pass.
__caro_guard_accept() {
  emulate -L zsh
  local line="$PREBUFFER$BUFFER" report answer
  integer state
  # zsh goes on reading an incomplete line by itself; it is judged once it is whole.
  if [[ ${CARO_GUARD-} == off || -z ${line//[[:space:]]/} ]] || ! print -r -- "$line" | command zsh -fn 2>/dev/null; then
    zle .accept-line
    return
  fi
  report=$(print -rn -- "$line" | command caro check --shell zsh --color always 2>/dev/null)
  state=$?
  if (( state != 11 && state != 12 )); then
    (( state == 0 || state == 10 )) || zle -M "caro: this line could not be judged (status $state)"
    zle .accept-line
    return
  fi
  zle -I
  print -r -- "$report"
  if (( state == 12 )); then
    read -r "answer?type 'critical' to run it: " </dev/tty
  else
    read -r "answer?run it? [y/N] " </dev/tty
  fi
  if [[ ( $state == 12 && $answer == critical ) || ( $state == 11 && $answer == [yY] ) ]]; then
    zle .accept-line
  elif [[ -n $PREBUFFER ]]; then
    zle .send-break
  else
    zle reset-prompt # the line stays to be mended
  fi
}
zle -N accept-line __caro_guard_accept
