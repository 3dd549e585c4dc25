#include "cli/prepare.hpp"

#include "cli/color.hpp"
#include "infer/registry.hpp"
#include "safety/user_rules.hpp"
#include "util/env.hpp"

#include <fmt/core.h>

#include <unistd.h>

#include <charconv>

namespace caro::cli {

namespace {

Output output_of(std::string_view name) {
    return name == "json" ? Output::json : name == "yaml" ? Output::yaml : Output::plain;
}

safety::Level level_of(std::string_view name) {
    return name == "permissive" ? safety::Level::permissive
           : name == "moderate" ? safety::Level::moderate
                                : safety::Level::strict;
}

// What the last of the options says that gives a value to this setting.
std::optional<std::string> flag_value(const ParsedLine& line, std::string_view setting) {
    std::optional<std::string> value;
    for (const auto& use : line.options) {
        if (use.row->setting == setting) {
            value = use.value;
        }
    }
    return value;
}

// These must work with a broken configuration: they show or mend it.
bool repairs(Command command) {
    return command == Command::config || command == Command::doctor;
}

Result<> set_flags(const ParsedLine& line, config::Config& config) {
    for (const auto& use : line.options) {
        if (!use.row->setting.empty()) {
            TRY(config.set_flag(use.row->setting, use.value, use.spelled));
        }
    }
    return {};
}

constexpr std::size_t k_most_alternatives = 5;  // more are seldom different

// A whole number given with an option; `fallback` if it is not there.
Result<std::size_t> count_of(const ParsedLine& line, std::string_view option, std::size_t fallback, std::size_t most) {
    const auto text = line.value(option);
    if (!text) {
        return fallback;
    }
    std::size_t count = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), count);
    if (error != std::errc{} || end != text->data() + text->size() || count < 1 || count > most) {
        return fail(ErrorCode::usage, fmt::format("--{} takes a number from 1 to {}, not '{}'", option, most, *text));
    }
    return count;
}

// The first problem, and how many more there are.
Result<> check_problems(const config::Config& config) {
    if (config.problems().empty()) {
        return {};
    }
    Error error = config.problems().front();
    const std::size_t more = config.problems().size() - 1;
    if (more > 0) {
        error.message += fmt::format(" (and {} more; see: caro config show)", more);
    }
    return fail(std::move(error));
}

Result<> check_backend(const config::Config& config) {
    const auto& name = config.get<std::string>("backend");
    if (name == "auto") {
        return {};
    }
    auto entry = infer::find_backend(name);
    if (entry) {
        return {};
    }
    const config::Origin origin = config.origin("backend");
    Error error = std::move(entry.error());
    if (origin.layer != config::Layer::flag) {
        error.code = ErrorCode::config;
    }
    error.message = fmt::format("{}: {}", origin.text(), error.message);
    return fail(std::move(error));
}

context::Shell shell_of(const config::Config& config) {
    if (const auto shell = context::parse_shell(config.get<std::string>("shell"))) {
        return *shell;
    }
    return context::gather().shell;
}

}  // namespace

Surroundings surroundings() {
    Surroundings around;
    around.stdin_tty = ::isatty(0) == 1;
    around.stdout_tty = ::isatty(1) == 1;
    around.stderr_tty = ::isatty(2) == 1;
    around.environment = [](const char* name) { return get_env(name); };
    around.sources = config::default_sources;
    return around;
}

Output early_output(const ParsedLine& line, const Surroundings& around) {
    if (const auto value = flag_value(line, "output")) {
        return output_of(*value);
    }
    return output_of(around.environment("CARO_OUTPUT").value_or("plain"));
}

bool early_color(const ParsedLine& line, const Surroundings& around) {
    const auto value = flag_value(line, "color");
    return decide_color(value == "always" || value == "never" ? *value : "auto", around.stderr_tty,
                        around.environment);
}

void use_safety_rules(const config::Config& config) {
    using List = std::vector<std::string>;
    safety::use_rules({.allow = config.get<List>("safety_rules.allow"),
                       .moderate = config.get<List>("safety_rules.moderate"),
                       .high = config.get<List>("safety_rules.high"),
                       .critical = config.get<List>("safety_rules.critical")});
}

Result<> prepare(const ParsedLine& line, const Choice& choice, const Surroundings& around,
                 Invocation& invocation) {
    std::optional<std::filesystem::path> file;
    if (const auto given = line.value("config")) {
        file = *given;
    }
    invocation.config = config::Config::load(around.sources(file));
    TRY(set_flags(line, invocation.config));
    if (!repairs(choice.command)) {
        TRY(check_problems(invocation.config));
        TRY(check_backend(invocation.config));
    }
    invocation.request = choice.request;
    invocation.operands = choice.operands;
    invocation.output = output_of(invocation.config.get<std::string>("output"));
    use_safety_rules(invocation.config);
    invocation.safety = level_of(invocation.config.get<std::string>("safety"));
    invocation.shell = shell_of(invocation.config);
    invocation.dry_run = line.has("dry-run");
    invocation.execute = line.has("execute") && !invocation.dry_run;
    invocation.yes = line.has("yes");
    invocation.interactive = line.has("interactive");
    invocation.verbose = line.has("verbose");
    invocation.quiet = line.has("quiet");
    invocation.no_input = line.has("no-input");
    invocation.batch = line.has("batch");
    invocation.explain = line.has("explain");
    invocation.updates = line.has("updates");
    invocation.quantize = line.value("quantize").value_or("");
    invocation.name = line.value("name").value_or("");
    TRY_ASSIGN(invocation.alternatives, count_of(line, "alternatives", 0, k_most_alternatives));
    TRY_ASSIGN(invocation.concurrency, count_of(line, "concurrency", 1, 256));
    TRY_ASSIGN(invocation.requests, count_of(line, "requests", 0, 100'000));
    invocation.stdin_tty = around.stdin_tty;
    invocation.stdout_tty = around.stdout_tty;
    invocation.stderr_tty = around.stderr_tty;
    invocation.color = decide_color(invocation.config.get<std::string>("color"), around.stderr_tty,
                                    around.environment);
    return {};
}

}  // namespace caro::cli
