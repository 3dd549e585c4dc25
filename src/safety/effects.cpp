#include "safety/effects.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "safety/verbs.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

bool ends_with_slash(std::string_view text) { return !text.empty() && text.back() == '/'; }

// Programs in a place where everybody's are; one in another place only has the same name, perhaps.
bool in_standard_place(std::string_view path) {
    if (path.find('/') == std::string_view::npos) {
        return true;
    }
    for (const std::string_view folder : {"/bin/", "/usr/bin/", "/sbin/", "/usr/sbin/", "/usr/local/bin/", "/usr/local/sbin/",
                                          "/opt/homebrew/bin/", "/opt/local/bin/", "/snap/bin/"}) {
        if (starts_with(path, folder) && path.substr(folder.size()).find('/') == std::string_view::npos) {
            return true;
        }
    }
    return false;
}

// The C++ logic that knows the command.
std::string_view engine_of(const Spec& spec) {
    constexpr std::array<std::pair<std::string_view, std::string_view>, 20> k_engines = {{
        {"find", "find"},   {"gfind", "find"}, {"fd", "find"},     {"fdfind", "find"}, {"kill", "kill"},
        {"sh", "shell"},    {"bash", "shell"}, {"zsh", "shell"},   {"dash", "shell"},  {"ksh", "shell"},
        {"ash", "shell"},   {"fish", "shell"}, {"csh", "shell"},   {"tcsh", "shell"},  {"eval", "shell"},
        {"source", "shell"}, {".", "shell"},   {"trap", "shell"},  {"alias", "shell"},
        {"compgen", "shell"},
    }};
    if (!spec.engine.empty()) {
        return spec.engine;
    }
    const auto it = std::find_if(k_engines.begin(), k_engines.end(), [&](const auto& row) { return row.first == spec.id; });
    return it == k_engines.end() ? std::string_view() : it->second;
}

}  // namespace

Effects::Effects(Judge& judge, const Action& action, const shell::Pipeline& line, const Spec& spec)
    : m_judge(judge), m_action(action), m_line(line), m_spec(spec),
      m_reading(read_words(spec, action.args, judge.m_scene.platform)),
      m_narrowed(action.narrowed) {
    constexpr std::array<std::string_view, 9> k_narrowing = {"grep", "egrep", "fgrep", "rg", "awk", "head", "tail", "sed", "fzf"};
    const auto narrows = [&](const shell::Command& stage) {
        return !stage.words.empty() &&
               std::find(k_narrowing.begin(), k_narrowing.end(), stage.words.front().text) != k_narrowing.end();
    };
    if (action.args_from_input && std::none_of(line.stages.begin(), line.stages.end(), narrows)) {
        m_reading.flags.emplace_back("piped-all");
    }
}

PathClass Effects::class_of(const shell::Word& word) const { return m_judge.class_of(word); }

// The change reaches everything below the path.
bool Effects::sweeps() const {
    return !m_narrowed && (m_reading.has("recursive") || m_spec.id == "rimraf" || m_action.over_tree || m_over_tree);
}

const shell::Word* Effects::operand_with(Role role) const {
    for (const auto* list : operand_role_lists(m_reading)) {
        const auto roles = roles_of(m_reading, *list);
        for (std::size_t i = 0; i < roles.size(); ++i) {
            if (roles[i] != nullptr && roles[i]->role == role) {
                return m_reading.operands[i].word;
            }
        }
    }
    for (const auto& given : m_reading.options) {
        for (const auto& use : given.option->roles) {
            if (use.role == role && !given.values.empty()) {
                return given.values.front();
            }
        }
    }
    return nullptr;
}

bool Effects::informs() const {
    return !m_reading.options.empty() && m_reading.options.front().at == 0 && m_reading.options.front().option->has_flag("help") &&
           !m_action.args.empty();
}

// perl -c runs BEGIN blocks and what modules do when they are loaded.
bool Effects::runs_while_compiling() const {
    return m_spec.id == "perl" && std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) {
        return word.text.find("BEGIN") != std::string::npos || word.text.find("CHECK") != std::string::npos || !word.known();
    });
}

