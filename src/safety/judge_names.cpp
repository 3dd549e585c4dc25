// Names that stand for something else: copies of programs, links to folders, patterns for programs, files named like
// options.
#include <algorithm>
#include <array>

#include "safety/handed.hpp"
#include "safety/judge.hpp"
#include "safety/knowledge.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// The folder behind /proc/self/cwd and /proc/PID/cwd, where `path` begins with it; its length in `path`, or 0.
std::size_t working_folder_link(std::string_view path) {
    const auto end = path.substr(0, 6) == "/proc/" ? path.find("/cwd", 6) : std::string_view::npos;
    if (end == std::string_view::npos || (end + 4 < path.size() && path[end + 4] != '/')) {
        return 0;
    }
    const std::string_view process = path.substr(6, end - 6);
    const bool own = process == "self" || process == "thread-self" || process.find_first_not_of("0123456789") == std::string_view::npos;
    return own ? end + 4 : 0;
}

bool is_device(std::string_view path) { return path.substr(0, 5) == "/dev/" && path != "/dev/null" && path.find('/', 5) == std::string_view::npos; }

bool is_glob(std::string_view text) { return text.find_first_of("*?[") != std::string_view::npos; }

}  // namespace

// The program that runs under another name: zf_rm of zsh/files, /proc/self/exe of a shell; or "".
std::string Judge::other_name(const Action& act) const {
    constexpr std::array<std::string_view, 8> k_of_zsh = {"chgrp", "chmod", "chown", "ln", "mkdir", "mv", "rm", "rmdir"};
    const std::string_view zsh = std::string_view(act.name).substr(0, 3) == "zf_" ? std::string_view(act.name).substr(3) : std::string_view();
    if (std::find(k_of_zsh.begin(), k_of_zsh.end(), zsh) != k_of_zsh.end()) {
        return std::string(zsh);
    }
    if (act.path.substr(0, 6) == "/proc/" && act.path.size() > 10 && act.path.substr(act.path.size() - 4) == "/exe") {
        return "bash";
    }
    return "";
}

