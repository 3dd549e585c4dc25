// Names that are hidden in expressions: of modules, attributes, elements of tables, methods that are sent.
#include "safety/inline_names.hpp"
#include "util/strings.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace caro::safety {

namespace {

using Kind = CodeToken::Kind;
using Tokens = std::vector<CodeToken>;
using Text = std::optional<std::string>;

constexpr std::size_t k_longest = 60;  // tokens in one pair of brackets

bool opens(const CodeToken& token) { return token.is('(') || token.is('[') || token.is('{'); }
bool closes(const CodeToken& token) { return token.is(')') || token.is(']') || token.is('}'); }

bool is_identifier(std::string_view text) {
    return !text.empty() && text.size() < 64 && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
           std::all_of(text.begin(), text.end(),
                       [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; });
}

class Names {
  public:
    Names(Tokens& tokens, std::string_view language) : m_tokens(tokens), m_language(language) {}

    // One pass over the tokens; true if something was replaced.
    bool pass() {
        bool changed = false;
        m_made.clear();
        m_made.reserve(m_tokens.size());
        for (m_at = 0; m_at < m_tokens.size();) {
            if (replace()) {
                changed = true;
            } else {
                m_made.push_back(std::move(m_tokens[m_at++]));
            }
        }
        m_tokens.swap(m_made);
        return changed;
    }

  private:
    const CodeToken& ahead(std::size_t n) const {
        static const CodeToken s_end{Kind::mark, ";", false, {}};
        return m_at + n < m_tokens.size() ? m_tokens[m_at + n] : s_end;
    }

    // Behind the bracket that closes the one at `from`; 0 if it does not close soon.
    std::size_t closing(std::size_t from) const {
        int depth = 0;
        for (std::size_t i = from; i < m_tokens.size() && i < from + k_longest; ++i) {
            depth += opens(m_tokens[i]) ? 1 : closes(m_tokens[i]) ? -1 : 0;
            if (depth == 0) {
                return i + 1;
            }
        }
        return 0;
    }
    std::size_t close(std::size_t n) const { return closing(m_at + n); }

    // The first comma or closing bracket from `from` on that belongs to no inner brackets.
    std::size_t argument_end(std::size_t from) const {
        std::size_t i = from;
        while (i < m_tokens.size() && i < from + k_longest && !m_tokens[i].is(',') && !closes(m_tokens[i]) && !m_tokens[i].is(';')) {
            const std::size_t end = opens(m_tokens[i]) ? closing(i) : i + 1;
            i = end == 0 ? m_tokens.size() : end;
        }
        return i;
    }

    Text constant(std::size_t from, std::size_t to) const {
        static const std::function<Text(const std::string&)> s_none = [](const std::string&) { return Text(); };
        return folded_text(m_tokens, from, to, m_language, s_none);
    }
    Text text(std::size_t from, std::size_t to) const {
        const Text made = constant(from, to);
        return made && is_identifier(*made) ? made : std::nullopt;
    }

    void add(Kind kind, std::string name) { m_made.push_back({kind, std::move(name), false, {}}); }

    bool put(std::string name, std::size_t next) {
        if (!m_made.empty() && name[0] == '.' && m_made.back().kind == Kind::name) {
            m_made.back().text += name;
        } else {
            add(Kind::name, std::move(name));
        }
        m_at = next;
        return true;
    }

    bool called(std::size_t next) const {
        if (next >= m_tokens.size()) {
            return false;
        }
        const CodeToken& token = m_tokens[next];
        return token.is('(') || token.is('[') || (token.kind == Kind::name && token.text[0] == '.');
    }

    bool replace() {
        const CodeToken& token = m_tokens[m_at];
        if (token.kind == Kind::name) {
            return table() || module() || attribute() || sent() || redirected_call() || merged();
        }
        if (token.is('[')) {
            return subscript();
        }
        return (token.is('(') && (second_of_pair() || (m_language == "php" && text_call()))) ||
               (token.is('&') && m_language == "perl" && ampersand());
    }

    // globals()["os"], vars(os)["system"], globals().get("os"), sys.modules["os"]
    bool table() {
        const std::string_view last = ahead(0).last();
        if (ahead(0).text == "sys.modules" && ahead(1).is('[')) {
            const std::size_t end = close(1);
            const Text name = end == 0 ? std::nullopt : text(m_at + 2, end - 1);
            return name && put(*name, end);
        }
        if ((last != "globals" && last != "locals" && last != "vars") || !ahead(1).is('(')) {
            return false;
        }
        const bool empty = ahead(2).is(')');
        const std::string owner = !empty && ahead(2).kind == Kind::name && ahead(3).is(')') ? ahead(2).text + "." : "";
        std::size_t open = empty ? 3 : 4;
        const bool get = ahead(open).text == ".get" || ahead(open).text == ".__getitem__";
        open += get ? 1 : 0;
        if ((!empty && owner.empty()) || !(ahead(open).is('[') || (get && ahead(open).is('(')))) {
            return false;
        }
        const std::size_t end = close(open);
        const Text name = end == 0 ? std::nullopt : text(m_at + open + 1, end - 1);
        return name && put(owner + *name, end);
    }

    // __import__("os"), require("fs"), importlib.import_module("os"), Object.const_get(:FileUtils)
    bool module() {
        constexpr std::array<std::string_view, 5> k_takers = {"__import__", "require", "import_module", "const_get", "getBuiltinModule"};
        const std::string_view last = ahead(0).last();
        const std::size_t end = in(k_takers, last) && ahead(1).is('(') ? close(1) : 0;
        if (end == 0 || (m_language == "ruby" && last == "require")) {
            return false;
        }
        const bool symbol = ahead(2).is(':') && ahead(3).kind == Kind::name && ahead(4).is(')');
        Text name = symbol ? Text(ahead(3).text) : constant(m_at + 2, argument_end(m_at + 2));
        if (name && name->substr(0, 5) == "node:") {
            name->erase(0, 5);
        }
        if (name && name->find('/') != std::string::npos) {
            name->erase(name->find('/'));  // fs/promises
        }
        return name && is_identifier(*name) && put(*name, end);
    }

