#include "shell/text_regex.hpp"

#include <algorithm>
#include <cctype>
#include <utility>

#include "shell/text_call.hpp"

namespace caro::shell {

namespace {

constexpr std::size_t k_most = 1000;  // of repetitions and of the depth of groups
constexpr std::size_t k_longest_pattern = 1000;

bool named_set(std::string_view name, std::bitset<256>& into) {
    const auto add = [&into](int (*is)(int)) {
        for (int c = 0; c < 128; ++c) {
            into[static_cast<std::size_t>(c)] = into[static_cast<std::size_t>(c)] || is(c) != 0;
        }
        return true;
    };
    return name == "alpha"    ? add(std::isalpha)
           : name == "digit"  ? add(std::isdigit)
           : name == "alnum"  ? add(std::isalnum)
           : name == "upper"  ? add(std::isupper)
           : name == "lower"  ? add(std::islower)
           : name == "space"  ? add(std::isspace)
           : name == "blank"  ? add(std::isblank)
           : name == "punct"  ? add(std::ispunct)
           : name == "print"  ? add(std::isprint)
           : name == "graph"  ? add(std::isgraph)
           : name == "cntrl"  ? add(std::iscntrl)
           : name == "xdigit" ? add(std::isxdigit)
                              : false;
}

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::size_t number_at(std::string_view text, std::size_t& at) {
    std::size_t made = 0;
    for (; at < text.size() && text[at] >= '0' && text[at] <= '9'; ++at) {
        made = std::min(made * 10 + static_cast<std::size_t>(text[at] - '0'), k_most);
    }
    return made;
}

}  // namespace

std::string_view Regex::Match::text(std::size_t group, std::string_view subject) const {
    const bool took_part = group < groups.size() && groups[group].to != std::string_view::npos;
    return took_part ? subject.substr(groups[group].from, groups[group].to - groups[group].from) : std::string_view();
}

class Regex::Reader {
  public:
    Reader(std::string_view text, Syntax syntax, bool ignores_case) : m_text(text), m_syntax(syntax), m_ignores_case(ignores_case) {}

    bool all(Regex& into) {
        Node whole;
        whole.kind = Node::Kind::group;
        if (!choices(whole, 0) || m_at < m_text.size()) {
            return false;
        }
        into.m_groups = m_groups;
        into.m_nodes.push_back(std::move(whole));
        return true;
    }

  private:
    bool basic() const { return m_syntax == Syntax::basic; }
    bool perl() const { return m_syntax == Syntax::perl; }
    // An operator that has a backslash in basic expressions and none in the others.
    bool ahead(char c) const {
        return basic() ? tail(m_text, m_at, 2) == std::string{'\\', c} : m_at < m_text.size() && m_text[m_at] == c;
    }
    bool accept(char c) {
        if (!ahead(c)) {
            return false;
        }
        m_at += basic() ? 2 : 1;
        return true;
    }

    bool choices(Node& into, int depth) {
        if (depth > 20) {
            return false;
        }
        do {
            Sequence one;
            while (m_at < m_text.size() && !ahead('|') && !(depth > 0 && ahead(')'))) {
                if (!item(one, depth)) {
                    return false;
                }
            }
            into.choices.push_back(std::move(one));
        } while (accept('|'));
        return true;
    }

    bool item(Sequence& into, int depth) {
        Node node;
        const bool first = into.empty();
        const char c = m_text[m_at];
        if (c == '^' && (!basic() || first)) {
            node.kind = Node::Kind::start;
            ++m_at;
        } else if (c == '$' && (!basic() || m_at + 1 == m_text.size() || m_text[m_at + 1] == '\\')) {
            node.kind = Node::Kind::end;
            ++m_at;
        } else if (accept('(')) {
            if (!group(node, depth)) {
                return false;
            }
        } else if (c == '[') {
            if (!bracket(node.set)) {
                return false;
            }
        } else if (c == '.') {
            node.set.set();
            node.set['\n'] = !perl();
            ++m_at;
        } else if (c == '\\') {
            if (!escape(node)) {
                return false;
            }
        } else if (!basic() && !first && (c == '*' || c == '+' || c == '?')) {
            return false;
        } else {
            node.set.set(static_cast<unsigned char>(c));
            ++m_at;
        }
        fold(node.set);
        into.push_back(std::move(node));
        return repetitions(into.back());
    }

