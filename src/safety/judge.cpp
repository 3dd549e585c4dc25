#include "safety/judge.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>

#include "safety/effects.hpp"
#include "safety/guards.hpp"
#include "safety/knowledge.hpp"
#include "safety/rules.hpp"
#include "safety/secret_sources.hpp"
#include "shell/history.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

constexpr int k_deepest = 8;  // code in code in code

// It runs in a container or on another machine, not only under another program of this one (poetry run).
bool is_elsewhere(const Inner& inner) {
    constexpr std::array<std::string_view, 14> k_tools = {"docker", "podman", "nerdctl", "kubectl", "oc",   "lxc",  "incus",
                                                          "vagrant", "multipass", "ssh", "heroku", "fly", "tsh", "adb"};
    return inner.elsewhere && std::find(k_tools.begin(), k_tools.end(), inner.spec->id) != k_tools.end();
}

bool is_option(const shell::Word& word) { return word.text.size() > 1 && word.text[0] == '-'; }

}  // namespace

std::string shown(const shell::Word& word) {
    std::string text = replace_all(word.text, std::string(1, shell::Word::k_unknown), "…");
    return text.empty() ? "nothing" : text;
}

bool Action::has(std::string_view option) const {
    for (const auto& word : args) {
        const std::string_view text = word.text;
        if (text == "--") {
            return false;
        }
        if (text == option || (option.substr(0, 2) == "--" && text.substr(0, option.size() + 1) ==
                                                                   std::string(option) + "=")) {
            return true;
        }
        // GNU tools accept any clear beginning of a long option.
        if (option.size() > 5 && text.size() > 4 && text.substr(0, 2) == "--" &&
            option.substr(0, text.size()) == text) {
            return true;
        }
        const bool letter = option.size() == 2 && option[0] == '-' && option[1] != '-';
        if (letter && text.size() > 1 && text[0] == '-' && text[1] != '-' &&
            text.find(option[1]) != std::string_view::npos) {
            return true;
        }
    }
    return false;
}

std::vector<const shell::Word*> Action::operands() const {
    std::vector<const shell::Word*> found;
    bool options_over = false;
    for (const auto& word : args) {
        if (!options_over && word.text == "--") {
            options_over = true;
        } else if (options_over || !is_option(word)) {
            found.push_back(&word);
        }
    }
    return found;
}

std::string_view Action::subcommand() const {
    for (const auto& word : args) {
        if (!is_option(word)) {
            return word.text;
        }
    }
    return {};
}

bool is_shell(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 9> k_shells = {"sh",   "bash", "zsh", "dash", "ksh",
                                                          "fish", "ash",  "csh", "tcsh"};
    return std::find(k_shells.begin(), k_shells.end(), name) != k_shells.end();
}

bool is_interpreter(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 9> k_names = {"python", "python2", "python3", "perl", "ruby",
                                                         "node",   "php",     "lua",     "deno"};
    return is_shell(name) || std::find(k_names.begin(), k_names.end(), name) != k_names.end() ||
           name.substr(0, 8) == "python3.";
}

void Judge::find(std::string_view rule, std::string_view target, const shell::Span& span) {
    m_read_only = false;
    m_findings.push_back(make_finding(rule, target, span.start, span.end));
}

void Judge::sort_by_place() {
    m_by_place.clear();
    for (const auto& line : m_script.pipelines) {
        m_by_place.push_back(&line);
    }
    std::stable_sort(m_by_place.begin(), m_by_place.end(), [](const auto* one, const auto* other) { return one->span.start < other->span.start; });
}

// The text as PowerShell or cmd.exe reads it, if it seems to be for one of them.
Judge::Windows Judge::judge_windows(std::string_view source) {
    const Windows windows = windows_text(source);
    if (windows == Windows::powershell) {
        judge_powershell(source, {0, source.size()});
    } else if (windows == Windows::cmd) {
        judge_cmd(source, {0, source.size()});
    }
    m_windows = windows;
    if (windows == Windows::powershell && distrusts_nobody(source)) {
        find("network.trusts-anybody", "", {0, source.size()});
    }
    if (contains(source, "%0") && replace_all(std::string(source.substr(0, 200)), " ", "").find("%0|%0") != std::string::npos) {
        find("process.fork-bomb", "", {0, source.size()});  // of cmd.exe
    }
    return windows;
}