// cp /bin/rm x, ln -s /bin/rm x, hash -p /bin/rm x: x does what rm does.
void Judge::note_programs(const Action& act) {
    constexpr std::array<std::string_view, 5> k_copying = {"cp", "ln", "mv", "install", "hash"};
    if (std::find(k_copying.begin(), k_copying.end(), act.name) == k_copying.end() || m_programs.size() > 100) {
        return;
    }
    const auto words = act.operands();
    if (words.size() != 2) {
        return;
    }
    const std::string& from = words[0]->text;
    if (from.find("bin/") != std::string::npos && from[0] == '/' && words[0]->known() && words[1]->known()) {
        const std::string& to = words[1]->text;
        const std::string path = normalized(to, m_cwd);
        m_programs[act.name == "hash" ? to : path] = std::string(base_name(from));
        const std::string_view folder = std::string_view(path).substr(0, path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
        const bool in_path = (folder.size() > 3 && folder.substr(folder.size() - 3) == "bin") || contains(m_source, "PATH=") || contains(m_source, "path=(");
        if (in_path) {
            m_programs[std::string(base_name(path))] = std::string(base_name(from));  // it is found by its name alone
        }
    }
}

// mv ~/Music /tmp/x: deleting /tmp/x deletes the music.
void Judge::note_moves(const Action& act) {
    const bool moves = any_of(act.name, {"mv", "gmv"}) || (act.name == "rsync" && act.has("--remove-source-files"));
    const auto words = act.operands();
    if (!moves || words.size() < 2 || m_moved.size() > 50 || !words.back()->known() || act.has("-t")) {
        return;
    }
    const std::string target = normalized(words.back()->text, m_cwd);
    for (std::size_t i = 0; i + 1 < words.size(); ++i) {
        const std::string source(words[i]->text.substr(0, words[i]->text.find_last_not_of('/') + 1));
        if (words[i]->known() && !source.empty() && !target.empty()) {
            m_moved[target] = *words[i];
            m_moved[target + "/" + std::string(base_name(source))] = *words[i];
        }
    }
}

// Where what is at `path` now was before, or nullptr.
const shell::Word* Judge::moved_from(const std::string& path) const {
    const auto found = m_moved.find(path.size() > 2 && ends_with(path, "/*") ? path.substr(0, path.size() - 2) : path);
    return found == m_moved.end() ? nullptr : &found->second;
}

// ln -s /home x, mount --bind /home x: what lies below x lies in /home.
void Judge::note_links(const Action& act) {
    if (act.name == "mknod") {  // mknod x b 8 0: another name of the first disk
        const auto words = act.operands();
        if (words.size() > 2 && words[1]->text == "b" && m_links.size() < 50) {
            m_links[normalized(words[0]->text, m_cwd)] = "/dev/sda";
        } else if (words.size() > 3 && words[1]->text == "c" && words[2]->text == "1" && words[3]->text == "1") {
            m_links[normalized(words[0]->text, m_cwd)] = "/dev/mem";
        }
        return;
    }
    if (!any_of(act.name, {"ln", "mount", "bindfs"}) || m_links.size() > 50) {
        return;
    }
    std::vector<const shell::Word*> paths;
    for (const auto* word : act.operands()) {
        const bool value = word != act.args.data() && any_of((word - 1)->text, {"-o", "-t", "--types", "--options"});
        if (!value) {
            paths.push_back(word);
        }
    }
    const bool disk = !paths.empty() && is_device(paths[0]->text);
    const bool hard = act.name == "ln" && !disk && !act.has("-s") && !act.has("--symbolic");
    if (hard || paths.size() != 2 || !paths[0]->known() || !paths[1]->known()) {
        return;
    }
    const std::string from = normalized(paths[0]->text, m_cwd);
    const std::string to = normalized(paths[1]->text, m_cwd);
    const auto base = [](const std::string& path) { return std::string_view(path).substr(path.rfind('/') + 1); };
    if (base(to) == "default.target" && any_of(base(from), {"poweroff.target", "reboot.target", "halt.target", "kexec.target", "emergency.target", "rescue.target"})) {
        find("system.cuts-off", "the start of the machine", act.span);
    } else if (from == "/dev/null" && to.compare(0, 20, "/etc/systemd/system/") == 0) {  // systemctl mask
        later("systemctl mask " + std::string(base(to)), act);
    }
    if (from != to && !to.empty() && to != "/") {
        m_links[to] = from;
    }
}

// touch -- '--checkpoint-action=exec=sh x': a later * gives these names as options.
void Judge::note_names(const Action& act) {
    const auto note = [&](const shell::Word& word) {
        const std::string name(base_name(word.text));
        if (name.size() > 2 && name[0] == '-' && word.known() && m_option_names.size() < 20) {
            m_option_names.push_back(name);
        }
    };
    if (any_of(act.name, {"touch", "mkdir"})) {
        for (const auto* word : act.operands()) {
            note(*word);
        }
    }
    for (const auto* redirect : act.redirects) {
        if (redirect->op[0] == '>' && redirect->op != ">&") {
            note(redirect->target);
        }
    }
}

// Puts in what links stand for, and files that a * gives as options. False if nothing changes.
bool Judge::rewrite(const Action& act, Action& into) const {
    const bool process = std::any_of(act.args.begin(), act.args.end(),
                                     [](const shell::Word& word) { return working_folder_link(word.text) > 0; });
    if (act.rewritten || (m_links.empty() && m_option_names.empty() && !process)) {
        return false;
    }
    into = act;
    into.rewritten = true;
    bool changed = false;
    std::vector<shell::Word> more;
    for (auto& word : into.args) {
        const bool all = word.glob && word.text.find('/') == std::string::npos && !word.text.empty() && word.text[0] != '-';
        for (const auto& name : m_option_names) {
            if (all && glob_match(word.text, name)) {
                more.push_back(word);
                more.back().text = name;
                more.back().glob = false;
                changed = true;
            }
        }
        if (const std::size_t link = working_folder_link(word.text); link > 0 && !m_cwd.empty()) {
            word.text = (m_cwd == "/" ? "" : m_cwd) + word.text.substr(link);
            changed = true;
        }
        const std::string path = normalized(word.text, m_cwd);
        for (const auto& [link, target] : m_links) {
            const bool below = path.size() > link.size() && path.compare(0, link.size(), link) == 0 && path[link.size()] == '/';
            const bool device = is_device(target) && !any_of(act.name, {"rm", "ln", "mv", "unlink", "ls", "stat", "readlink", "mknod"});
            const bool itself = path == link && (word.text.back() == '/' || act.name == "find" || device);
            const std::size_t sign = word.text.find("of=") == 0 ? 3 : 0;
            if (sign > 0 && is_device(target) && normalized(word.text.substr(sign), m_cwd) == link) {  // dd of=LINK
                word.text = "of=" + target;
                changed = true;
            } else if (below || itself) {
                word.text = target + path.substr(link.size());
                word.tilde = false;
                changed = true;
                break;
            }
        }
    }
    into.args.insert(into.args.end(), more.begin(), more.end());
    return changed;
}

// The folder that cd leads to.
std::string Judge::entered(const std::string& folder) const {
    const bool searched = !m_search.empty() && !folder.empty() && folder[0] != '/' && folder[0] != '.';
    std::string path = normalized(searched ? m_search.substr(0, m_search.find(':')) + "/" + folder : folder, m_cwd);
    const auto link = m_links.find(path);
    return link == m_links.end() ? path : link->second;
}

// & NAME, . NAME of PowerShell.
bool Judge::called_by_mark(const Action& act) const {
    const auto before = m_source.substr(0, std::min(act.span.start, m_source.size())).find_last_not_of(" \t");
    return before != std::string_view::npos && (m_source[before] == '&' || m_source[before] == '.');
}

// The name is only known at run time.
void Judge::unknown_name(const Action& act, const shell::Pipeline& line) {
    if (m_windows == Windows::powershell && !called_by_mark(act)) {
        return;  // ? and % are programs there, @{…} and $x are values; the text was judged as PowerShell
    }
    if (!globbed_name(act, line)) {
        find(act.name_fetched || m_network_descriptor ? "execute.download" : "execute.unknown", "", act.span);
    }
    // What is called is not known, but what it is called with: $(…) -rf /home, $x if=/dev/zero of=/dev/sda.
    const auto given = [&act](auto holds) { return std::any_of(act.args.begin(), act.args.end(), holds); };
    const bool recursive = given([](const shell::Word& word) {
        return word.text.size() > 1 && word.text[0] == '-' && word.text[1] != '-' && word.text.find_first_of("rR") != std::string::npos;
    });
    const bool to_device = given([](const shell::Word& word) { return word.text.substr(0, 8) == "of=/dev/"; });
    const bool protects = recursive && (act.has("-f") || act.has("--force")) && given([this](const shell::Word& word) {
        return word.text[0] != '-' && is_protected(class_of(word));
    });
    if (protects || to_device) {
        Action guess = act;
        guess.name = guess.path = to_device ? "dd" : "rm";
        guess.name_known = true;
        action(guess, line);
    }
    const std::string rest = replace_all(act.path, std::string(1, shell::Word::k_unknown), "");
    if (act.name_may_shrink && !rest.empty()) {  // r${x}m
        Action guess = act;
        guess.path = rest;
        guess.name = std::string(base_name(rest));
        guess.name_known = true;
        action(guess, line);
    }
}

// /bin/r[m], /usr/sbin/mkfs.e*4: judged as each of the programs that have such a name. False if these are too many to
// tell what runs, or none.
bool Judge::globbed_name(const Action& act, const shell::Pipeline& line) {
    static const std::vector<std::string> s_names = knowledge().names();
    constexpr std::array<std::string_view, 16> k_worst = {"rm", "dd", "mv", "chmod", "chown", "shred", "mkfs", "sh",
                                                          "bash", "find", "curl", "wget", "nc", "truncate", "python3", "perl"};
    constexpr std::size_t k_most = 8;
    const std::string_view pattern = base_name(act.path);
    const bool glob = act.path.find(shell::Word::k_unknown) == std::string::npos && is_glob(act.path);
    if (!glob || pattern.find_first_not_of("*") == std::string_view::npos) {
        return false;
    }
    std::vector<std::string_view> found;
    const bool plain = !is_glob(pattern);
    for (const auto& name : s_names) {
        if (plain ? name == pattern : found.size() <= k_most && glob_match(pattern, name)) {
            found.push_back(name);
        }
    }
    const auto literal = std::count_if(pattern.begin(), pattern.end(), [](char c) { return c != '*' && c != '?'; });
    const bool few = !found.empty() && found.size() <= k_most && literal >= 2 && act.path[0] == '/';
    if (!few) {
        found.clear();
        for (const auto name : k_worst) {
            if (glob_match(pattern, name)) {
                found.push_back(name);
            }
        }
    }
    for (const auto name : found) {
        Action guess = act;
        guess.name = guess.path = name;
        guess.name_known = true;
        action(guess, line);
    }
    return few;
}

// What is run, and what it is given.
void Judge::name_action(const std::vector<shell::Word>& words, Action& made) const {
    made.path = words.front().text;
    const std::string& first = words.front().text;
    // /???/nc is nc, wherever it lies.
    const bool base_known = !first.empty() && first[0] == '/' && !base_name(first).empty() && base_name(first).find_first_of("*?[") == std::string_view::npos;
    made.name_known = words.front().known() && (!words.front().glob || first == "[" || first == "[[" || base_known);
    made.name_fetched = !made.name_known && nested_fetch(words.front());
    made.name_may_shrink = words.front().unset_variable;
    const bool scoped = made.path.substr(0, 1) == "@";  // npx @angular/cli
    made.name = !made.name_known ? "" : scoped ? made.path : std::string(base_name(made.path));
    made.args.assign(words.begin() + 1, words.end());
}

// The definitions of the functions that a bash started by the command finds in its environment.
std::string Judge::exported_functions(const Action& by) const {
    std::string made;
    if (by.name != "bash" || by.privileged) {
        return made;
    }
    for (const auto& [name, span] : m_script.exported) {
        const std::string_view text = span.end <= m_source.size() && span.start < span.end ? m_source.substr(span.start, span.end - span.start) : std::string_view();
        if (starts_with(text, name) || starts_with(text, "function")) {
            made += std::string(text) + "\n";
        }
    }
    return made;
}

// env -S 'rm -rf' FILE is env rm -rf FILE
void Judge::split_env(std::vector<shell::Word>& words) {
    const std::string option = words.size() > 2 && any_of(base_name(words[0].text), {"env", "genv"}) ? words[1].text : "";
    if (!any_of(option, {"-S", "--split-string", "-vS", "-iS"}) || !words[2].known() || words[2].text.find_first_of("\\$") != std::string::npos) {
        return;  // its escapes and variables are read elsewhere
    }
    std::vector<shell::Word> made = {words[0]};
    for (const auto& text : plain_words(words[2].text)) {
        made.push_back(words[2]);
        made.back().text = text;
        made.back().tilde = false;
    }
    made.insert(made.end(), words.begin() + 3, words.end());
    words = std::move(made);
}

// parted FILE mklabel gpt: the partitions of an image, not of a disk; of one that is made here or passing, nothing is lost.
void Judge::lower_image(std::size_t first, const Action& act) {
    if (act.name != "parted") {
        return;
    }
    const auto operands = act.operands();
    const std::string path = !operands.empty() && operands.front()->known() ? normalized(operands.front()->text, m_cwd) : "";
    const bool image = !path.empty() && !starts_with(path, "/dev/") && (path.find('.') != std::string::npos || starts_with(path, "/tmp/"));
    const bool made_here = image && (starts_with(path, "/tmp/") || starts_with(path, "/var/tmp/") || contains(m_source.substr(0, act.span.start), operands.front()->text));
    const Risk most = made_here ? Risk::moderate : Risk::high;
    for (std::size_t i = first; image && i < m_findings.size(); ++i) {
        m_findings[i].risk = m_findings[i].rule == act.name ? std::min(m_findings[i].risk, most) : m_findings[i].risk;
    }
}

}  // namespace caro::safety
