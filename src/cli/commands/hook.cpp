// caro hook — the judge as a guard: before an agent's tool runs, or in an interactive shell.
#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/commands/hook.hpp"
#include "cli/invocation.hpp"
#include "cli/exit_code.hpp"
#include "cli/input.hpp"
#include "data/data.hpp"
#include "engine/engine.hpp"
#include "util/utf8.hpp"

namespace caro::cli {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t k_longest_event = 8 << 20;

// How an agent wants to be answered. The shapes are those of the hooks' public documentation.
enum class Dialect {
    pre_tool_use,   // {"tool_name", "tool_input": {"command"}}, hook_event_name PreToolUse
    before_tool,    // the same, hook_event_name BeforeTool: it knows allow and deny only
    before_shell,   // {"command", "cwd"}, hook_event_name beforeShellExecution
};

struct Event {
    Dialect dialect = Dialect::pre_tool_use;
    bool is_command = false;  // false: another tool, about which caro has no opinion
    std::string command;
    std::string cwd;
    bool powershell = false;
};

enum class Verdict { allow, ask, deny };

std::string_view to_string(Verdict verdict) {
    return verdict == Verdict::allow ? "allow" : verdict == Verdict::ask ? "ask" : "deny";
}

std::string text_of(const Json& object, const char* key) {
    return object.is_object() && object.contains(key) && object[key].is_string() ? object[key].get<std::string>()
                                                                                 : std::string();
}

// Words of an argument list, quoted so that the judge reads them as the shell would.
std::string quoted(const Json& words) {
    std::string line;
    for (const auto& word : words) {
        std::string text = "'";
        for (const char c : word.is_string() ? word.get<std::string>() : word.dump()) {
            text += c == '\'' ? std::string("'\\''") : std::string(1, c);
        }
        line += (line.empty() ? "" : " ") + text + "'";
    }
    return line;
}

Result<Event> read_event(const std::string& text) {
    const Json json = Json::parse(text, nullptr, false);
    if (json.is_discarded() || !json.is_object()) {
        return fail(ErrorCode::usage, "the event on standard input is no JSON object",
                    "caro hook is called by an agent; for a command by hand use: caro check");
    }
    Event event;
    const std::string name = text_of(json, "hook_event_name");
    event.cwd = text_of(json, "cwd");
    if (json.contains("command") && json["command"].is_string()) {
        event.dialect = Dialect::before_shell;
        event.is_command = true;
        event.command = json["command"].get<std::string>();
        return event;
    }
    event.dialect = name == "BeforeTool" ? Dialect::before_tool : Dialect::pre_tool_use;
    const std::string tool = text_of(json, "tool_name").empty() ? text_of(json, "toolName") : text_of(json, "tool_name");
    const char* input_key = json.contains("tool_input") ? "tool_input" : "toolArgs";
    if (tool.empty() || !json.contains(input_key)) {
        return fail(ErrorCode::usage, "the event names no tool or has no input for it",
                    "Expected an object with tool_name and tool_input");
    }
    event.powershell = tool == "PowerShell" || tool == "powershell" || tool == "pwsh";
    const Json& input = json[input_key];
    for (const char* key : {"command", "cmd", "script"}) {
        if (input.is_object() && input.contains(key)) {
            event.is_command = true;
            event.command = input[key].is_array() ? quoted(input[key]) : text_of(input, key);
            if (event.command.empty()) {
                return fail(ErrorCode::usage, "the command in the event is no text", "");
            }
            return event;
        }
    }
    static constexpr std::string_view k_shells[] = {"Bash", "bash", "shell", "Shell", "run_shell_command", "PowerShell"};
    if (std::find(std::begin(k_shells), std::end(k_shells), tool) != std::end(k_shells)) {
        return fail(ErrorCode::usage, "the event has no command", "Expected tool_input.command");
    }
    return event;
}

//              strict   moderate   permissive
// safe         allow    allow      allow
// moderate     ask      ask        allow
// high         deny     ask        ask
// critical     deny     deny       deny
Verdict verdict_of(safety::Risk risk, safety::Level level) {
    switch (risk) {
        case safety::Risk::safe: return Verdict::allow;
        case safety::Risk::moderate: return level == safety::Level::permissive ? Verdict::allow : Verdict::ask;
        case safety::Risk::high: return level == safety::Level::strict ? Verdict::deny : Verdict::ask;
        case safety::Risk::critical: return Verdict::deny;
    }
    return Verdict::deny;
}

std::string reason_of(const safety::Report& report) {
    if (report.risk == safety::Risk::safe) {
        return "caro: safe, it only reads";
    }
    std::string text = fmt::format("caro: {} risk", safety::to_string(report.risk));
    if (!report.reason.empty()) {
        text += ": " + report.reason;
    }
    for (const auto& finding : report.findings) {
        if (!finding.safer.empty()) {
            text += ". Safer: " + finding.safer;
            break;
        }
    }
    return to_valid_utf8(escape_deceptive(text));
}

int answer(Dialect dialect, Verdict verdict, const std::string& reason) {
    Json out;
    switch (dialect) {
        case Dialect::pre_tool_use:
            out["hookSpecificOutput"] = {{"hookEventName", "PreToolUse"},
                                         {"permissionDecision", to_string(verdict)},
                                         {"permissionDecisionReason", reason}};
            break;
        case Dialect::before_tool:
            // It cannot be made to ask; without a decision the agent asks its user as it always does.
            if (verdict == Verdict::ask) {
                out = {{"systemMessage", reason}};
            } else {
                out = {{"decision", to_string(verdict)}, {"reason", reason}};
            }
            break;
        case Dialect::before_shell:
            out = {{"permission", to_string(verdict)}, {"user_message", reason}, {"agent_message", reason}};
            break;
    }
    const std::string text = out.dump() + "\n";
    const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size() && std::fflush(stdout) == 0;
    return written ? to_int(ExitCode::ok) : k_hook_blocks;
}

}  // namespace

