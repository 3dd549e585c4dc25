# Shared by the scripts of this folder; source it. Needs bash.
# shellcheck shell=bash disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# say TEXT: one line for people.
say() { printf 'caro: %s\n' "$*" >&2; }

# die CAUSE REMEDY: one line each, exit 1.
die() {
  printf 'caro: error: %s\n  fix: %s\n' "$1" "$2" >&2
  exit 1
}

# Ctrl-C: told once, by the script that was called first, whatever a function's output is redirected to just then.
exec 7>&2
stopped() {
  trap - INT
  if [ -t 7 ]; then printf '\r\033[K' >&7; fi
  say "stopped; the same command goes on from here" 2>&7
  kill -INT "$$"
}
if [ -z "${IN_CARO_SCRIPT:-}" ]; then
  trap stopped INT
  export IN_CARO_SCRIPT=1
fi

# watch_log TEXT LOG: shows TEXT and how far a build in LOG has come, until this shell ends or the watcher is killed.
watch_log() {
  local text=$1 log=$2 line
  while sleep 1 && kill -0 "$$" 2>/dev/null; do
    line=$(tail -n 1 "$log" 2>/dev/null | grep -o '^\[[0-9]*/[0-9]*\]') || continue
    printf '%s … %s\033[K\r' "$text" "$line" >&2
  done
}

# step TEXT LOG COMMAND...: runs quietly; on failure shows the end of the log and stops.
step() {
  local text=$1 log=$2 watcher='' status=0
  shift 2
  mkdir -p "$(dirname "$log")"
  if [ -t 2 ]; then
    printf '%s …\r' "$text" >&2
    watch_log "$text" "$log" &
    watcher=$!
  fi
  "$@" >"$log" 2>&1 </dev/null || status=$?
  if [ -n "$watcher" ]; then
    kill "$watcher" 2>/dev/null || true
    wait "$watcher" 2>/dev/null || true
    printf '\033[K' >&2
  fi
  if [ "$status" != 0 ]; then
    tail -n 15 "$log" | sed 's/^/  | /' >&2
    die "$text failed" "See $log, mend the cause and run the same command again; it goes on where it stopped"
  fi
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# need_packages PACKAGE...: installs the Debian packages that are missing; elsewhere says which are needed.
need_packages() {
  local package missing=()
  command -v dpkg-query >/dev/null || return 0
  for package in "$@"; do
    case $(dpkg-query -W -f '${Status}' "$package" 2>/dev/null) in
      *"install ok installed"*) ;;
      *) missing+=("$package") ;;
    esac
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null && ! [ -t 0 ]; then
    die "these packages are missing: ${missing[*]}" "Run: sudo apt-get install ${missing[*]}"
  fi
  export DEBIAN_FRONTEND=noninteractive
  # Package lists may be old or absent; a second try after an update is cheaper than an update each time.
  if ! as_root apt-get install -y -q --no-install-recommends "${missing[@]}" >"$root/build/apt.log" 2>&1 </dev/null; then
    step "updating package lists" "$root/build/apt.log" as_root apt-get update -q
    step "installing ${#missing[@]} packages" "$root/build/apt.log" \
      as_root apt-get install -y -q --no-install-recommends "${missing[@]}"
  fi
}

build_packages=(g++ cmake ninja-build ccache git ca-certificates libssl-dev libfmt-dev libexpected-dev
  libtomlplusplus-dev libcli11-dev)
test_packages=(libgtest-dev libgmock-dev curl procps python3 python3-yaml man-db groff-base bash zsh fish dash shellcheck tmux)

# bring_sources: pinned third-party sources into .deps unless they are there, CMake fetches them from GitHub, or npm has them.
bring_sources() {
  [ -e "$root/.deps/llama.cpp-0.5.0/.complete" ] && [ -e "$root/.deps/tree-sitter-bash-0.25.1/.complete" ] &&
    [ -e "$root/.deps/tree-sitter-0.25.10/.complete" ] && return 0
  if timeout 10 git ls-remote --exit-code https://github.com/ggml-org/llama.cpp refs/tags/v0.5.0 >/dev/null 2>&1; then
    return 0 # CMake clones them itself
  fi
  command -v npm >/dev/null || need_packages npm
  step "fetching pinned sources" "$root/build/fetch-deps.log" "$root/scripts/fetch-deps"
}

# jobs: parallel compile jobs, one per processor but at least 1.5 GB of memory each.
jobs() {
  local cpus memory
  cpus=$(nproc)
  memory=$(awk '/MemAvailable/ { print int($2 / 1500000) }' /proc/meminfo 2>/dev/null || echo "$cpus")
  [ "$memory" -ge 1 ] || memory=1
  echo $((cpus < memory ? cpus : memory))
}

# configure_and_build PRESET [CMAKE ARGUMENT...]
configure_and_build() {
  local preset=$1
  shift
  if [ ! -e "$root/build/$preset/build.ninja" ]; then
    step "configuring ($preset)" "$root/build/$preset-configure.log" cmake -S "$root" --preset "$preset" "$@"
  fi
  step "building ($preset); the first time takes some minutes" "$root/build/$preset-build.log" \
    cmake --build "$root/build/$preset" -j "$(jobs)"
}