void Effects::judge() {
    if (engine_of(m_spec) == "kill") {
        kill();  // -KILL is a signal, no bundle of letters
        return;
    }
    if ((m_reading.has("help") || m_reading.has("dry-run")) && !runs_while_compiling()) {
        return;  // it only tells
    }
    const std::string folder = m_judge.m_cwd;
    if (!m_action.folder.empty()) {
        m_judge.m_cwd = normalized(m_action.folder, folder);
    }
    if (const auto* where = operand_with(Role::chdir)) {
        m_judge.m_cwd = where->known() ? normalized(where->text, m_judge.m_cwd) : "";
    }
    const std::size_t before = m_judge.m_findings.size();
    if (m_reading.has("read-only")) {
        dangers(true);
    } else {
        options();
        settings();
        operands();
        pairs();
        requests();
        plain_source();
        protocol();
        services();
        all_listed();
        puts();
        losses();
        const std::string_view engine = engine_of(m_spec);
        if (engine == "find") {
            m_judge.check_find(m_action, m_line);
        }
        extraction();
        serve();
        host_paths();
        planned();
        input_code();
        dangers(false);
        lower_for_questions(before);
        if (m_judge.m_findings.size() == before) {
            class_floor();
        }
    }
    m_judge.m_cwd = folder;
}

// at now <<< CODE, python3 <<< CODE
void Effects::input_code() {
    const std::string& input = m_reading.spec->input;
    const bool takes_name = !m_reading.spec->operands.empty() && m_reading.spec->operands.front().role != Role::code &&
                            input == "code.sql" && m_reading.operands.size() <= 3;  // sqlite3 DATABASE
    const bool other_code = !m_reading.operands.empty() && input != "code.sh" && !takes_name;
    if (input.substr(0, 5) != "code." || engine_of(m_spec) == "shell" || m_code_seen || other_code) {
        return;
    }
    const bool here = std::any_of(m_action.redirects.begin(), m_action.redirects.end(),
                                  [](const auto* redirect) { return redirect->op.substr(0, 2) == "<<"; });
    if (!here && m_action.input) {  // printf 'FLUSHALL' | redis-cli
        shell::Word piped;
        piped.text = *m_action.input;
        code(input.substr(5), piped);
    }
    for (const auto* redirect : m_action.redirects) {
        if (redirect->op == "<<" || redirect->op == "<<<" || redirect->op == "<<-") {
            if (m_judge.nested_fetch(redirect->target) && input != "code.sql") {
                m_judge.find("execute.download", "", m_action.span);
            }
            code(input.substr(5), redirect->target);
        }
    }
}

void Effects::options() {
    shell::Word joined;  // osascript -e LINE -e LINE: one program
    std::string language;
    int lines = 0;
    for (const auto& given : m_reading.options) {
        for (const auto& role : given.option->roles) {
            for (const auto* value : given.values) {
                use(role, *value);
                if (role.role == Role::code && (lines == 0 || role.language == language)) {
                    language = role.language;
                    joined.text += (lines++ > 0 ? "\n" : "") + value->text;
                }
            }
        }
        for (const auto* value : given.values) {  // tar --checkpoint-action=exec=CODE
            if (given.option->has_flag("checkpoint") && starts_with(value->text, "exec=")) {
                m_judge.nested(std::string_view(value->text).substr(5), m_action);
            }
        }
    }
    if (lines > 1 && engine_of(m_spec) != "shell") {
        code(language, joined);
    }
}

void Effects::operands() {
    for (const auto* list : operand_role_lists(m_reading)) {
        const auto roles = roles_of(m_reading, *list);
        shell::Word joined;  // a program in several words: redis-cli SET a b
        const RoleUse* joined_role = nullptr;
        for (std::size_t i = 0; i < roles.size(); ++i) {
            const bool text = roles[i] != nullptr && roles[i]->many &&
                              (roles[i]->role == Role::code || roles[i]->role == Role::shell ||
                               roles[i]->role == Role::command);
            if (text) {
                if (any_of(m_reading.operands[i].word->text, {"Enter", "C-m", "KPEnter"}) && any_of(m_action.name, {"tmux", "byobu"})) {
                    continue;  // tmux send-keys 'CODE' Enter
                }
                joined.text += (joined_role == nullptr ? "" : m_spec.id == "sqlite3" ? "\n;" : " ") + m_reading.operands[i].word->text;
                joined_role = roles[i];
            } else if (roles[i] != nullptr) {
                use(*roles[i], *m_reading.operands[i].word);
            }
        }
        if (joined_role != nullptr && engine_of(m_spec) != "shell") {
            code(joined_role->role == Role::code ? joined_role->language : "sh", joined);
        }
        // xargs rm: what is deleted comes from the pipe.
        const auto many = std::find_if(list->begin(), list->end(), [](const RoleUse& use) { return use.many; });
        if (m_action.args_from_input && many != list->end() && engine_of(m_spec) != "find") {
            const Piped piped = m_judge.piped_words(m_action, m_line);
            m_over_tree = piped.over_tree;
            m_narrowed = piped.narrowed;
            m_of_work = piped.of_work;
            for (const auto& word : piped.words) {
                use(*many, word);
            }
        }
    }
}

