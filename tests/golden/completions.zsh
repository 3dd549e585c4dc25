#compdef caro
# zsh completion for caro; made by: caro completions zsh
_caro() {
    local curcontext="$curcontext" state line
    local -A opt_args
    local -a commands
    commands=(
        'ask:Answer a request; the word '\''ask'\'' is only needed in scripts'
        'config:Show or change settings'
        'backends:List the back ends of this build and whether they work'
        'bench:Measure how fast a back end answers, also many at once'
        'check:Judge a shell command without running it'
        'hook:Guard an AI agent or an interactive shell'
        'doctor:Tell what works here and how to mend what does not'
        'models:Get, choose, check and remove models'
        'completions:Print completions for bash, zsh or fish'
        'manual:Print the manual page'
        'help:Show help, also of a single command'
    )
    _arguments -s -S \
        '(-s --shell)'{-s,--shell}'[Shell to write the command for]:SHELL:(auto bash zsh fish sh dash powershell)' \
        '(-b --backend)'{-b,--backend}'[Back end that answers; '\''caro backends'\'' lists them]:NAME:(auto embedded ollama vllm)' \
        '(-m --model)'{-m,--model}'[Model name or GGUF file]:MODEL:_files' \
        '--safety[How strictly commands are guarded]:LEVEL:(strict moderate permissive)' \
        '(-a --alternatives)'{-a,--alternatives}'[Give up to N other commands as well (1 to 5), one a line]:N:_files' \
        '(-x --execute)'{-x,--execute}'[Run the command, after asking; with -y at once, where the safety level lets it]' \
        '(-y --yes)'{-y,--yes}'[Answer yes where the safety level lets you; with models, ask nothing]' \
        '(-i --interactive)'{-i,--interactive}'[Offer to run, edit or vary the command]' \
        '(-n --dry-run)'{-n,--dry-run}'[Never run anything, whatever else is given; with models, change nothing]' \
        '--no-input[Ask no questions and leave standard input alone]' \
        '(-o --output)'{-o,--output}'[Form of the answer]:FORM:(plain json yaml)' \
        '--json[The same as --output json]' \
        '(-v --verbose)'{-v,--verbose}'[Tell more about what happens]' \
        '(-q --quiet)'{-q,--quiet}'[Print the command and errors only]' \
        '--color[Colour in messages]:WHEN:(auto always never)' \
        '--no-color[The same as --color never]' \
        '--explain[Underline what each finding is about]' \
        '--batch[Read JSON lines {"command"\: ...} and write one verdict for each]' \
        '--updates[With list\: ask the hub whether there is something newer; changes nothing]' \
        '--quantize[With import\: make the weights F32, F16, BF16, Q8_0 or Q4_K_M; otherwise they stay as they are]:TYPE:_files' \
        '--name[With import\: what to call the model; otherwise as the folder]:NAME:_files' \
        '--max-size[With prune\: keep at most this much, such as 5GB]:SIZE:_files' \
        '--concurrency[Requests that are under way at once (1 to 256)]:N:_files' \
        '--requests[Requests in all; otherwise four times the concurrency]:N:_files' \
        '(-c --config)'{-c,--config}'[Read this file instead of your configuration file]:FILE:_files' \
        '(-h --help)'{-h,--help}'[Show help, also of a single command]' \
        '(-V --version)'{-V,--version}'[Show version and build features]' \
        '1: :->first' \
        '*: :->rest' && return
    case $state in
        first) _describe -t commands 'command of caro' commands || _files ;;
        rest)
            case $#line,$line[1],$line[2] in
                2,config,*) compadd -- show get set unset path ;;
                3,config,(get|set|unset)) compadd -- backend model shell safety output color fallback max_tokens timeout_ms engine.context engine.batch engine.threads engine.gpu_layers engine.mmap engine.mlock engine.prompt_cache ollama.url ollama.model ollama.keep_alive vllm.url vllm.model vllm.key_env tls.ca_file tls.allow_insecure models.auto_download models.max_size safety_rules.allow safety_rules.moderate safety_rules.high safety_rules.critical ;;
                4,config,set) _caro_setting $line[3] ;;
                2,models,*) compadd -- list recommend search pull verify use info rm prune bundle import path ;;
                3,models,(pull|verify|use|info|rm|path)) compadd -- qwen2.5-coder-1.5b qwen2.5-coder-0.5b qwen2.5-coder-3b qwen2.5-coder-7b smollm2-135m smollm2-360m smollm2-1.7b granite-3.3-2b; _files -g '*.gguf' ;;
                2,completions,*) compadd -- bash zsh fish ;;
                2,help,*) _describe -t commands 'command of caro' commands ;;
                *) _files ;;
            esac
            ;;
    esac
}
_caro_setting() {
    case $1 in
        shell) compadd -- auto bash zsh fish sh dash powershell ;;
        safety) compadd -- strict moderate permissive ;;
        output) compadd -- plain json yaml ;;
        color) compadd -- auto always never ;;
        fallback) compadd -- true false ;;
        engine.mmap) compadd -- true false ;;
        engine.mlock) compadd -- true false ;;
        engine.prompt_cache) compadd -- true false ;;
        tls.allow_insecure) compadd -- true false ;;
        models.auto_download) compadd -- true false ;;
        *) _files ;;
    esac
}
# Both as a file on $fpath and by: source <(caro completions zsh)
if [[ $funcstack[1] == _caro ]]; then
    _caro "$@"
else
    compdef _caro caro
fi