    // getattr(os, "system"), os.__getattribute__("system"), operator.attrgetter("system")(os)
    bool attribute() {
        const std::string_view last = ahead(0).last();
        const std::size_t end = ahead(1).is('(') ? close(1) : 0;
        if (end == 0) {
            return false;
        }
        if (last == "getattr" && ahead(2).kind == Kind::name && ahead(3).is(',')) {
            const Text name = text(m_at + 4, argument_end(m_at + 4));
            return name && put(ahead(2).text + "." + *name, end);
        }
        if (last == "__getattribute__" || last == "attrgetter" || last == "methodcaller") {
            const Text name = text(m_at + 2, end - 1);
            const std::string owner = last == "__getattribute__" ? ahead(0).text.substr(0, ahead(0).text.rfind('.')) : "x";
            return name && put(owner + "." + *name, end);
        }
        return false;
    }

    // FileUtils.send(:rm_rf, x), method(:system).call(x), send("sys" + "tem", x)
    bool sent() {
        const std::string_view last = ahead(0).last();
        const bool method = last == "method" || last == "instance_method";
        if (m_language != "ruby" || (!method && last != "send" && last != "public_send" && last != "__send__")) {
            return false;
        }
        const bool bracket = ahead(1).is('(');
        const std::size_t first = bracket ? 2 : 1;
        const std::size_t to = argument_end(m_at + first);
        const bool symbol = ahead(first).is(':') && ahead(first + 1).kind != Kind::mark;
        const Text name = symbol ? Text(ahead(first + 1).text) : text(m_at + first, to);
        if (!name || to >= m_tokens.size()) {
            return false;
        }
        const auto dot = ahead(0).text.rfind('.');
        const std::string owner = dot == std::string::npos ? "" : ahead(0).text.substr(0, dot + 1);
        if (method) {  // .call is taken away next
            return put(owner + *name, m_tokens[to].is(')') ? to + 1 : to);
        }
        put(owner + *name, m_tokens[to].is(',') ? to + 1 : to);
        if (bracket) {
            add(Kind::mark, "(");
        }
        return true;
    }

    // f.call(null, x), f.apply(null, [x]), m.call(x)
    bool redirected_call() {
        const std::string& name = ahead(0).text;
        const std::string_view last = ahead(0).last();
        const auto dot = name.rfind('.');
        const bool calls = (last == "call" || last == "apply" || last == "bind") && dot != std::string::npos;
        const bool behind = !m_made.empty() && m_made.back().kind == Kind::name && dot == 0;
        if (!calls || !ahead(1).is('(') || (m_language != "node" && m_language != "ruby") || (dot == 0 && !behind)) {
            return false;
        }
        if (dot > 0) {
            add(Kind::name, name.substr(0, dot));
        }
        add(Kind::mark, "(");
        m_at += m_language == "node" && ahead(3).is(',') ? 4 : 2;
        return true;
    }

    // require("fs").rmSync: one name
    bool merged() {
        if (ahead(0).text[0] != '.' || m_made.empty() || m_made.back().kind != Kind::name) {
            return false;
        }
        m_made.back().text += ahead(0).text;
        ++m_at;
        return true;
    }

    // child["exec"](…), os.__dict__["system"](…), _G["os"]["execute"](…)
    bool subscript() {
        if (m_made.empty() || !(m_made.back().kind == Kind::name || m_made.back().is(')') || m_made.back().is(']'))) {
            return false;
        }
        const std::size_t end = close(0);
        const Text name = end == 0 || !called(end) ? std::nullopt : text(m_at + 1, end - 1);
        if (!name) {
            return false;
        }
        constexpr std::string_view k_table = ".__dict__";
        const bool named = m_made.back().kind == Kind::name;
        std::string& owner = m_made.back().text;
        if (named && owner.size() > k_table.size() && owner.substr(owner.size() - k_table.size()) == k_table) {
            owner.erase(owner.size() - k_table.size());
        }
        if (named && (owner == "_G" || owner == "globalThis" || owner == "global" || owner == "window")) {
            owner = *name;
            m_at = end;
            return true;
        }
        return put("." + *name, end);
    }

    // (0, eval)("…")
    bool second_of_pair() {
        const bool pair = ahead(2).is(',') && ahead(3).kind == Kind::name && ahead(4).is(')') && ahead(5).is('(');
        return m_language == "node" && pair && put(std::string(ahead(3).text), m_at + 5);
    }

    // ("sys" . "tem")("…")
    bool text_call() {
        const std::size_t end = close(0);
        const Text name = end == 0 || end >= m_tokens.size() || !m_tokens[end].is('(') ? std::nullopt : text(m_at + 1, end - 1);
        return name && put(*name, end);
    }

    // &{"system"}("…")
    bool ampersand() {
        const std::size_t end = ahead(1).is('{') ? close(1) : 0;
        const Text name = end == 0 ? std::nullopt : text(m_at + 2, end - 1);
        return name && put(*name, end);
    }

    Tokens& m_tokens;
    Tokens m_made;
    std::string_view m_language;
    std::size_t m_at = 0;
};

}  // namespace

void fold_names(Tokens& tokens, std::string_view language) {
    constexpr int k_most_passes = 8;
    Names names(tokens, language);
    for (int i = 0; i < k_most_passes && names.pass(); ++i) {
    }
}

}  // namespace caro::safety
