// find and fd, and what xargs gets from a pipe.
#include <algorithm>

#include "safety/effects.hpp"
#include "safety/path_lists.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

std::string_view base_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

constexpr int k_deepest_run = 6;  // find -exec find -exec …

// report.pdf, not a folder.
bool names_one_file(std::string_view text) {
    const std::string_view name = text.substr(text.rfind('/') + 1);
    const auto dot = name.rfind('.');
    return dot != std::string_view::npos && dot != 0 && name.size() - dot <= 6 && dot + 1 < name.size();
}

bool is_fd(std::string_view name) { return name == "fd" || name == "fdfind"; }

bool runs_command(std::string_view text, bool fd) {
    return fd ? any_of(text, {"-x", "-X", "--exec", "--exec-batch"}) : any_of(text, {"-exec", "-execdir", "-ok", "-okdir"});
}

// Tests that pick some of the files, with a value that does not pick them all.
bool narrows(std::string_view test, std::string_view value) {
    if (any_of(test, {"-name", "-iname", "-path", "-ipath", "-wholename", "-regex", "-iregex"})) {
        return !is_all_glob(value) && value != "*.*" && value != ".*" && value != "./*" && value != "*/*";
    }
    if (test == "-size") {
        return !starts_with(value, "+0");  // all that hold something
    }
    return any_of(test, {"-mtime", "-atime", "-ctime", "-mmin", "-amin", "-cmin", "-newer", "-user", "-group", "-inum",
                         "-perm", "-links", "-samefile", "-uid", "-newermt", "-lname"}) ||
           test == "-empty" || test == "-nouser" || test == "-nogroup";
}

// Tests whose value is any text.
bool takes_text(std::string_view test) {
    return any_of(test, {"-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex", "-lname", "-ilname", "-printf",
                         "-newer", "-user", "-group", "-fprint", "-fprint0", "-fls", "-samefile", "-anewer", "-cnewer"});
}

// Tests that say what the files are; an age, a size or an owner does not: any file may be old or large.
bool tells_kind(std::string_view test) {
    return any_of(test, {"-name", "-iname", "-path", "-ipath", "-wholename", "-iwholename", "-regex", "-iregex", "-inum", "-samefile",
                         "-links", "-lname", "-empty"});
}

// A pattern for all files of a kind that people make, not machines: *.py, *.docx, .*\.py$; or for repositories.
bool picks_work(std::string_view test, std::string_view value) {
    if (!tells_kind(test)) {
        return false;
    }
    if (any_of(value, {".git", ".hg", ".svn", "*.git", "*/.git", "*/.svn"})) {
        return true;
    }
    const bool wide = value.substr(0, 1) == "*" || value.substr(0, 2) == ".*" || value.find("/*.") != std::string_view::npos;
    const auto dot = value.rfind('.');
    if (!wide || dot == std::string_view::npos) {
        return false;
    }
    std::string end = to_lower(value.substr(dot + 1));
    end.erase(std::remove(end.begin(), end.end(), '$'), end.end());
    return std::find(k_work_endings.begin(), k_work_endings.end(), end) != k_work_endings.end();
}

// What becomes of a list of files in a filter between find and xargs.
void filter_found(const shell::Command& stage, FindPlan& plan) {
    const std::string& path = stage.words.front().text;
    const std::string name = path.substr(path.rfind('/') + 1);
    if (any_of(name, {"head", "tail", "shuf", "awk", "cut", "fzf", "comm"})) {
        plan.narrowed = true;
        return;
    }
    if (!any_of(name, {"grep", "egrep", "fgrep", "rg"})) {
        return;
    }
    std::string pattern;
    bool inverted = false;
    for (std::size_t i = 1; i < stage.words.size(); ++i) {
        const std::string& text = stage.words[i].text;
        if (text[0] != '-' || text.size() < 2) {
            pattern = pattern.empty() ? text : pattern;
        } else {
            inverted = inverted || text == "--invert-match" || (text[1] != '-' && text.find('v') != std::string::npos);
        }
    }
    if (!inverted) {
        plan.narrowed = true;
        plan.work = picks_work("-regex", pattern.substr(0, 1) == "\\" || pattern.substr(0, 1) == "." ? ".*" + pattern : pattern);
    }
}

