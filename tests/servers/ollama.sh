#!/usr/bin/env bash
# A real Ollama server for the tests, built from its Go module; nothing is installed and no registry of models
# is asked: the model is a GGUF file you already have.
#
#   ollama.sh build            builds the program once into the cache (a few minutes; later calls return at once)
#   ollama.sh run COMMAND...   runs COMMAND with a fresh server around it, stops the server, returns its status
#   ollama.sh record FOLDER    records real exchanges as tests/captures/*.http holds them
#
# COMMAND finds in its environment: CARO_TEST_OLLAMA_URL, CARO_TEST_OLLAMA_BIN, CARO_TEST_OLLAMA_MODELS (folder of
# weights, for a second server), CARO_TEST_OLLAMA_MODEL (template written out) and CARO_TEST_OLLAMA_BARE_MODEL
# (imported as is: its template drops system texts).
#
# Environment: CARO_TEST_MODEL  the GGUF file, a Qwen2.5 instruct model (default: the 0.5B of scripts/get-model)
#              CARO_TEST_CACHE  where the program is kept, 35 MB (default: caro-test-servers in your cache folder)
#              CARO_TEST_THREADS  (2)
# Status 77 means "skipped": something that is needed is not here; the reason is printed.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=0.17.4
threads=${CARO_TEST_THREADS:-2}
user_cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}
cache=${CARO_TEST_CACHE:-$user_cache/caro-test-servers}
model=${CARO_TEST_MODEL:-${CARO_TEST_MODEL_DIR:-$user_cache/caro/models}/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf}
case $(uname -m) in
  x86_64) march=-march=x86-64-v3 ;; # without it the module's CPU code is plain SSE2, many times slower
  *) march= ;;
esac
program=$cache/ollama-$version$march

skip() {
    echo "skipped: $*" >&2
    exit 77
}

build() {
    [ ! -x "$program" ] || return 0
    command -v go >/dev/null || skip "building Ollama needs Go 1.24 or later (https://go.dev/dl)"
    command -v g++ >/dev/null || skip "building Ollama needs g++"
    # One builds, others wait for it.
    mkdir -p "$cache"
    exec 8>"$cache/ollama.lock"
    flock 8
    [ ! -x "$program" ] || return 0
    local vendor=
    for vendor in "$root"/.deps/llama.cpp-*/vendor "$root"/build/*/_deps/llama.cpp-*/vendor; do
        [ ! -d "$vendor/miniaudio" ] || break
    done
    [ -d "$vendor/miniaudio" ] || skip "no llama.cpp sources with a vendor folder; configure caro first"
    local work=$cache/ollama-build
    mkdir -p "$work/include" "$work/bin"
    # A Go module never contains folders named "vendor", so three header-only libraries that its C++ code includes
    # are missing from it. llama.cpp has the same ones.
    cp -r "$vendor"/{nlohmann,stb,miniaudio} "$work/include/"
    local flags="-O3 $march -w"
    if ! GOBIN=$work/bin GOPATH=$work/path GOCACHE=$work/cache GOFLAGS="-p=$threads -modcacherw" \
        CGO_ENABLED=1 CGO_CPPFLAGS="-I$work/include" CGO_CFLAGS=$flags CGO_CXXFLAGS=$flags \
        timeout --kill-after=10 "${CARO_TEST_BUILD_LIMIT:-1200}" go install -ldflags "-s -w -X=github.com/ollama/ollama/version.Version=$version" \
        "github.com/ollama/ollama@v$version" >"$work/build.log" 2>&1; then
        tail -5 "$work/build.log" >&2
        # Out of reach is no fault of ours; a build that fails is.
        if grep -qE 'dial tcp|no such host|i/o timeout|connection refused|403 Forbidden' "$work/build.log"; then
            skip "the Go module proxy is out of reach"
        fi
        exit 1
    fi
    mv "$work/bin/ollama" "$program"
    rm -rf "$work"
    exec 8>&-
}

free_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

server=
work=
stop() {
    if [ -n "$server" ]; then
        local models tries=0
        models=$(pgrep -P "$server" || true)
        kill "$server" 2>/dev/null || true
        while kill -0 "$server" 2>/dev/null && [ $tries -lt 50 ]; do
            tries=$((tries + 1))
            sleep 0.1
        done
        # shellcheck disable=SC2086 # a list of process numbers
        kill -KILL "$server" $models 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    [ -z "$work" ] || rm -rf "$work"
}