void Judge::judge(std::string_view source) {
    m_source = source;
    if (m_depth == 0 && check_table_line(source)) {
        return;
    }
    m_script = shell::parse(source, m_environment);
    sort_by_place();
    const Windows windows = judge_windows(source);
    const std::size_t first = m_findings.size();
    if (!m_script.complete && windows != Windows::powershell && !m_only_windows) {
        m_complete = false;
        find("parse.incomplete", "", {0, source.size()});
        if (runs_fetched_powershell(source)) {
            find("execute.download", "", {0, source.size()});
        }
    }
    m_network_descriptor = m_network_descriptor || opens_connection(m_script);
    if (const std::string_view file = leaked_on_windows(source); !file.empty()) {
        find("secret.leak", file, {0, source.size()});
    }
    for (const auto& line : m_script.pipelines) {
        const std::size_t before = m_findings.size();
        if (line.dead && m_depth == 0) {
            const std::string folder = m_cwd;
            pipeline(line);
            m_cwd = folder;
            lower_idle(before, "it never runs: the condition before it does not hold, or the shell is gone");
            continue;
        }
        pipeline(line);
        if (line.uncalled && m_findings.size() > before && !line.functions.empty() && lies_idle(line.functions.front())) {
            lower_idle(before, "only when " + line.functions.front() + " is called");
        }
    }
    if (m_only_windows) {
        forget_unix_reading(first);
    }
    Action whole;
    whole.span = {0, source.size()};
    if (const auto typed = m_depth == 0 ? shell::with_history(source) : std::nullopt) {
        later(*typed, whole);  // as an interactive shell would read it
    }
    for (const auto& [file, text] : m_script.files) {
        const auto before = m_environment.files.find(file);
        if (before == m_environment.files.end() || before->second != text) {
            check_written(file, text, whole);
        }
    }
    if (m_depth == 0) {
        check_steps(source);
        check_suspected(source);
    }
}

// Judges code that a command runs. What is found there is told at the place of that command.
void Judge::nested(std::string_view code, const Action& by) { nested(code, by, {}); }

void Judge::nested(std::string_view code, const Action& by, std::vector<shell::Word> arguments) {
    constexpr std::size_t k_longest_code = 32 * 1024;  // in code; more is not followed
    if (m_depth >= k_deepest || code.size() > k_longest_code) {
        find("execute.unknown", "", by.span);
        return;
    }
    constexpr std::size_t k_most_copied = 200000;  // else thousands of codes times thousands of variables take seconds
    *m_copied += 5 + m_script.variables.size() + m_script.files.size();
    if (*m_copied > k_most_copied) {
        m_complete = false;
        find("parse.incomplete", "", by.span);
        return;
    }
    Judge inner(m_scene, m_depth + 1);
    inner.m_copied = m_copied;
    inner.m_environment.work = m_environment.work;
    inner.m_cwd = m_cwd;
    inner.m_environment.variables = m_script.variables;
    for (const auto& [name, word] : by.assignments) {
        inner.m_environment.variables[name] = word;
    }
    inner.m_environment.files = m_script.files;
    inner.m_environment.input = by.input;
    if (!arguments.empty()) {
        inner.m_environment.variables["0"] = arguments.front();
        inner.m_self = m_script.files.count(arguments.front().text) != 0 || m_script.files.count(arguments.front().text.substr(starts_with(arguments.front().text, "./") ? 2 : 0)) != 0 ? arguments.front().text : "";
        arguments.erase(arguments.begin());
    }
    inner.m_environment.arguments = std::move(arguments);
    inner.m_environment.arguments_known = true;
    inner.m_arrivals = m_arrivals;
    inner.m_ransom = m_ransom;
    inner.m_over_much = over_much(by);
    inner.m_programs = m_programs;
    inner.m_links = m_links;
    inner.m_moved = m_moved;
    inner.m_built = m_built;
    inner.m_aliases = m_aliases;
    inner.m_home = m_home;
    inner.m_fetched_input = m_fetched_input;
    inner.judge(exported_functions(by) + replace_all(code, std::string(1, shell::Word::k_unknown), "$CARO_UNKNOWN"));
    m_arrivals.merge(inner.m_arrivals);
    m_ransom = inner.m_ransom;
    for (auto& finding : inner.m_findings) {
        finding.start = by.span.start;
        finding.end = by.span.end;
        m_findings.push_back(std::move(finding));
    }
    m_complete = m_complete && inner.m_complete;
    m_read_only = m_read_only && inner.m_read_only;
}