void Effects::use(const RoleUse& role, const shell::Word& found) {
    if (m_narrowed && role.role == Role::remove) {
        m_judge.delete_found(found, m_action, true, m_action.of_work || m_of_work);
        return;
    }
    if (role.role == Role::remove && remove_read(found)) {
        return;
    }
    shell::Word word = found;
    if (m_narrowed && normalized(word.text, m_judge.m_cwd) == "/dev") {
        word.text = "/dev/sda";  // one of the disks, perhaps
    } else if (m_narrowed && word.known() && !m_judge.is_secret(word)) {
        word.text += "/found";  // not the folder itself, but something in it
    }
    switch (role.role) {
        case Role::permissions: permissions(word); break;
        case Role::mode:
            if (!minus_mode().empty()) {
                permissions(word);  // chmod -x FILE: the mode stands before it
            }
            break;
        case Role::ownership: ownership(word); break;
        case Role::volume: volume(word); break;
        case Role::send: send(word, false); break;
        case Role::senddata: send(word, true); break;
        case Role::code:
            if (engine_of(m_spec) != "shell") {
                code(role.language, word);
            }
            break;
        case Role::script:
            if (engine_of(m_spec) != "shell") {
                script(role.language, word);
            }
            break;
        case Role::plugin: m_judge.find("command.unknown", shown(word), m_action.span); break;
        case Role::command:
        case Role::shell: break;  // judged as a whole
        default: use_file(role.role, word); break;
    }
}

// truncate -s 10M, -s +1K: nothing of a new or smaller file is lost.
bool Effects::grows() const {
    return std::any_of(m_reading.options.begin(), m_reading.options.end(), [](const GivenOption& given) {
        const std::string_view size = given.values.empty() ? std::string_view() : std::string_view(given.values.front()->text);
        return given.name == "--size" || given.name == "-s"
                   ? !size.empty() && (size[0] == '+' || size[0] == '>' || size[0] == '%' || (size[0] >= '1' && size[0] <= '9'))
                   : given.name == "-r" || given.name == "--reference";
    });
}

void Effects::use_file(Role role, const shell::Word& word) {
    if (word.text == "-" && role != Role::remove) {
        return;  // standard input or output
    }
    const bool appends = m_reading.has("append");
    if (m_narrowed && m_action.over_tree && m_action.of_work && is_protected(class_of(word)) && (role == Role::write || role == Role::truncate)) {
        m_judge.find("file.discard", shown(word), m_action.span);
        return;
    }
    const bool of_all = !m_narrowed && (m_action.over_tree || m_over_tree) && is_protected(class_of(word));
    if (of_all && (role == Role::write || role == Role::truncate || role == Role::modify)) {
        m_judge.find("file.overwrite-system", shown(word), m_action.span);
        return;
    }
    switch (role) {
        case Role::write:
            m_judge.write_target(word, m_action, appends ? Writing::append : Writing::overwrite);
            break;
        case Role::download: m_judge.write_target(word, m_action, Writing::overwrite); break;
        case Role::append: m_judge.write_target(word, m_action, Writing::append); break;
        case Role::modify:
            m_judge.write_target(word, m_action, m_empties ? Writing::truncate : Writing::modify);
            break;
        case Role::truncate: m_judge.write_target(word, m_action, grows() ? Writing::modify : Writing::truncate); break;
        case Role::create:
            m_judge.write_target(word, m_action, m_reading.has("force") ? Writing::overwrite : Writing::create);
            break;
        case Role::remove: m_judge.delete_target(word, m_action, sweeps()); break;
        case Role::move: m_judge.move_source(word, m_action, operand_with(Role::write)); break;
        case Role::device:
            if (only_looks()) {
                break;
            }
            if (class_of(word) == PathClass::device || class_of(word) == PathClass::unknown) {
                m_judge.find("device.write", shown(word), m_action.span);
            } else {
                m_judge.find("state.change", shown(word), m_action.span);
            }
            break;
        case Role::attributes:
            if ((sweeps() && (is_protected(class_of(word)) || class_of(word) == PathClass::system_core)) ||
                is_vital(normalized(word.text, m_judge.m_cwd))) {
                m_judge.find("permission.system", shown(word), m_action.span);
            } else {
                m_judge.find("state.change", shown(word), m_action.span);
            }
            break;
        case Role::archive:
            if (m_reading.has("create")) {
                m_judge.write_target(word, m_action, swapped_archive(word) ? Writing::truncate : Writing::overwrite);
            }
            break;
        default: break;
    }
}