bool is_list_filter(std::string_view name) {
    return any_of(name, {"grep", "egrep", "fgrep", "rg", "sort", "uniq", "head", "tail", "shuf", "tac", "tee", "cat", "awk", "cut",
                         "fzf", "comm", "sed"});
}

void read_starts(const std::vector<shell::Word>& args, bool fd, FindPlan& plan, std::size_t& i) {
    if (fd) {
        bool pattern_seen = false;
        for (std::size_t k = 0; k < args.size() && !runs_command(args[k].text, true); ++k) {
            const std::string& text = args[k].text;
            if (any_of(text, {"-e", "-t", "-d", "-E", "-S", "--extension", "--type", "--max-depth", "--exclude", "--size",
                              "--changed-before", "--changed-within", "-o", "--owner"})) {
                plan.narrowed = plan.narrowed || !any_of(text, {"-t", "-d", "-E", "--type", "--max-depth", "--exclude"});
                plan.work = plan.work || (any_of(text, {"-e", "--extension"}) && k + 1 < args.size() &&
                                          picks_work("-name", "*." + args[k + 1].text));
                ++k;
            } else if (!text.empty() && text[0] != '-') {
                plan.narrowed = plan.narrowed || (!pattern_seen && text != "." && text != ".*" && !text.empty());
                if (pattern_seen) {
                    plan.starts.push_back(args[k]);
                }
                pattern_seen = true;
            }
        }
        return;
    }
    while (i < args.size() && any_of(args[i].text, {"-H", "-L", "-P"})) {
        ++i;
    }
    while (i < args.size() && args[i].text.substr(0, 1) != "-" && args[i].text != "(" && args[i].text != "!") {
        plan.starts.push_back(args[i++]);
    }
}

}  // namespace

namespace {

// -name id_rsa, -name '*.pem'
bool names_secret(std::string_view name) {
    constexpr std::array<std::string_view, 6> k_ends = {"id_rsa", "id_ed25519", ".pem", ".env", "credentials", "shadow"};
    return name == "id_*" || std::any_of(k_ends.begin(), k_ends.end(), [&](std::string_view end) {
        return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
    });
}

}  // namespace

namespace {

bool is_shallow(const std::vector<shell::Word>& args) {
    for (std::size_t i = 0; i + 1 < args.size(); ++i) {
        if (args[i].text == "-maxdepth" && args[i + 1].text == "1") {
            return true;
        }
    }
    return false;
}

// find / -maxdepth 1 -name 'h*e': what it finds is /home.
void pick_top_folders(FindPlan& plan) {
    std::vector<shell::Word> found;
    for (const std::string_view top : {"bin", "boot", "dev", "etc", "home", "lib", "lib64", "opt", "root", "sbin", "srv", "usr", "var", "Users", "System", "Library", "Applications"}) {
        if (glob_match(plan.pattern, top)) {
            found.push_back(plan.starts[0]);
            found.back().text = "/" + std::string(top);
        }
    }
    if (!found.empty()) {
        plan.starts = std::move(found);
        plan.narrowed = false;
        plan.pattern.clear();
    }
}

}  // namespace