# Starts a server with both models in it; sets the variables that COMMAND gets.
start() {
    [ -f "$model" ] || skip "there is no model file $model; scripts/get-model 0.5b brings it"
    command -v curl >/dev/null || skip "curl is needed"
    work=$(mktemp -d)
    trap stop EXIT
    mkdir -p "$work/models" "$work/home"
    local port
    port=$(free_port)
    export CARO_TEST_OLLAMA_BIN=$program CARO_TEST_OLLAMA_MODELS=$work/models
    export CARO_TEST_OLLAMA_URL=http://127.0.0.1:$port
    export CARO_TEST_OLLAMA_MODEL=caro-test:chat CARO_TEST_OLLAMA_BARE_MODEL=caro-test:bare
    export OLLAMA_HOST=127.0.0.1:$port OLLAMA_MODELS=$work/models OLLAMA_NOPRUNE=1 OLLAMA_NO_CLOUD=1
    HOME=$work/home OMP_NUM_THREADS=$threads "$program" serve >"$work/serve.log" 2>&1 &
    server=$!
    local tries=0
    until curl -s -m 1 -o /dev/null "$CARO_TEST_OLLAMA_URL/api/version"; do
        tries=$((tries + 1))
        if [ $tries -gt 200 ] || ! kill -0 "$server" 2>/dev/null; then
            tail -20 "$work/serve.log" >&2
            exit 1
        fi
        sleep 0.1
    done
    local gguf
    gguf=$(readlink -f "$model")
    printf 'FROM %s\nPARAMETER num_thread %s\n' "$gguf" "$threads" >"$work/Modelfile.bare"
    {
        cat "$work/Modelfile.bare"
        # ChatML written out; .System is the system text, so that role is left out of the loop.
        cat <<'END_OF_FILE'
TEMPLATE """{{ if .System }}<|im_start|>system
{{ .System }}<|im_end|>
{{ end }}{{ if .Messages }}{{ range .Messages }}{{ if ne .Role "system" }}<|im_start|>{{ .Role }}
{{ .Content }}<|im_end|>
{{ end }}{{ end }}{{ else }}<|im_start|>user
{{ .Prompt }}<|im_end|>
{{ end }}<|im_start|>assistant
{{ .Response }}"""
PARAMETER stop <|im_end|>
END_OF_FILE
    } >"$work/Modelfile.chat"
    for kind in bare chat; do
        HOME=$work/home "$program" create "caro-test:$kind" -f "$work/Modelfile.$kind" >"$work/create.log" 2>&1 || {
            tail -5 "$work/create.log" >&2
            exit 1
        }
    done
}

record() {
    local out=$1 url=$CARO_TEST_OLLAMA_URL chat=$CARO_TEST_OLLAMA_MODEL bare=$CARO_TEST_OLLAMA_BARE_MODEL
    local system='Answer with one shell command.' ask='count the lines of notes.txt'
    mkdir -p "$out"
    get() { curl --raw -sS -i -m 120 -o "$out/ollama-$1.http" "${@:2}"; }
    local options='"options":{"temperature":0,"num_predict":24}'
    get version "$url/api/version"
    get tags "$url/api/tags"
    get show-chat "$url/api/show" -d "{\"model\":\"$chat\"}"
    get show-bare "$url/api/show" -d "{\"model\":\"$bare\"}"
    get show-unknown "$url/api/show" -d '{"model":"no-such-model"}'
    local raw="<|im_start|>system\\n$system<|im_end|>\\n<|im_start|>user\\n$ask<|im_end|>\\n<|im_start|>assistant\\n"
    get generate-raw "$url/api/generate" -d "{\"model\":\"$bare\",\"raw\":true,\"prompt\":\"$raw\",$options}"
    get generate-length "$url/api/generate" \
        -d "{\"model\":\"$bare\",\"raw\":true,\"prompt\":\"$raw\",\"options\":{\"temperature\":0,\"num_predict\":3}}"
    get generate-dropped-system "$url/api/generate" \
        -d "{\"model\":\"$bare\",\"system\":\"$system\",\"prompt\":\"hi\",\"stream\":false,$options}"
    get chat "$url/api/chat" \
        -d "{\"model\":\"$chat\",\"messages\":[{\"role\":\"system\",\"content\":\"$system\"},{\"role\":\"user\",\"content\":\"$ask\"}],$options}"
    get unknown-model "$url/api/generate" -d '{"model":"no-such-model","prompt":"x"}'
    get bad-json "$url/api/generate" -d '{"model":'
    get wrong-path "$url/api/nope"
    get forbidden-host "$url/api/version" -H 'Host: somewhere.example'
    # The runner is killed while it answers.
    curl --raw -sS -i -m 60 -o "$out/ollama-runner-died.http" "$url/api/generate" \
        -d "{\"model\":\"$bare\",\"raw\":true,\"prompt\":\"Once upon a time\",\"options\":{\"num_predict\":2000}}" &
    local client=$!
    sleep 2
    pkill -KILL -P "$server" || true
    wait $client || true
}

case ${1:-} in
  build)
    build
    ;;
  run)
    shift
    [ -f "$model" ] || skip "there is no model file $model; scripts/get-model 0.5b brings it"
    build
    start
    # A hang is cut off here, where the server is still stopped afterwards.
    timeout --kill-after=10 "${CARO_TEST_LIMIT:-600}" "$@"
    ;;
  record)
    build
    start
    record "${2:?folder}"
    ;;
  *)
    sed -n '2,16p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