// tar czf config.yml backup.tgz: the file to be packed stands where the archive belongs.
bool Effects::swapped_archive(const shell::Word& archive) const {
    constexpr std::array<std::string_view, 14> k_packed = {".tar", ".tgz", ".tbz", ".txz", ".tbz2", ".gz", ".bz2", ".xz", ".zst", ".lz4", ".lzma", ".Z", ".zip", ".7z"};
    const auto packed = [&](std::string_view name) {
        return std::any_of(k_packed.begin(), k_packed.end(), [name](std::string_view end) { return ends_with(name, end); });
    };
    const std::string_view name = base_name(archive.text);
    const bool other = archive.known() && name.find('.') != std::string_view::npos && name.find('.') > 0 && !packed(name) && !starts_with(archive.text, "/dev/");
    return other && std::any_of(m_reading.operands.begin(), m_reading.operands.end(), [&](const auto& operand) { return packed(operand.word->text); });
}

// What only source and target together tell: cp passwd /etc/, cp /dev/null FILE, rsync --delete empty/ /.
void Effects::pairs() {
    const shell::Word* target = operand_with(Role::write);
    const bool nothing = std::any_of(m_action.args.begin(), m_action.args.end(),
                                     [](const shell::Word& word) { return word.text == "if=/dev/null"; });
    if (m_spec.id == "dd" && nothing && target != nullptr) {
        m_judge.write_target(*target, m_action, Writing::truncate);
    }
    const bool noise = std::any_of(m_action.args.begin(), m_action.args.end(), [](const shell::Word& word) {
        return word.text == "if=/dev/zero" || word.text == "if=/dev/urandom" || word.text == "if=/dev/random";
    });
    if (m_spec.id == "dd" && noise && target != nullptr && is_work(target->text)) {
        m_judge.find("file.discard", shown(*target), m_action.span);
    }
    if (target == nullptr) {
        return;
    }
    for (const auto& operand : m_reading.operands) {
        if (operand.word == target || !operand.word->known() || !target->known()) {
            continue;
        }
        const std::string path = normalized(target->text, m_judge.m_cwd);
        if (operand.word->text == "/dev/null" && m_action.name != "ln") {
            m_judge.write_target(*target, m_action, Writing::truncate);
        } else if (is_core_folder(path) || ends_with_slash(target->text)) {
            shell::Word inside = *target;
            const std::string& source = operand.word->text;
            inside.text = path + "/" + source.substr(source.rfind('/') + 1);
            if (is_vital(normalized(inside.text, "")) || grants_rights(normalized(inside.text, ""))) {
                m_judge.write_target(inside, m_action, Writing::overwrite);
            }
        }
    }
    if (m_reading.has("delete") || m_reading.has("delete-extraneous")) {
        shell::Word all = *target;
        const auto colon = all.text.find(':');
        if (colon != std::string::npos && colon < all.text.find('/')) {
            all.text.erase(0, colon + 1);  // HOST:/home is a home too
        }
        all.text += "/*";
        all.glob = true;
        m_judge.delete_target(all, m_action, true);
    }
}

bool Effects::asks_first() const {
    const std::size_t asks = m_reading.last_with("interactive");
    const std::size_t forces = m_reading.last_with("force");
    const bool answered = m_line.stages.size() > 1 || m_action.args_from_input ||
                          std::any_of(m_action.redirects.begin(), m_action.redirects.end(),
                                      [](const auto* redirect) { return starts_with(redirect->op, "<"); });
    return asks < m_reading.options.size() && (forces == m_reading.options.size() || asks > forces) && !answered;
}