FindPlan read_find(std::string_view name, const std::vector<shell::Word>& args) {
    FindPlan plan;
    const bool fd = is_fd(name);
    std::size_t i = 0;
    read_starts(args, fd, plan, i);
    bool negated = false;
    bool kind_told = false;
    bool branch_narrowed = false;  // since the last -o that is not in brackets
    int brackets = 0;
    bool acts_on_all = false;   // an action that no test stands before
    for (; i < args.size(); ++i) {
        const std::string& text = args[i].text;
        const std::string_view value = i + 1 < args.size() ? std::string_view(args[i + 1].text) : std::string_view();
        if (!fd && i > 0 && takes_text(args[i - 1].text)) {  // -name '-delete'
            continue;
        }
        const bool acts = text == "-delete" || runs_command(text, fd);
        // find … -delete -name x, find … -name x -o -delete
        acts_on_all = acts_on_all || (acts && !fd && !branch_narrowed);
        branch_narrowed = branch_narrowed || (!negated && !fd && narrows(text, value));
        plan.narrowed = plan.narrowed || branch_narrowed;
        kind_told = kind_told || (!negated && !fd && narrows(text, value) && tells_kind(text));
        plan.work = plan.work || (!negated && !fd && picks_work(text, value));
        plan.deletes = plan.deletes || text == "-delete";
        plan.one_name = plan.one_name || (any_of(text, {"-name", "-iname"}) && value.find_first_of("*?[") == std::string_view::npos);
        plan.pattern = any_of(text, {"-name", "-iname"}) && !negated ? std::string(value) : plan.pattern;
        if (any_of(text, {"-name", "-iname"}) && names_secret(value)) {
            plan.name = value == "id_*" ? "id_rsa" : replace_all(value, "*", "");
        }
        if (!fd && (text.substr(0, 6) == "-fprin" || text == "-fls")) {
            plan.writes = text;
        }
        if (runs_command(text, fd)) {
            std::vector<shell::Word> words;
            for (++i; i < args.size() && args[i].text != ";"; ++i) {
                if (args[i].text == "+" && !words.empty() && words.back().text == "{}") {
                    break;
                }
                words.push_back(args[i]);
            }
            plan.commands.push_back(std::move(words));
        }
        negated = text == "!" || text == "-not";
        brackets += text == "(" ? 1 : text == ")" ? -1 : 0;
        branch_narrowed = branch_narrowed && !(brackets == 0 && (text == "-o" || text == "-or"));
    }
    if (!fd && !plan.pattern.empty() && plan.starts.size() == 1 && plan.starts[0].text == "/" && (is_shallow(args) || plan.pattern.find_first_of("*?[") == std::string::npos)) {
        pick_top_folders(plan);
    }
    plan.narrowed = plan.narrowed && !acts_on_all;
    plan.work = plan.work || (plan.narrowed && !kind_told && !fd);
    if (plan.starts.empty()) {
        shell::Word here;
        here.text = ".";
        plan.starts.push_back(here);
    }
    return plan;
}

void Judge::delete_found(const shell::Word& start, const Action& action, bool narrowed, bool work) {
    const PathClass kind = class_of(start);
    const bool kept = kind != PathClass::temporary && kind != PathClass::artefact && !is_passing_folder(normalized(start.text, m_cwd));
    // *.tmp below the folder one works in, be that the home, is no more than files.
    const bool here = !start.tilde && start.known() && start.text[0] != '/' && start.text.find(':') != 1 && start.text[0] != '$' && m_cwd == m_scene.cwd && !work;
    if (!narrowed) {
        delete_target(start, action, true);
    } else if (here && is_protected(kind)) {
        find("delete.files", "the files it finds below " + shown(start), action.span);
    } else if (work && kept && (kind == PathClass::root || kind == PathClass::system || kind == PathClass::system_core)) {
        find("delete.protected", "the files it finds below " + shown(start), action.span);
    } else if (is_protected(kind) || kind == PathClass::system_core || kind == PathClass::unknown ||
               kind == PathClass::secret || kind == PathClass::vcs || (work && kept)) {
        find("delete.tree", "the files it finds below " + shown(start), action.span);
    } else {
        find("delete.files", "the files it finds below " + shown(start), action.span);
    }
}

void Judge::check_find(const Action& action, const shell::Pipeline& line) {
    const FindPlan plan = read_find(action.name, action.args);
    if (!plan.writes.empty()) {
        find("state.change", "find " + plan.writes, action.span);
    }
    if (plan.deletes) {
        for (const auto& start : plan.starts) {
            delete_found(start, action, plan.narrowed, plan.work);
        }
    }
    constexpr std::size_t k_most = 40;
    if (plan.commands.size() > k_most || plan.starts.size() > k_most || m_run_depth > k_deepest_run) {
        find("execute.unknown", "", action.span);  // nobody writes that
        return;
    }
    ++m_run_depth;
    for (const auto& words : plan.commands) {
        for (const auto& start : plan.starts) {
            run_on_found(words, start, plan, action, line);
        }
    }
    --m_run_depth;
}