    // Both cases of a letter, if one is in it and case does not count.
    void fold(std::bitset<256>& set) const {
        for (std::size_t i = 'a'; m_ignores_case && i <= 'z'; ++i) {
            const bool either = set[i] || set[i - 32];
            set[i] = either;
            set[i - 32] = either;
        }
    }

    bool group(Node& node, int depth) {
        node.kind = Node::Kind::group;
        if (perl() && tail(m_text, m_at, 2) == "?:") {
            m_at += 2;
        } else if (!basic() && tail(m_text, m_at, 1) == "?") {
            return false;
        } else {
            node.index = ++m_groups;
        }
        return choices(node, depth + 1) && accept(')');
    }

    bool repetitions(Node& node) {
        while (m_at < m_text.size()) {
            const std::size_t least = node.least;
            if (m_text[m_at] == '*') {
                ++m_at;
                node.least = 0;
                node.most = k_most;
            } else if (accept('+')) {
                node.most = k_most;
            } else if (accept('?')) {
                node.least = 0;
            } else if (ahead('{') && (basic() || (m_at + 1 < m_text.size() && std::isdigit(static_cast<unsigned char>(m_text[m_at + 1])) != 0))) {
                accept('{');
                node.least = number_at(m_text, m_at);
                node.most = node.least;
                if (m_at < m_text.size() && m_text[m_at] == ',') {
                    ++m_at;
                    const bool open = m_at < m_text.size() && std::isdigit(static_cast<unsigned char>(m_text[m_at])) == 0;
                    node.most = open ? k_most : number_at(m_text, m_at);
                }
                if (!accept('}')) {
                    return false;
                }
            } else {
                break;
            }
            node.least = std::min(least, node.least);
            if (perl() && m_at < m_text.size() && m_text[m_at] == '?') {
                ++m_at;
                node.lazy = true;
            }
        }
        return node.kind == Node::Kind::set || node.kind == Node::Kind::group || node.kind == Node::Kind::back || (node.least == 1 && node.most == 1);
    }

    bool bracket(std::bitset<256>& set) {
        std::size_t i = m_at + 1;
        const bool negated = i < m_text.size() && m_text[i] == '^';
        i += negated ? 1 : 0;
        const std::size_t start = i;
        for (; i < m_text.size() && (m_text[i] != ']' || i == start); ++i) {
            if (m_text.substr(i, 2) == "[:") {
                const auto end = m_text.find(":]", i);
                if (end == std::string_view::npos || !named_set(m_text.substr(i + 2, end - i - 2), set)) {
                    return false;
                }
                i = end + 1;
                continue;
            }
            char low = m_text[i];
            if (low == '\\' && i + 1 < m_text.size() && (perl() || std::string_view("ntr\\]").find(m_text[i + 1]) != std::string_view::npos)) {
                Node node;
                m_at = i;
                if (!escape(node) || node.kind != Node::Kind::set) {
                    return false;
                }
                set |= node.set;
                i = m_at - 1;
                continue;
            }
            const bool range = i + 2 < m_text.size() && m_text[i + 1] == '-' && m_text[i + 2] != ']';
            const char high = range ? m_text[i + 2] : low;
            for (int c = static_cast<unsigned char>(low); c <= static_cast<unsigned char>(high); ++c) {
                set.set(static_cast<std::size_t>(c));
            }
            i += range ? 2 : 0;
        }
        m_at = i + 1;
        if (negated) {
            fold(set);
            set.flip();
        }
        return i < m_text.size();
    }

