#include "cli/doctor.hpp"

#include "cli/backend_options.hpp"
#include "config/settings.hpp"
#include "infer/accelerators.hpp"
#include "infer/registry.hpp"
#include "models/hardware.hpp"
#include "models/store.hpp"
#include "util/cpu.hpp"
#include "util/env.hpp"
#include "util/strings.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <unistd.h>

extern char** environ;

namespace caro::cli {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_embedded = "embedded";
constexpr double k_gigabyte = 1e9;
// Context, buffers and caro itself besides the model's own bytes.
constexpr std::uint64_t k_memory_besides_model = 300'000'000;

Check failed(std::string name, const Error& error) {
    return {std::move(name), Health::fail, error.message, error.hint};
}

void check_config(const Invocation& invocation, std::vector<Check>& checks) {
    for (const auto& problem : invocation.config.problems()) {
        checks.push_back(failed("config", problem));
    }
    if (invocation.config.problems().empty()) {
        std::string files;
        for (const auto& file : invocation.config.files()) {
            files += (files.empty() ? "" : ", ") + file.string();
        }
        checks.push_back(
            {"config", Health::ok, files.empty() ? "no file, built-in settings" : files, ""});
    }
}

void check_home(std::vector<Check>& checks) {
    if (!home_dir()) {
        checks.push_back({"home", Health::warn,
                          "there is no home folder: settings and cache are not kept",
                          "Set HOME, or XDG_CONFIG_HOME and XDG_CACHE_HOME"});
    } else if (const auto cache = cache_dir()) {
        checks.push_back(check_folder("cache", *cache));
    }
}

void check_model(const Invocation& invocation, std::vector<Check>& checks) {
    const bool in_build = std::any_of(infer::backends().begin(), infer::backends().end(),
                                      [](const auto& entry) { return entry.name == k_embedded; });
    if (!in_build) {
        return;
    }
    const auto path = models::find(invocation.config.get<std::string>("model"));
    if (!path) {
        checks.push_back(failed("model", path.error()));
        // Another back end may answer; whether one does is a check of its own.
        if (invocation.config.get<std::string>("backend") != k_embedded) {
            checks.back().health = Health::warn;
        }
        return;
    }
    std::error_code error;
    const auto size = fs::file_size(*path, error);
    checks.push_back(
        {"model", Health::ok,
         fmt::format("{} ({:.1f} GB)", path->string(), static_cast<double>(size) / k_gigabyte),
         ""});
    const std::uint64_t memory = models::memory_facts().available;
    if (memory == 0 || error) {
        return;
    }
    const std::uint64_t needed = size + k_memory_besides_model;
    const std::string message = fmt::format("{:.1f} GB free, about {:.1f} GB needed",
                                            static_cast<double>(memory) / k_gigabyte,
                                            static_cast<double>(needed) / k_gigabyte);
    checks.push_back(memory >= needed ? Check{"memory", Health::ok, message, ""}
                                      : Check{"memory", Health::warn, message,
                                              "Close other programs or choose a smaller model"});
}

void check_engine(const Invocation& invocation, std::vector<Check>& checks) {
    if (!infer::find_backend(k_embedded)) {
        return;
    }
    const auto set = invocation.config.get<std::int64_t>("engine.threads");
    const int cores = usable_physical_cores();
    checks.push_back({"threads", Health::ok,
                      set > 0 ? fmt::format("{} (set; {} cores are usable)", set, cores)
                              : fmt::format("{} (one per usable core)", cores),
                      ""});
}

// Back ends that nobody asked for may be missing; one must be ready, and the chosen one.
void check_backends(const Invocation& invocation, std::vector<Check>& checks) {
    const auto& chosen = invocation.config.get<std::string>("backend");
    const auto options = backend_options(invocation.config);
    bool any_ready = false;
    bool known = chosen == "auto";
    for (const auto& entry : infer::backends()) {
        auto generator = entry.make(options);
        infer::Availability state;
        std::string device;
        const std::string missing = entry.in_process ? infer::missing_instructions() : "";
        if (!missing.empty()) {
            state = {false, fmt::format("this processor lacks {}, which the engine needs", missing),
                     "Use a server (ollama or vllm), or build caro here with -DCARO_NATIVE=ON"};
        } else if (generator) {
            state = (*generator)->is_available(std::chrono::milliseconds(300), *invocation.cancel);
            device = (*generator)->info().device;
        } else {
            state = {false, generator.error().message, generator.error().hint};
        }
        known = known || entry.name == chosen;
        any_ready = any_ready || state.ready;
        const Health without = entry.name == chosen ? Health::fail : Health::warn;
        checks.push_back({fmt::format("back end {}", entry.name),
                          state.ready ? Health::ok : without,
                          state.ready ? (device.empty() ? "ready" : device) : state.why_not,
                          state.ready ? "" : state.how_to_fix});
    }
    if (!known) {
        checks.push_back(failed("back end", infer::find_backend(chosen).error()));
    } else if (!any_ready) {
        checks.push_back({"back ends", Health::fail, "none can answer", "Mend one of those above"});
    }
}

void check_shell(const Invocation& invocation, std::vector<Check>& checks) {
    const auto name = context::to_string(invocation.shell);
    const bool present = context::has_tool(name);
    const auto origin = invocation.config.origin("shell");
    const std::string from =
        invocation.config.get<std::string>("shell") == "auto" ? "found out" : origin.text();
    checks.push_back(present ? Check{"shell", Health::ok, fmt::format("{} ({})", name, from), ""}
                             : Check{"shell", Health::warn,
                                     fmt::format("{} ({}) is not on the PATH", name, from),
                                     "Commands are written for it but cannot be run here"});
    checks.push_back(
        {"system", Health::ok, std::string(context::to_string(context::gather().os)), ""});
}

void check_terminal(const Invocation& invocation, std::vector<Check>& checks) {
    const auto is = [](bool terminal) { return terminal ? "terminal" : "no terminal"; };
    checks.push_back({"terminal", Health::ok,
                      fmt::format("input {}, output {}, messages {}; colour {}",
                                  is(invocation.stdin_tty), is(invocation.stdout_tty),
                                  is(invocation.stderr_tty), invocation.color ? "on" : "off"),
                      ""});
    std::string locale;
    for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (const auto value = get_env_nonempty(name); value && locale.empty()) {
            locale = *value;
        }
    }
    const std::string plain = to_lower(locale);
    if (plain.find("utf-8") == std::string::npos && plain.find("utf8") == std::string::npos) {
        checks.push_back(
            {"locale", Health::warn, fmt::format("{} is not UTF-8", locale.empty() ? "C" : locale),
             "Requests beyond plain ASCII need one, for example: export LC_ALL=C.UTF-8"});
    }
}

}  // namespace