namespace {

// sh -c CODE _ {}: the code has the files themselves, not the folder, in its arguments.
void add_pattern(std::vector<shell::Word>& words, const FindPlan& plan) {
    const bool runs_code = is_shell(base_of(words.front().text)) &&
                           std::any_of(words.begin(), words.end(), [](const auto& word) { return word.text == "-c"; });
    if (runs_code && words.back().known() && !plan.work && (!plan.narrowed || !plan.pattern.empty())) {
        words.back().text += (ends_with(words.back().text, "/") ? "" : "/") + (plan.narrowed ? plan.pattern : std::string("*"));
    }
}

}  // namespace

// find -name 'id_*': files whose names are those of secrets.
bool Judge::names_secrets(const std::string& pattern) const {
    const auto with = [&](std::string_view part) {
        shell::Word word;
        word.text = replace_all(pattern, "*", part);
        return is_secret(word);
    };
    return pattern.size() > 2 && (with("rsa") || with(""));
}

// Judges a command that is run for everything found below `start`; {} stands for that.
void Judge::run_on_found(const std::vector<shell::Word>& words, const shell::Word& start, const FindPlan& plan, const Action& by,
                         const shell::Pipeline& line) {
    shell::Command inner;
    inner.span = by.span;
    for (const auto& word : words) {
        const auto at = word.text.find("{}");
        inner.words.push_back(word);
        if (word.text == "{}" && word.text.size() == 2) {
            inner.words.back() = start;
            inner.words.back().credential = start.credential || names_secrets(plan.pattern);
            add_pattern(inner.words, plan);
        } else if (at != std::string::npos && words.size() > 1) {
            inner.words.back().text = replace_all(word.text, "{}", start.text + (plan.name.empty() ? "" : "/" + plan.name));
        }
    }
    if (by.name == "fd" || by.name == "fdfind") {
        const bool placed = std::any_of(words.begin(), words.end(), [](const auto& w) { return w.text.find('{') != std::string::npos; });
        if (!placed) {
            inner.words.push_back(start);
        }
    }
    const bool takes_found = by.name == "fd" || by.name == "fdfind" ||
                             std::any_of(words.begin(), words.end(), [](const auto& w) { return w.text.find("{}") != std::string::npos; });
    // All of them are moved to the name of one file: the last one stays.
    const std::string& last = words.empty() ? by.name : words.back().text;
    const bool moves = !words.empty() && base_of(words.front().text) == "mv" && takes_found && !plan.one_name;
    if (moves && last.find("{}") == std::string::npos && names_one_file(last)) {
        find("file.discard", "all but the last of the files it finds", by.span);
    }
    Action run = unwrap(inner);
    run.over_tree = takes_found;
    run.narrowed = takes_found && plan.narrowed;
    run.of_work = takes_found && plan.work;
    run.privileged = run.privileged || by.privileged;
    if (std::any_of(inner.words.begin(), inner.words.end(), [](const shell::Word& word) { return word.credential; })) {
        shell::Pipeline alone;
        alone.span = by.span;
        alone.stages.push_back(inner);
        for (auto& word : alone.stages[0].words) {
            word.text += word.credential && word.known() && !plan.pattern.empty() ? "/" + plan.pattern : "";
        }
        run.args.assign(alone.stages[0].words.end() - static_cast<std::ptrdiff_t>(run.args.size()), alone.stages[0].words.end());
        const std::size_t from_network = m_network_stage;
        check_flow(alone, {run});
        m_network_stage = from_network;
    }
    this->action(run, line);
}