Action Judge::unwrap(const shell::Command& command) {
    Action made;
    made.span = command.span;
    for (const auto& redirect : command.redirects) {
        made.redirects.push_back(&redirect);
    }
    made.input = command.input;
    made.assignments = command.assignments;
    made.expanded = command.expanded;
    made.called = command.called;
    std::vector<shell::Word> words = command.words;
    for (int layers = 0; layers < 12 && !words.empty(); ++layers) {
        Inner inner;
        split_env(words);
        if (makes_lines(words)) {
            break;
        }
        if (!inner_of(words, inner) || inner.kind != Inner::Kind::command) {
            break;  // no wrapper, or it stands alone: env, time, sudo -l
        }
        made.called = false;  // sudo, command, xargs … know no functions
        if (inner.privileged && !made.privileged) {
            made.privileged = true;
            find("privilege.raise", "", command.span);
        }
        wrapper_effects({words.begin(), words.begin() + static_cast<std::ptrdiff_t>(inner.start)}, inner, command.span);
        made.args_from_input = made.args_from_input || inner.args_from_input;
        made.contained = made.contained || inner.contained;
        made.elsewhere = made.elsewhere || is_elsewhere(inner);
        made.folder = inner.folder.empty() ? made.folder : inner.folder;
        const std::vector<shell::Word> wrapper(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(inner.start));
        given_assignments(wrapper, words, made);
        words.erase(words.begin(), words.begin() + static_cast<std::ptrdiff_t>(inner.start));
        for (std::size_t i = 1; made.args_from_input && i + 1 < wrapper.size(); ++i) {
            made.list_arrived = made.list_arrived || (wrapper[i].text == "-a" && arrived(wrapper[i + 1].text, Arrival::load));
        }
        const auto input = made.args_from_input ? argument_file(wrapper, command.input) : std::nullopt;
        if (input && input->size() < 20000) {
            add_input(words, wrapper, *input);
            made.args_from_input = false;
        }
        use_mounts(inner, words);
        add_entrypoint(wrapper, inner, words);
    }
    if (words.empty()) {
        return made;
    }
    if (made.args_from_input && words.front().text == "{}") {  // xargs -I{} {}
        words.front().text = std::string(1, shell::Word::k_unknown);
    }
    name_action(words, made);
    return made;
}

// xargs -a FILE reads the file, not the pipe.
std::optional<std::string> Judge::argument_file(const std::vector<shell::Word>& wrapper, const std::optional<std::string>& piped) const {
    for (std::size_t i = 1; i + 1 < wrapper.size(); ++i) {
        if (wrapper[i].text == "-a" || wrapper[i].text == "--arg-file") {
            const auto file = m_script.files.find(wrapper[i + 1].text);
            return file == m_script.files.end() ? std::nullopt : std::optional<std::string>(file->second);
        }
    }
    return piped;
}

// xargs: what the pipe brings becomes words, at the end or where -I says.
void Judge::add_input(std::vector<shell::Word>& words, const std::vector<shell::Word>& wrapper,
                      const std::string& input) const {
    std::string mark;
    bool only_nul = false;   // -0: nothing but a NUL ends a word
    bool only_line = false;  // -d '\n', -I: nothing but the end of a line
    char delimiter = '\n';   // … or this
    for (std::size_t i = 1; i < wrapper.size(); ++i) {
        const std::string& text = wrapper[i].text;
        only_nul = only_nul || text == "-0" || text == "--null" || text == "-0r" || text == "-r0";
        const bool delimits = text.substr(0, 2) == "-d" || text.substr(0, 12) == "--delimiter=";
        const std::string given = text == "-d" && i + 1 < wrapper.size() ? wrapper[i + 1].text : text.substr(std::min<std::size_t>(text.size(), text[1] == 'd' ? 2 : 12));
        only_line = only_line || delimits;
        delimiter = delimits && given.size() == 1 ? given[0] : delimits && given == "\\0" ? '\0' : delimiter;
        if (text.substr(0, 2) == "-I" || text.substr(0, 2) == "-i" || text == "--replace") {
            mark = text.size() > 2 && text[1] == 'I' ? text.substr(2) : i + 1 < wrapper.size() && text == "-I" ? wrapper[i + 1].text : "{}";
        }
    }
    if (mark.empty() && wrapper[0].text.find("parallel") != std::string::npos) {
        mark = "{}";
    }
    const bool placed = !mark.empty() && std::any_of(words.begin(), words.end(), [&](const shell::Word& word) {
        return word.text.find(mark) != std::string::npos;
    });
    if (placed) {
        for (auto& word : words) {
            word.text = replace_all(word.text, mark, trim(input));
        }
        return;
    }
    std::string piece;
    for (const char c : input + (only_nul ? std::string(1, '\0') : "\n")) {
        const bool ends = c == '\0' || c == delimiter || (!only_nul && (c == '\n' || (!only_line && (c == ' ' || c == '\t'))));
        if (ends && !piece.empty()) {
            shell::Word word;
            word.text = piece;
            word.span = words.front().span;
            words.push_back(std::move(word));
            piece.clear();
        } else if (!ends && (only_nul || only_line || (c != '\'' && c != '"'))) {
            piece += c;
        }
    }
}

