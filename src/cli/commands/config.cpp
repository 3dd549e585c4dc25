// caro config show | get KEY | set KEY VALUE | unset KEY | path
#include "cli/error_text.hpp"
#include "cli/exit_code.hpp"
#include "cli/invocation.hpp"
#include "cli/structured_internal.hpp"
#include "config/edit.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cstdio>

namespace caro::cli {

namespace {

using config::k_settings;

Document to_document(const config::Value& value) {
    return std::visit([](const auto& content) { return Document(content); }, value);
}

void print(std::string_view text) {
    std::fwrite(text.data(), 1, text.size(), stdout);
}

Document document_of(const config::Config& config) {
    Document document = {{"settings", Document::array()},
                         {"problems", Document::array()},
                         {"files", Document::array()}};
    for (std::size_t row = 0; row < k_settings.size(); ++row) {
        const auto& origin = config.origin(row);
        Document entry = {{"key", k_settings[row].key},
                          {"value", to_document(config.value(row))},
                          {"origin", config::to_string(origin.layer)}};
        if (!origin.where.empty()) {
            entry["where"] = origin.text();
        }
        document["settings"].push_back(std::move(entry));
    }
    for (const auto& problem : config.problems()) {
        document["problems"].push_back({{"message", problem.message}, {"hint", problem.hint}});
    }
    for (const auto& file : config.files()) {
        document["files"].push_back(file.string());
    }
    return document;
}

int show(const Invocation& invocation) {
    const auto& config = invocation.config;
    if (invocation.output != Output::plain) {
        print(structured_text(document_of(config), invocation.output));
        return to_int(ExitCode::ok);
    }
    std::size_t width = 0;
    for (std::size_t row = 0; row < k_settings.size(); ++row) {
        width = std::max(
            width, k_settings[row].key.size() + 3 + config::to_toml(config.value(row)).size());
    }
    width = std::min<std::size_t>(width, 48);
    for (std::size_t row = 0; row < k_settings.size(); ++row) {
        const std::string line =
            fmt::format("{} = {}", k_settings[row].key, config::to_toml(config.value(row)));
        print(fmt::format("{:<{}}  # {}\n", line, width, config.origin(row).text()));
    }
    for (const auto& problem : config.problems()) {
        report_error(problem, Output::plain, invocation.color);
    }
    return to_int(ExitCode::ok);
}

Result<> get(const Invocation& invocation) {
    TRY_ASSIGN(const std::size_t row, config::require_row(invocation.operands[1]));
    const auto& value = invocation.config.value(row);
    print(invocation.output == Output::plain
              ? config::to_text(value) + "\n"
              : structured_text(to_document(value), invocation.output));
    return {};
}

// The file that set and unset change: that of -c, else the user's.
Result<std::filesystem::path> own_file(const Invocation& invocation) {
    if (invocation.config.user_file()) {
        return *invocation.config.user_file();
    }
    return fail(ErrorCode::io, "there is no home folder to keep a configuration file in",
                "Set HOME or XDG_CONFIG_HOME, or name a file with --config");
}

// Something of higher precedence may hide what was just written.
void note_if_hidden(const Invocation& invocation, std::size_t row) {
    const auto& origin = invocation.config.origin(row);
    if (origin.layer > config::Layer::user && !invocation.quiet) {
        print_note(fmt::format("{} still comes from {}", k_settings[row].key, origin.text()),
                   invocation.color);
    }
}

Result<> set(const Invocation& invocation) {
    TRY_ASSIGN(const std::size_t row, config::require_row(invocation.operands[1]));
    TRY_ASSIGN(const auto value, config::parse_value(k_settings[row], invocation.operands[2]));
    TRY_ASSIGN(const auto file, own_file(invocation));
    TRY(config::set_in_file(file, row, value));
    note_if_hidden(invocation, row);
    return {};
}

Result<> unset(const Invocation& invocation) {
    TRY_ASSIGN(const auto file, own_file(invocation));
    const std::string& key = invocation.operands[1];
    TRY_ASSIGN(const bool held, config::unset_in_file(file, key));
    const std::size_t row = config::find_row(key);
    if (!held) {
        // A key that neither exists nor stands in the file is a typing mistake.
        TRY(config::require_row(key));
        if (!invocation.quiet) {
            print_note(fmt::format("{} does not set {}", file.string(), key), invocation.color);
        }
    }
    if (row < k_settings.size()) {
        note_if_hidden(invocation, row);
    }
    return {};
}

int path(const Invocation& invocation) {
    const auto& files = invocation.config.files();
    const auto was_read = [&](const auto& file) {
        return std::find(files.begin(), files.end(), file) != files.end();
    };
    const auto exists = [](const auto& file) {
        std::error_code error;
        return std::filesystem::exists(file, error);
    };
    Document list = Document::array();
    for (const auto& [file, layer] : invocation.config.candidates()) {
        if (invocation.output != Output::plain) {
            list.push_back({{"path", file.string()},
                            {"origin", config::to_string(layer)},
                            {"read", was_read(file)}});
        } else {
            print(fmt::format("{:<7} {}{}\n", config::to_string(layer), file.string(),
                              was_read(file) ? ""
                              : exists(file) ? "  (not read)"
                                             : "  (not there)"));
        }
    }
    if (invocation.output != Output::plain) {
        print(structured_text(list, invocation.output));
    }
    return to_int(ExitCode::ok);
}

}  // namespace

int run_config(Invocation& invocation) {
    const std::string action = invocation.operands.empty() ? "show" : invocation.operands.front();
    if (action == "show") {
        return show(invocation);
    }
    if (action == "path") {
        return path(invocation);
    }
    const auto done = action == "get"   ? get(invocation)
                      : action == "set" ? set(invocation)
                                        : unset(invocation);
    return done ? to_int(ExitCode::ok) : report_error(done.error(), invocation);
}

}  // namespace caro::cli