// A command that asks before each deletion is one step less dangerous.
void Effects::lower_for_questions(std::size_t first) {
    if (!asks_first()) {
        return;
    }
    for (std::size_t i = first; i < m_judge.m_findings.size(); ++i) {
        Finding& finding = m_judge.m_findings[i];
        if (starts_with(finding.rule, "delete.") && finding.risk > Risk::moderate) {
            finding.risk = finding.risk == Risk::critical ? Risk::high : Risk::moderate;
        }
    }
}

void Effects::class_floor() {
    if (engine_of(m_spec) == "shell" && (!m_action.args.empty() || !m_action.redirects.empty() || m_action.input)) {
        return;  // what it runs is judged
    }
    const auto prints = [this](const GivenOption& given) {  // wget -O -
        const auto is_download = [](const RoleUse& use) { return use.role == Role::download || use.role == Role::write; };
        return m_spec.id == "wget" && !given.values.empty() && given.values.front()->text == "-" &&
               std::any_of(given.option->roles.begin(), given.option->roles.end(), is_download);
    };
    const auto shows = [this](const GivenOption& given) {  // python3 -m json.tool
        constexpr std::array<std::string_view, 8> k_modules = {"json.tool", "platform", "sysconfig", "calendar",
                                                               "timeit",    "pydoc",    "tokenize",  "this"};
        return m_spec.id == "python" && given.name == "-m" && !given.values.empty() &&
               std::find(k_modules.begin(), k_modules.end(), given.values.front()->text) != k_modules.end();
    };
    const bool only_tells = std::any_of(m_reading.options.begin(), m_reading.options.end(),
                                        [&](const GivenOption& given) { return prints(given) || shows(given); });
    if (!m_reading.has("writes") && only_tells) {
        return;
    }
    const bool writes = m_reading.spec->kind == CommandClass::write && !m_code_seen && !(m_wraps && m_spec.privilege);
    if (writes || m_reading.has("writes")) {
        m_judge.find("state.change", m_action.name, m_action.span);
        unlisted();
    }
}

// What a wrapper does itself: strace -o FILE, docker run -v /:/x. The command it runs is judged apart.
void Judge::wrapper_effects(const std::vector<shell::Word>& words, const Inner& inner, const shell::Span& span) {
    Action wrapper;
    wrapper.span = span;
    wrapper.path = words.front().text;
    wrapper.name = inner.spec->id;
    wrapper.args.assign(words.begin() + 1, words.end());
    const shell::Pipeline alone;
    Effects effects(*this, wrapper, alone, *inner.spec);
    effects.wraps();
    effects.judge();
    wrapper.name = wrapper.path.substr(wrapper.path.rfind('/') + 1);
    check_handed(wrapper);
}

bool Judge::check_effects(const Action& act, const shell::Pipeline& line) {
    check_user_rules(act);
    if (act.name.empty() && act.name_known && !act.path.empty()) {
        find("command.unknown", act.path, act.span);
    }
    if (act.called || act.name.empty()) {
        return true;  // its body is judged where it stands
    }
    if (act.path.find('/') != std::string::npos && arrived(act.path, Arrival::command)) {
        find("execute.download", "", act.span);
        return true;
    }
    const bool bare = act.path.find('/') == std::string::npos && !m_arrivals.empty();
    if (bare && act.path.find('.') != std::string::npos && arrived(act.path, Arrival::load)) {
        find("execute.download", "", act.span);  // u.exe: cmd looks in the working folder
    }
    const bool by_name = bare && std::any_of(m_arrivals.files.begin(), m_arrivals.files.end(), [&act](const std::string& file) {
        const auto slash = file.rfind('/');  // /usr/local/bin/NAME, ~/bin/NAME
        return slash != std::string::npos && file.compare(slash + 1, std::string::npos, act.path) == 0 && slash >= 4 && file.compare(slash - 4, 4, "/bin") == 0;
    });
    if (by_name) {
        find("execute.download", "", act.span);
    }
    if (!in_standard_place(act.path)) {
        find("command.unknown", act.path, act.span);
    }
    if (check_windows_shell(act) || init_script(act, line)) {
        return true;
    }
    if (const Spec* spec = knowledge().command(act.name)) {
        Effects effects(*this, act, line, *spec);
        effects.judge();
        return effects.informs();
    }
    if (const std::string_view told = told_by_words(act.name, act.args); !told.empty()) {
        find(told, act.name, act.span);
    }
    find("command.unknown", act.name, act.span);
    return false;
}

}  // namespace caro::safety