void Judge::pipeline(const shell::Pipeline& line) {
    if (line.mark == shell::Pipeline::Mark::enter_subshell) {
        m_folders.push_back(m_cwd);
        return;
    }
    if (line.mark == shell::Pipeline::Mark::leave_subshell) {
        m_cwd = m_folders.empty() ? m_cwd : m_folders.back();
        m_folders.resize(m_folders.empty() ? 0 : m_folders.size() - 1);
        return;
    }
    m_line = &line;
    std::vector<Action> stages;
    for (const auto& command : line.stages) {
        stages.push_back(unwrap(command));
    }
    check_fork_bomb(line, stages);
    check_flow(line, stages);
    const std::size_t from_network = m_network_stage;
    for (std::size_t i = 0; i < stages.size(); ++i) {
        if (line.stages[i].only_flow) {
            continue;
        }
        check_assignments(line.stages[i]);
        const std::size_t before = m_findings.size();
        if (!line.stages[i].words.empty()) {
            action(stages[i], line);
        }
        if (i >= from_network) {
            tell_source(before, line.span);
        }
        check_redirects(stages[i]);
        check_emptied(stages[i]);
    }
    m_line = nullptr;
}

void Judge::action(const Action& act, const shell::Pipeline& line) {
    if (!act.name_known) {
        unknown_name(act, line);
        return;
    }
    const bool by_shell = is_shell(act.name) && act.args.size() == 1 && act.args[0].text == m_self;
    if (!m_self.empty() && (act.path == m_self || by_shell) && (++m_self_starts > 1 || line.background || line.stages.size() > 1)) {
        find("process.fork-bomb", "", act.span);  // a script that starts itself twice
        return;
    }
    if (const std::string name = other_name(act); !name.empty()) {
        Action original = act;
        original.name = original.path = name;
        action(original, line);
        return;
    }
    const auto copy = m_programs.find(act.path.find('/') == std::string::npos ? act.path : normalized(act.path, m_cwd));
    if (copy != m_programs.end() && copy->second != act.name && !act.renamed) {
        Action original = act;
        original.name = original.path = copy->second;
        original.renamed = true;
        action(original, line);
        return;
    }
    effects_of(act, line);
}

// What a command does whose name means itself.
void Judge::effects_of(const Action& act, const shell::Pipeline& line) {
    if (is_address(act.path)) {  // npx https://…, uv run https://…
        find("execute.download", act.path, act.span);
        return;
    }
    if (act.name == "cd" || act.name == "pushd") {
        const auto where = act.operands();
        const bool plain = where.size() == 1 && where[0]->known() && !where[0]->glob && where[0]->text != "-";
        m_cwd = where.empty() ? (m_home.empty() ? m_scene.home : m_home) : plain ? entered(where[0]->text) : "";
        return;
    }
    if (Action rewritten; rewrite(act, rewritten)) {
        action(rewritten, line);
        return;
    }
    if (Action more; with_variables(act, more)) {
        action(more, line);
        return;
    }
    if (of_windows(act) || check_parallel(act)) {
        return;
    }
    const std::size_t before = m_findings.size();
    if (!check_effects(act, line)) {
        check_code(act, line);
        check_handed(act);
    } else {
        handed_variables(act);
    }
    if (m_hidden_input && act.input && runs_input(act)) {
        weigh_hidden(before, act);
    }
    if (act.contained) {
        lower_contained(before);
    }
    lower_image(before, act);
    check_loads(act);
    check_password_hook(act);
    check_ransom(act);
    check_recipes(act);
    note_programs(act);
    note_links(act);
    note_moves(act);
    note_names(act);
}

// What an encoding hid was judged: code that only reads, or is known to be bad, is called what it is; all else is hidden
// for a reason.
void Judge::weigh_hidden(std::size_t first, const Action& act) {
    const auto any = [&](auto holds) {
        return std::any_of(m_findings.begin() + static_cast<std::ptrdiff_t>(first), m_findings.end(), holds);
    };
    const bool bad = any([](const Finding& finding) {
        return finding.risk >= Risk::high && finding.rule != "parse.incomplete" && finding.rule != "execute.unknown";
    });
    const bool worst = any([](const Finding& finding) { return finding.risk == Risk::critical; });
    const bool unclear = any([](const Finding& finding) {
        return finding.rule == "command.unknown" || finding.rule == "execute.unknown" || finding.rule == "parse.incomplete";
    });
    if (worst || (!bad && unclear)) {
        find("execute.decoded", "", act.span);
    }
}

Report Judge::report() && {
    Report report;
    report.fully_parsed = m_complete;
    std::stable_sort(m_findings.begin(), m_findings.end(),
                     [](const Finding& a, const Finding& b) { return a.risk > b.risk; });
    std::set<std::tuple<std::string, std::size_t, std::string>> told;
    for (auto& finding : m_findings) {
        if (told.emplace(finding.rule, finding.start, finding.message).second) {
            report.findings.push_back(std::move(finding));
        }
    }
    if (!report.findings.empty()) {
        report.risk = report.findings.front().risk;
        report.reason = report.findings.front().message;
    }
    report.read_only = m_complete && m_read_only && report.risk == Risk::safe;
    return report;
}

}  // namespace caro::safety