std::vector<Check> check_variables(const std::vector<std::string>& names) {
    std::vector<std::string> right;
    for (const auto& row : config::k_settings) {
        right.push_back(config::variable_name(row.key));
    }
    const std::vector<std::string_view> candidates(right.begin(), right.end());
    std::vector<Check> checks;
    for (const auto& name : names) {
        // The key's own variable and those of caro's tests are no settings.
        const bool other = name.substr(0, 5) != "CARO_" || name == "CARO_VLLM_API_KEY" ||
                           name.substr(0, 10) == "CARO_TEST_";
        if (other || std::find(right.begin(), right.end(), name) != right.end()) {
            continue;
        }
        const std::string near = nearest(name, candidates);
        checks.push_back({"environment", Health::warn, fmt::format("{} is no setting", name),
                          near.empty() ? "caro config show lists all settings"
                                       : fmt::format("Did you mean {}?", near)});
    }
    return checks;
}

Check check_folder(const std::string& name, const fs::path& folder) {
    fs::path nearest_folder = folder;
    std::error_code error;
    while (!fs::exists(nearest_folder, error) && nearest_folder.has_relative_path()) {
        nearest_folder = nearest_folder.parent_path();
    }
    if (fs::is_directory(nearest_folder, error) &&
        ::access(nearest_folder.c_str(), W_OK | X_OK) == 0) {
        return {name, Health::ok, folder.string(), ""};
    }
    return {
        name, Health::warn,
        fmt::format("{} cannot be written to, so answers start more slowly", folder.string()),
        fmt::format("Make {} a folder of yours, or set XDG_CACHE_HOME", nearest_folder.string())};
}

std::string state_problem(double ms_ago) {
    const auto cache = cache_dir();
    if (!cache) {
        return "without a home folder the evaluated prompt cannot be kept, so every answer takes this long; set HOME or "
               "XDG_CACHE_HOME";
    }
    const fs::path folder = *cache / "state";
    const auto began = fs::file_time_type::clock::now() -
                       std::chrono::duration_cast<fs::file_time_type::duration>(
                           std::chrono::duration<double, std::milli>(ms_ago + 1000));  // file systems round their times
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        std::error_code gone;
        if (entry->path().extension() == ".kv" && entry->last_write_time(gone) >= began && !gone) {
            return "";
        }
    }
    const bool writable = check_folder("state", folder).health == Health::ok;
    return fmt::format("the evaluated prompt could not be kept in {}, so every answer takes this long; {}", folder.string(),
                       writable ? "free 50 MB there, or set XDG_CACHE_HOME" : "make it a folder of yours, or set XDG_CACHE_HOME");
}

std::vector<Check> run_checks(const Invocation& invocation) {
    std::vector<Check> checks;
    check_config(invocation, checks);
    std::vector<std::string> names;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        names.emplace_back(text.substr(0, text.find('=')));
    }
    for (auto& check : check_variables(names)) {
        checks.push_back(std::move(check));
    }
    check_home(checks);
    check_model(invocation, checks);
    check_engine(invocation, checks);
    check_backends(invocation, checks);
    check_shell(invocation, checks);
    check_terminal(invocation, checks);
    return checks;
}

}  // namespace caro::cli