int block_hook(const Error& error) {
    // Agents take status 2 as "do not run it" and show what stands on standard error.
    std::fprintf(stderr, "caro hook: %s%s%s\n", escape_deceptive(error.message).c_str(), error.hint.empty() ? "" : ". ",
                 escape_deceptive(error.hint).c_str());
    return k_hook_blocks;
}

int run_hook(Invocation& invocation) {
    if (!invocation.operands.empty()) {
        const auto script = data::get(fmt::format("shell/guard.{}", invocation.operands.front()));
        std::fwrite(script->data(), 1, script->size(), stdout);
        return to_int(std::fflush(stdout) == 0 ? ExitCode::ok : ExitCode::failed);
    }
    if (invocation.stdin_tty) {
        return report_error({ErrorCode::usage, "caro hook reads an agent's event from standard input",
                             "For a shell: caro hook bash, caro hook zsh; see caro help hook", {}},
                            invocation);
    }
    const auto input = read_all_input(STDIN_FILENO, k_longest_event, *invocation.cancel);
    if (!input) {
        return block_hook(input.error());
    }
    if (input->cut) {
        return block_hook({ErrorCode::usage, "the event is longer than 8 MB", "", {}});
    }
    const auto event = read_event(input->bytes);
    if (!event) {
        return block_hook(event.error());
    }
    if (!event->is_command) {
        std::fputs("{}\n", stdout);
        return to_int(std::fflush(stdout) == 0 ? ExitCode::ok : ExitCode::failed);
    }
    context::Context context = context::gather();
    // Agents run commands in bash unless they say otherwise.
    context.shell = event->powershell ? context::Shell::powershell : context::Shell::bash;
    if (!event->cwd.empty()) {
        context.cwd = event->cwd;
    }
    const safety::Report report = engine::judge(event->command, context);
    return answer(event->dialect, verdict_of(report.risk, invocation.safety), reason_of(report));
}

}  // namespace caro::cli
