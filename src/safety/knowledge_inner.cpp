// Commands that run other commands.
#include <algorithm>
#include <cctype>

#include "safety/knowledge.hpp"
#include "safety/option_reader.hpp"
#include "safety/paths.hpp"
#include "util/strings.hpp"

namespace caro::safety {

namespace {

// Index of the operand that begins the other command, and its role; operands.size() if there is none.
std::size_t inner_operand(const Reading& reading, Role& role) {
    for (const auto* list : operand_role_lists(reading)) {
        const auto roles = roles_of(reading, *list);
        for (std::size_t i = 0; i < roles.size(); ++i) {
            if (roles[i] != nullptr && (roles[i]->role == Role::command || roles[i]->role == Role::shell)) {
                role = roles[i]->role;
                return i;
            }
        }
    }
    return reading.operands.size();
}

bool has_privilege(const Spec* spec) {
    for (; spec != nullptr; spec = spec->parent) {
        if (spec->privilege) {
            return true;
        }
    }
    return false;
}

// type=bind,source=/x,target=/y
std::string field_of(std::string_view text, std::initializer_list<std::string_view> keys) {
    for (const auto key : keys) {
        const auto at = text.find(key);
        if (at != std::string_view::npos && (at == 0 || text[at - 1] == ',')) {
            const std::string_view rest = text.substr(at + key.size());
            return std::string(rest.substr(0, rest.find(',')));
        }
    }
    return "";
}

bool has_role(const std::vector<RoleUse>& roles, Role role) {
    return std::any_of(roles.begin(), roles.end(), [role](const RoleUse& use) { return use.role == role; });
}

}  // namespace

bool inner_of(std::span<const shell::Word> words, Inner& inner) {
    if (words.empty() || !words.front().known()) {
        return false;
    }
    const Spec* spec = knowledge().command(base_name(words.front().text));
    if (spec == nullptr) {
        return false;
    }
    const Reading reading = read_words(*spec, words.subspan(1), Scene::Platform::gnu);
    if (reading.has("help") || reading.has("read-only") || reading.has("dry-run")) {
        return false;
    }
    Role role = Role::command;
    const std::size_t at = inner_operand(reading, role);
    if (at >= reading.operands.size()) {
        return false;
    }
    inner.kind = role == Role::shell ? Inner::Kind::shell : Inner::Kind::command;
    inner.start = reading.operands[at].at + 1;
    if (spec->id == "parallel" && words[inner.start].text.find(' ') != std::string::npos) {
        inner.kind = Inner::Kind::shell;
    }
    inner.spec = spec;
    inner.privileged = has_privilege(reading.spec);
    inner.args_from_input = reading.has("args-from-stdin") || spec->input == "args" || spec->id == "xargs" ||
                            spec->id == "parallel";
    inner.elsewhere = reading.has("remote") || has_role(reading.spec->operands, Role::host) || reading.spec->parent != nullptr;
    const std::string_view id = reading.spec->id;
    const bool fresh = id.size() > 4 && id.substr(id.size() - 4) == ".run" && spec->input.empty() &&
                       (spec->id == "docker" || spec->id == "podman" || spec->id == "nerdctl");
    const bool writes_here = std::any_of(reading.options.begin(), reading.options.end(), [](const GivenOption& given) {
        return has_role(given.option->roles, Role::volume) && std::any_of(given.values.begin(), given.values.end(), [](const shell::Word* value) {
                   return !contains(value->text, ":ro") && !contains(value->text, "readonly");
               });
    });
    inner.contained = fresh && !writes_here && !reading.has("privileged") && !reading.has("host");
    for (const auto& given : reading.options) {
        for (const auto* value : given.values) {
            const auto colon = value->text.find(':');
            const std::string_view host = std::string_view(value->text).substr(0, colon);
            const bool here = host == "." || host == "./" || host.find_first_not_of(shell::Word::k_unknown) == std::string_view::npos;
            if (has_role(given.option->roles, Role::volume) && here && colon != std::string::npos) {  // "$PWD":/w
                const std::string inside = value->text.substr(colon + 1);
                inner.mounts.emplace_back(inside.substr(0, inside.find(':')), ".");
                continue;
            }
            const bool path = value->text.substr(0, 1) == "/" || value->text.substr(0, 2) == "~/";
            if (has_role(given.option->roles, Role::volume) && path && colon != std::string::npos) {
                const std::string inside = value->text.substr(colon + 1);
                inner.mounts.emplace_back(inside.substr(0, inside.find(':')), value->text.substr(0, colon));
            } else if (has_role(given.option->roles, Role::volume) && value->text.find("type=bind") != std::string::npos) {
                inner.mounts.emplace_back(field_of(value->text, {"target=", "dst=", "destination="}), field_of(value->text, {"source=", "src="}));
            }
        }
        if (has_role(given.option->roles, Role::chdir) && !given.values.empty() && given.values.front()->known()) {
            inner.folder = given.values.front()->text;
        }
    }
    return true;
}

namespace {

// The text with each path below `inside` put below `here`; the text may be a path or code.
std::string outside(std::string_view text, std::string_view inside, std::string_view here) {
    const auto in_name = [&](std::size_t at) {
        return at < text.size() && (std::isalnum(static_cast<unsigned char>(text[at])) != 0 ||
                                    std::string_view("/._-").find(text[at]) != std::string_view::npos);
    };
    std::string made;
    std::size_t done = 0;
    for (auto at = text.find(inside); at != std::string_view::npos; at = text.find(inside, at + inside.size())) {
        const std::size_t end = at + inside.size();
        const bool below = end < text.size() && text[end] == '/';
        if ((at == 0 || !in_name(at - 1)) && (below || !in_name(end))) {
            made.append(text.substr(done, at - done)).append(here).append(here.empty() && !below ? "/" : "");
            done = end;
        }
    }
    return made.append(text.substr(done));
}

}  // namespace

void use_mounts(const Inner& inner, std::span<shell::Word> words) {
    for (auto& word : words) {
        for (const auto& [inside, here] : inner.mounts) {
            if (inside.size() > 1) {
                word.text = outside(word.text, inside, here == "/" ? "" : here);
                word.tilde = word.tilde || word.text.substr(0, 1) == "~";
            }
        }
    }
}

void add_entrypoint(const std::vector<shell::Word>& wrapper, const Inner& inner, std::vector<shell::Word>& words) {
    const bool image = !wrapper.empty() && !words.empty() && inner.spec->id.substr(0, 6) != "kubectl" &&
                       (inner.spec->id == "docker" || inner.spec->id == "podman" || inner.spec->id == "nerdctl");
    if (!image) {
        return;
    }
    std::string_view name = wrapper.back().text;
    name = name.substr(0, name.find('@'));
    name.remove_prefix(name.find('/') == std::string_view::npos ? name.size() : name.rfind('/') + 1);  // curl alone is no image
    name = name.substr(0, name.find(':'));
    name = name == "aws-cli" ? std::string_view("aws") : name == "google-cloud-cli" ? std::string_view("gcloud") : name;
    const std::string& first = words.front().text;
    const std::string_view given = base_name(first);
    const bool names_itself = given == name || given == "sh" || given == "bash" || given == "ash" || first.substr(0, 1) == "/";
    if (!name.empty() && !names_itself && knowledge().command(name) != nullptr) {
        shell::Word program;
        program.text = name;
        program.span = words.front().span;
        words.insert(words.begin(), std::move(program));
    }
}

const Wrapper* wrapper_of(std::string_view name) {
    const Spec* spec = knowledge().command(name);
    return spec == nullptr ? nullptr : spec->wrapper.get();
}

std::vector<std::string> missing_options(std::string_view command, std::span<const shell::Word> args,
                                         Scene::Platform platform) {
    std::vector<std::string> missing;
    const Spec* spec = knowledge().command(command);
    if (spec == nullptr) {
        return missing;
    }
    const Reading reading = read_words(*spec, args, platform);
    const std::uint8_t wanted = platform_bit(platform);
    for (const auto& given : reading.options) {
        if ((given.option->platforms & wanted) == 0) {
            missing.emplace_back(given.name);
        }
    }
    if (reading.spec->options_complete) {
        missing.insert(missing.end(), reading.unknown.begin(), reading.unknown.end());
    }
    return missing;
}

}  // namespace caro::safety