    bool escape(Node& node) {
        if (m_at + 1 >= m_text.size()) {
            return false;
        }
        const char c = m_text[m_at + 1];
        m_at += 2;
        const bool capital = std::isupper(static_cast<unsigned char>(c)) != 0;
        if (c == 'n' || c == 't' || c == 'r') {
            node.set.set(c == 'n' ? '\n' : c == 't' ? '\t' : '\r');
        } else if (c == 'w' || c == 'W' || c == 's' || c == 'S' || (perl() && (c == 'd' || c == 'D'))) {
            const char kind = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
            named_set(kind == 'w' ? "alnum" : kind == 's' ? "space" : "digit", node.set);
            node.set['_'] = node.set['_'] || kind == 'w';
            node.set = capital ? ~node.set : node.set;
        } else if (c == 'b' || c == '<' || c == '>' || c == 'y') {
            node.kind = Node::Kind::edge;
        } else if (c >= '1' && c <= '9') {
            node.kind = Node::Kind::back;
            node.index = c - '0';
        } else if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
            return false;
        } else {
            node.set.set(static_cast<unsigned char>(c));
        }
        return true;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    Syntax m_syntax;
    bool m_ignores_case;
    int m_groups = 0;
};

std::optional<Regex> Regex::read(std::string_view pattern, Syntax syntax, bool ignores_case) {
    Regex made;
    if (pattern.size() > k_longest_pattern || !Reader(pattern, syntax, ignores_case).all(made)) {
        return std::nullopt;
    }
    return made;
}

struct Regex::State {
    std::string_view text;
    std::vector<Match::Range> groups;
    std::size_t depth = 0;
};

bool Regex::run(const Sequence& all, std::size_t index, std::size_t at, State& state, const Rest& rest) const {
    if (m_steps == 0 || state.depth > k_most) {
        m_steps = 0;
        return false;
    }
    --m_steps;
    if (index == all.size()) {
        return rest(at);
    }
    const Node& node = all[index];
    const std::string_view text = state.text;
    switch (node.kind) {
        case Node::Kind::start: return at == 0 && run(all, index + 1, at, state, rest);
        case Node::Kind::end: return at == text.size() && run(all, index + 1, at, state, rest);
        case Node::Kind::edge: {
            const bool before = at > 0 && is_word(text[at - 1]);
            const bool after = at < text.size() && is_word(text[at]);
            return before != after && run(all, index + 1, at, state, rest);
        }
        case Node::Kind::set: return repeat_set(all, index, at, state, rest);
        default: return repeat(all, index, at, 0, state, rest);
    }
}

// Single characters: as many as fit, then fewer, without going deeper for each.
bool Regex::repeat_set(const Sequence& all, std::size_t index, std::size_t at, State& state, const Rest& rest) const {
    const Node& node = all[index];
    const auto fits = [&](std::size_t i) { return i < state.text.size() && node.set[static_cast<unsigned char>(state.text[i])]; };
    std::size_t count = 0;
    while (count < (node.lazy ? node.least : node.most) && fits(at + count)) {
        ++count;
    }
    m_steps -= std::min(m_steps, count / 16);
    if (count < node.least) {
        return false;
    }
    ++state.depth;
    bool found = false;
    while (!found && m_steps > 0) {
        found = run(all, index + 1, at + count, state, rest);
        if (found || (node.lazy ? count >= node.most || !fits(at + count) : count == node.least)) {
            break;
        }
        count = node.lazy ? count + 1 : count - 1;
    }
    --state.depth;
    return found;
}

bool Regex::repeat(const Sequence& all, std::size_t index, std::size_t at, std::size_t done, State& state, const Rest& rest) const {
    const Node& node = all[index];
    const auto go_on = [&] { return done >= node.least && run(all, index + 1, at, state, rest); };
    if (node.lazy && go_on()) {
        return true;
    }
    if (done < node.most) {
        ++state.depth;
        const auto again = [&](std::size_t now) {
            return (now > at || done < node.least) && (done + 1 == node.most || node.most == 1 ? run(all, index + 1, now, state, rest)
                                                                                              : repeat(all, index, now, done + 1, state, rest));
        };
        bool found = false;
        if (node.kind == Node::Kind::back) {
            const auto group = static_cast<std::size_t>(node.index);
            const Match::Range range = group < state.groups.size() ? state.groups[group] : Match::Range();
            const std::string_view part = range.to == std::string_view::npos ? std::string_view() : state.text.substr(range.from, range.to - range.from);
            found = state.text.substr(at, part.size()) == part && again(at + part.size());
        }
        for (std::size_t i = 0; i < node.choices.size() && !found; ++i) {
            found = run(node.choices[i], 0, at, state, [&](std::size_t now) {
                const auto group = static_cast<std::size_t>(node.index);
                const Match::Range old = state.groups[group];
                if (group > 0) {
                    state.groups[group] = {at, now};
                }
                const bool fits = again(now);
                if (!fits) {
                    state.groups[group] = old;
                }
                return fits;
            });
        }
        --state.depth;
        if (found) {
            return true;
        }
    }
    return !node.lazy && go_on();
}

std::optional<Regex::Match> Regex::search(std::string_view text, std::size_t from) const {
    for (std::size_t at = from; at <= text.size() && m_steps > 0; ++at) {
        State state{text, std::vector<Match::Range>(static_cast<std::size_t>(m_groups) + 1)};
        std::size_t end = at;
        const bool found = run(m_nodes, 0, at, state, [&end](std::size_t now) {
            end = now;
            return true;
        });
        if (found) {
            Match made;
            made.groups = std::move(state.groups);
            made.groups[0] = {at, end};
            return made;
        }
    }
    return std::nullopt;
}

// What stands for a match: & and \1, and \U, \L, \E, \u, \l of sed, which change the case.
void Regex::put_in(const Match& match, std::string_view text, std::string_view with, std::string& into) {
    char fold = '\0';
    char next = '\0';
    const auto add = [&](std::string_view piece) {
        for (const char c : piece) {
            const auto byte = static_cast<unsigned char>(c);
            const char how = next != '\0' ? std::exchange(next, '\0') : fold;
            into += static_cast<char>(how == 'U' ? std::toupper(byte) : how == 'L' ? std::tolower(byte) : c);
        }
    };
    for (std::size_t i = 0; i < with.size(); ++i) {
        const bool escaped = with[i] == '\\' && i + 1 < with.size();
        const char c = escaped ? with[++i] : with[i];
        if ((c == '&' && !escaped) || (escaped && c >= '0' && c <= '9')) {
            add(match.text(escaped ? static_cast<std::size_t>(c - '0') : 0, text));
        } else if (escaped && (c == 'U' || c == 'L' || c == 'E')) {
            fold = c == 'E' ? '\0' : c;
        } else if (escaped && (c == 'u' || c == 'l')) {
            next = c == 'u' ? 'U' : 'L';
        } else {
            add(std::string(1, escaped && c == 'n' ? '\n' : escaped && c == 't' ? '\t' : c));
        }
    }
}

std::string Regex::replaced(std::string_view text, std::string_view with, bool all, std::size_t first, std::size_t* count) const {
    std::string made;
    std::size_t at = 0;
    std::size_t found = 0;
    std::size_t last = std::string_view::npos;  // end of the one before: nothing empty fits right there
    while (at <= text.size()) {
        const auto match = search(text, at);
        if (!match) {
            break;
        }
        const bool empty = match->to() == match->from();
        if (empty && match->from() == last) {
            made += text.substr(at, 1);
            last = std::string_view::npos;
            ++at;
            continue;
        }
        last = match->to();
        made += text.substr(at, match->from() - at);
        if (++found < first) {
            made += match->text(0, text);
        } else {
            put_in(*match, text, with, made);
            if (count != nullptr) {
                ++*count;
            }
        }
        at = match->to();
        if (empty && at < text.size()) {
            made += text[at];
        }
        at += empty ? 1 : 0;
        if (found >= first && !all) {
            break;
        }
    }
    return made + std::string(text.substr(std::min(at, text.size())));
}

}  // namespace caro::shell
