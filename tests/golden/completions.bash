# bash completion for caro; made by: caro completions bash
_caro() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} list='' i
    local -a operands=()
    COMPREPLY=()
    # bash cuts --option=value at the equals sign.
    if [[ $prev == '=' ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    elif [[ $cur == '=' ]]; then
        cur=''
    fi
    case $prev in
        -s|--shell)
            COMPREPLY=($(compgen -W 'auto bash zsh fish sh dash powershell' -- "$cur"))
            return
            ;;
        -b|--backend)
            COMPREPLY=($(compgen -W 'auto embedded ollama vllm' -- "$cur"))
            return
            ;;
        -m|--model)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --safety)
            COMPREPLY=($(compgen -W 'strict moderate permissive' -- "$cur"))
            return
            ;;
        -a|--alternatives)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        -o|--output)
            COMPREPLY=($(compgen -W 'plain json yaml' -- "$cur"))
            return
            ;;
        --color)
            COMPREPLY=($(compgen -W 'auto always never' -- "$cur"))
            return
            ;;
        --quantize)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --name)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --max-size)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --concurrency)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        --requests)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
        -c|--config)
            COMPREPLY=($(compgen -f -- "$cur"))
            return
            ;;
    esac
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
            --) return ;;
            -s|--shell|-b|--backend|-m|--model|--safety|-a|--alternatives|-o|--output|--color|--quantize|--name|--max-size|--concurrency|--requests|-c|--config) ((i++)) ;;
            -*|'=') ;;
            *) operands+=("${COMP_WORDS[i]}") ;;
        esac
    done
    if [[ $cur == -* ]]; then
        case ${operands[0]} in
            config) list='-o --output --json -v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            backends) list='-b --backend -m --model -o --output --json -v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            bench) list='-b --backend -m --model -o --output --json -v --verbose -q --quiet --color --no-color --concurrency --requests -c --config -h --help -V --version' ;;
            check) list='-s --shell --safety -o --output --json -v --verbose -q --quiet --color --no-color --explain --batch -c --config -h --help -V --version' ;;
            hook) list='-s --shell --safety -v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            doctor) list='-s --shell -b --backend -m --model -o --output --json -v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            models) list='-b --backend -m --model -y --yes -n --dry-run --no-input -o --output --json -v --verbose -q --quiet --color --no-color --updates --quantize --name --max-size -c --config -h --help -V --version' ;;
            completions) list='-v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            manual) list='-v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            help) list='-v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
            *) list='-s --shell -b --backend -m --model --safety -a --alternatives -x --execute -y --yes -i --interactive -n --dry-run --no-input -o --output --json -v --verbose -q --quiet --color --no-color -c --config -h --help -V --version' ;;
        esac
        COMPREPLY=($(compgen -W "$list" -- "$cur"))
        return
    fi
    case ${#operands[@]},${operands[0]},${operands[1]} in
        0,*) list='ask config backends bench check hook doctor models completions manual help' ;;
        1,config,) list='show get set unset path' ;;
        2,config,get|2,config,set|2,config,unset) list='backend model shell safety output color fallback max_tokens timeout_ms engine.context engine.batch engine.threads engine.gpu_layers engine.mmap engine.mlock engine.prompt_cache ollama.url ollama.model ollama.keep_alive vllm.url vllm.model vllm.key_env tls.ca_file tls.allow_insecure models.auto_download models.max_size safety_rules.allow safety_rules.moderate safety_rules.high safety_rules.critical' ;;
        3,config,set)
            case ${operands[2]} in
                shell) list='auto bash zsh fish sh dash powershell' ;;
                safety) list='strict moderate permissive' ;;
                output) list='plain json yaml' ;;
                color) list='auto always never' ;;
                fallback) list='true false' ;;
                engine.mmap) list='true false' ;;
                engine.mlock) list='true false' ;;
                engine.prompt_cache) list='true false' ;;
                tls.allow_insecure) list='true false' ;;
                models.auto_download) list='true false' ;;
            esac
            ;;
        1,models,) list='list recommend search pull verify use info rm prune bundle import path' ;;
        2,models,pull|2,models,verify|2,models,use|2,models,info|2,models,rm|2,models,path) list='qwen2.5-coder-1.5b qwen2.5-coder-0.5b qwen2.5-coder-3b qwen2.5-coder-7b smollm2-135m smollm2-360m smollm2-1.7b granite-3.3-2b' ;;
        1,completions,) list='bash zsh fish' ;;
        1,help,) list='ask config backends bench check hook doctor models completions manual help' ;;
    esac
    if [[ -n $list ]]; then
        COMPREPLY=($(compgen -W "$list" -- "$cur"))
    fi
}
complete -o bashdefault -o default -F _caro caro
