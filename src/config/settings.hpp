// The one table of settings. A new setting is a new row here; its environment variable, its place
// in `caro config show`, its documentation and its checks follow from the row.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace caro::config {

enum class Type : std::uint8_t { boolean, integer, text, list };

// What a text may look like, where that is not just a list of allowed words.
enum class Form : std::uint8_t { any, url, variable_name, path, duration, size };

inline constexpr std::int64_t k_no_limit = std::numeric_limits<std::int64_t>::max();

struct Row {
    std::string_view key = {};  // "engine.threads"; TOML table and key
    Type type = Type::text;
    std::string_view fallback = {};                // built-in value as one would type it
    std::string_view doc = {};                     // one sentence
    std::array<std::string_view, 7> allowed = {};  // words a text may be; all empty = any
    std::int64_t min = -k_no_limit;                // of an integer
    std::int64_t max = k_no_limit;
    Form form = Form::any;
    bool user_file_only = false;  // neither system file nor environment may set it
};

inline constexpr std::array k_settings = {
    Row{.key = "backend",
        .fallback = "auto",
        .doc = "Back end that answers: auto takes the best one that works, local ones first."},
    Row{.key = "model",
        .doc = "Model name or GGUF file for the embedded engine; empty is the default model."},
    Row{.key = "shell",
        .fallback = "auto",
        .doc = "Shell to write commands for: auto is the shell caro was started from.",
        .allowed = {"auto", "bash", "zsh", "fish", "sh", "dash", "powershell"}},
    Row{.key = "safety",
        .fallback = "moderate",
        .doc = "How strictly commands are guarded before they may run.",
        .allowed = {"strict", "moderate", "permissive"}},
    Row{.key = "output",
        .fallback = "plain",
        .doc = "Form of the answer on standard output.",
        .allowed = {"plain", "json", "yaml"}},
    Row{.key = "color",
        .fallback = "auto",
        .doc = "Colour in messages: auto means on a terminal only.",
        .allowed = {"auto", "always", "never"}},
    Row{.key = "fallback",
        .type = Type::boolean,
        .fallback = "false",
        .doc = "Try the next back end when the chosen one cannot answer."},
    Row{.key = "max_tokens",
        .type = Type::integer,
        .fallback = "160",
        .doc = "Longest answer, in tokens.",
        .min = 1,
        .max = 4096},
    Row{.key = "timeout_ms",
        .type = Type::integer,
        .fallback = "30000",
        .doc = "Longest wait for an answer, in milliseconds.",
        .min = 100,
        .max = 3600000},
    Row{.key = "engine.context",
        .type = Type::integer,
        .fallback = "2048",
        .doc = "Context of the embedded engine, in tokens.",
        .min = 256,
        .max = 131072},
    Row{.key = "engine.batch",
        .type = Type::integer,
        .fallback = "512",
        .doc = "Tokens the embedded engine evaluates at once.",
        .min = 1,
        .max = 8192},
    Row{.key = "engine.threads",
        .type = Type::integer,
        .fallback = "0",
        .doc = "Most threads of the embedded engine; 0 is one per physical core caro may use. A busy machine gets fewer.",
        .min = 0,
        .max = 1024},
    Row{.key = "engine.gpu_layers",
        .type = Type::integer,
        .fallback = "-1",
        .doc = "Model layers kept on the GPU; -1 is all, 0 none.",
        .min = -1,
        .max = 10000},
    Row{.key = "engine.mmap",
        .type = Type::boolean,
        .fallback = "true",
        .doc = "Map the model file into memory instead of reading it."},
    Row{.key = "engine.mlock",
        .type = Type::boolean,
        .fallback = "false",
        .doc = "Keep the model from being swapped out."},
    Row{.key = "engine.prompt_cache",
        .type = Type::boolean,
        .fallback = "true",
        .doc = "Keep the evaluated constant part of the prompt on disk, which makes answers start "
               "sooner."},
    Row{.key = "ollama.url",
        .doc = "Address of an Ollama server; empty is $OLLAMA_HOST or http://127.0.0.1:11434.",
        .form = Form::url},
    Row{.key = "ollama.model", .doc = "Ollama model; empty is the best one installed there."},
    Row{.key = "ollama.keep_alive",
        .fallback = "5m",
        .doc = "How long Ollama keeps the model loaded.",
        .form = Form::duration},
    Row{.key = "vllm.url",
        .doc =
            "Address of a vLLM or other OpenAI-compatible server; empty leaves that back end out.",
        .form = Form::url},
    Row{.key = "vllm.model",
        .doc = "Model to ask that server for; empty is the first one it serves."},
    Row{.key = "vllm.key_env",
        .fallback = "CARO_VLLM_API_KEY",
        .doc = "Name of the environment variable that holds the server's key; the key itself is "
               "never stored.",
        .form = Form::variable_name},
    Row{.key = "tls.ca_file",
        .doc = "File of certificate authorities to trust besides the system's.",
        .form = Form::path},
    Row{.key = "tls.allow_insecure",
        .type = Type::boolean,
        .fallback = "false",
        .doc = "Allow plain http to other machines. Requests could then be read and answers "
               "changed on the way.",
        .user_file_only = true},
    Row{.key = "models.auto_download",
        .type = Type::boolean,
        .fallback = "false",
        .doc = "Download a model that is needed and missing without asking, also where there is no terminal."},
    Row{.key = "models.max_size",
        .fallback = "0",
        .doc = "Most that downloaded models may take on disk, such as 20GB; the longest unused go first. 0 is no "
               "limit.",
        .form = Form::size},
    Row{.key = "safety_rules.allow",
        .type = Type::list,
        .doc = "Ids of safety rules whose findings count as moderate at most; moderate ones are not told.",
        .user_file_only = true},
    Row{.key = "safety_rules.moderate",
        .type = Type::list,
        .doc = "Patterns of commands that are at least moderate, such as \"make deploy*\"."},
    Row{.key = "safety_rules.high",
        .type = Type::list,
        .doc = "Patterns of commands that are at least high."},
    Row{.key = "safety_rules.critical",
        .type = Type::list,
        .doc = "Patterns of commands that are critical."},
};

// Index of a key in k_settings, or k_settings.size() if there is none.
constexpr std::size_t find_row(std::string_view key) noexcept {
    std::size_t index = 0;
    while (index < k_settings.size() && k_settings[index].key != key) {
        ++index;
    }
    return index;
}

// A setting by name, checked while compiling: get<bool>("fallback") compiles, a wrong name or type
// does not.
template <class T>
struct Key {
    std::size_t index;

    consteval Key(const char* name) : index(find_row(name)) {  // NOLINT: meant to convert
        if (index == k_settings.size()) {
            throw "there is no such setting";
        }
        if (!holds(k_settings[index].type)) {
            throw "the setting is of another type";
        }
    }

  private:
    static consteval bool holds(Type type) {
        switch (type) {
            case Type::boolean:
                return std::is_same_v<T, bool>;
            case Type::integer:
                return std::is_same_v<T, std::int64_t>;
            case Type::text:
                return std::is_same_v<T, std::string>;
            case Type::list:
                return std::is_same_v<T, std::vector<std::string>>;
        }
        return false;
    }
};

}  // namespace caro::config