namespace {

// Index of the command behind sudo and the like.
std::size_t behind_wrappers(const shell::Command& stage) {
    std::size_t first = 0;
    while (first + 1 < stage.words.size() && any_of(stage.words[first].text, {"sudo", "doas", "command", "nice"})) {
        ++first;
    }
    return first;
}

// The filters from `first` to before `end` leave out little: sed s, grep -v, sort.
bool keeps_most(const shell::Pipeline& line, std::size_t first, std::size_t end) {
    for (std::size_t i = first; i < end; ++i) {
        const auto& words = line.stages[i].words;
        const std::string_view name = words.empty() ? std::string_view() : base_of(words[0].text);
        const bool edits = name == "sed" && words.size() > 1 && words[1].text.substr(0, 1) == "s";
        const bool drops = name == "grep" && words.size() > 1 && words[1].text[0] == '-' && words[1].text.find('v') != std::string::npos;
        if (!edits && !drops && name != "sort") {
            return false;
        }
    }
    return true;
}

shell::Word pattern(std::string text) {
    shell::Word word;
    word.text = std::move(text);
    word.glob = true;
    return word;
}

// ls / | sed 's|^|/|' | grep -v proc; cd ~ && ls -A | grep -v .config
void add_folders(const std::vector<shell::Word>& args, std::vector<shell::Word>& found) {
    for (const auto& word : args) {
        const bool folder = !word.text.empty() && (word.text[0] == '/' || word.tilde);
        found.insert(found.end(), folder ? 1 : 0, word);
    }
    if (std::none_of(args.begin(), args.end(), [](const shell::Word& word) { return word.text.substr(0, 1) != "-"; })) {
        found.push_back(pattern("*"));
    }
}

// What git ls-files, echo, printf and ls tell.
void add_listed(std::string_view name, const std::vector<shell::Word>& args, std::vector<shell::Word>& found) {
    if (name == "git" && !args.empty() && args.front().text == "ls-files") {
        // everything that is kept, unless the words after it pick some
        found.push_back(pattern(args.size() == 1 || args.back().text.substr(0, 1) == "-" ? "*" : args.back().text));
    } else if (any_of(name, {"echo", "printf", "ls"})) {
        for (const auto& word : args) {
            if (!word.text.empty() && word.text[0] != '-') {
                found.push_back(word);
                found.back().text = std::string(trim(replace_all(word.text, "\\n", "")));
            }
        }
        if (name == "ls" && found.empty()) {
            found.push_back(pattern("*"));
        }
    }
}

}  // namespace

// The words that xargs adds, as far as the command before it in the pipeline tells them.
Piped Judge::piped_words(const Action& action, const shell::Pipeline& line) const {
    Piped piped;
    std::vector<shell::Word>& found = piped.words;
    for (std::size_t i = 0; i + 1 < line.stages.size(); ++i) {
        const shell::Command& stage = line.stages[i];
        std::size_t end = i + 1;  // behind the filters
        while (end + 1 < line.stages.size() && !line.stages[end].words.empty() && is_list_filter(base_of(line.stages[end].words[0].text))) {
            ++end;
        }
        const bool next = line.stages[end].span.start <= action.span.start && action.span.end <= line.stages[end].span.end;
        if (!next || stage.words.empty()) {
            continue;
        }
        const std::size_t first = behind_wrappers(stage);
        const std::string& path = stage.words[first].text;
        const std::string name = path.substr(path.rfind('/') + 1);
        const std::vector<shell::Word> args(stage.words.begin() + static_cast<std::ptrdiff_t>(first) + 1, stage.words.end());
        if (name == "find" || is_fd(name)) {
            FindPlan plan = read_find(name, args);
            for (std::size_t k = i + 1; k < end; ++k) {
                filter_found(line.stages[k], plan);
            }
            piped.over_tree = true;
            piped.narrowed = plan.narrowed;
            piped.of_work = plan.work;
            found.insert(found.end(), plan.starts.begin(), plan.starts.end());
        } else if (end != i + 1 && name == "ls" && keeps_most(line, i + 1, end)) {
            add_folders(args, found);
        } else if (end == i + 1) {  // else which of the words are left is not known
            add_listed(name, args, found);
        }
    }
    if (found.empty()) {
        shell::Word unknown;
        unknown.text = std::string(1, shell::Word::k_unknown);
        found.push_back(unknown);
    }
    return piped;
}

}  // namespace caro::safety
