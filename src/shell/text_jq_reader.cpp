#include <algorithm>
#include <cctype>
#include <cstdlib>

#include "shell/text_jq.hpp"
#include "shell/text_call.hpp"
#include "util/strings.hpp"

namespace caro::shell {

namespace {

using Kind = JqNode::Kind;

class JqReader {
  public:
    explicit JqReader(std::string_view text) : m_text(text) {}

    std::optional<JqNode> all() {
        JqNode made = pipe();
        skip();
        return m_good && m_at >= m_text.size() ? std::optional(std::move(made)) : std::nullopt;
    }

  private:
    char peek(std::size_t ahead = 0) const { return m_at + ahead < m_text.size() ? m_text[m_at + ahead] : '\0'; }
    static bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }
    void skip() {
        while (std::isspace(static_cast<unsigned char>(peek())) != 0 || peek() == '#') {
            m_at = peek() == '#' ? std::min(m_text.find('\n', m_at), m_text.size()) : m_at + 1;
        }
    }
    bool ahead(std::string_view text) {
        skip();
        const bool word = std::isalpha(static_cast<unsigned char>(text[0])) != 0;
        return tail(m_text, m_at, text.size()) == text && !(word && is_name(peek(text.size())));
    }
    bool accept(std::string_view text) {
        const bool there = ahead(text);
        m_at += there ? text.size() : 0;
        return there;
    }
    void expect(std::string_view text) { m_good = accept(text) && m_good; }

    static JqNode made(Kind kind, std::string text, std::vector<JqNode> kids) {
        JqNode node;
        node.kind = kind;
        node.text = std::move(text);
        node.kids = std::move(kids);
        return node;
    }
    static JqNode literal(Json value) {
        JqNode node = made(Kind::literal, "", {});
        node.value = std::move(value);
        return node;
    }

    JqNode pipe() {
        if (!m_good || ++m_depth > 80) {
            m_good = false;
            return {};
        }
        JqNode node = comma();
        if (accept("as")) {
            expect("$");
            const std::string variable = name();
            expect("|");
            node = made(Kind::bind, variable, {std::move(node), pipe()});
        } else if (ahead("|") && !ahead("|=")) {
            accept("|");
            node = made(Kind::pipe, "", {std::move(node), pipe()});
        }
        --m_depth;
        return node;
    }

    JqNode comma() {
        JqNode node = binary(0);
        while (m_good && accept(",")) {
            node = made(Kind::comma, "", {std::move(node), binary(0)});
        }
        return node;
    }

    // Signs by how loosely they bind.
    std::string sign_at(int level) {
        static const std::vector<std::vector<std::string_view>> k_levels = {{"//"}, {"or"}, {"and"}, {"==", "!=", "<=", ">=", "<", ">"}, {"+", "-"}, {"*", "/", "%"}};
        for (const auto& sign : k_levels[static_cast<std::size_t>(level)]) {
            const bool longer = sign == "/" && (ahead("//") || ahead("/="));
            if (ahead(sign) && !longer && !(sign.size() < 3 && sign != "==" && sign != "!=" && sign != "<=" && sign != ">=" && peek(sign.size()) == '=' && sign != "or")) {
                return std::string(sign);
            }
        }
        return "";
    }

    JqNode binary(int level) {
        if (level > 5) {
            return postfix();
        }
        JqNode node = binary(level + 1);
        for (std::string sign = sign_at(level); m_good && !sign.empty(); sign = sign_at(level)) {
            accept(sign);
            node = made(Kind::binary, sign, {std::move(node), binary(level == 0 ? 0 : level + 1)});
        }
        return node;
    }

    JqNode postfix() {
        JqNode node = primary();
        while (m_good) {
            if (peek() == '?') {
                ++m_at;
                node.optional = true;
            } else if (peek() == '[') {
                node = bracket(std::move(node));
            } else if (peek() == '.' && peek(1) == '[') {
                ++m_at;
            } else if (peek() == '.' && (is_name(peek(1)) || peek(1) == '"')) {
                ++m_at;
                node = field(std::move(node));
            } else {
                break;
            }
        }
        return node;
    }

    JqNode field(JqNode from) {
        if (peek() == '"') {
            return made(Kind::field, "", {std::move(from), text("")});
        }
        return made(Kind::field, "", {std::move(from), literal(name())});
    }

    JqNode bracket(JqNode from) {
        expect("[");
        if (accept("]")) {
            return made(Kind::all, "", {std::move(from)});
        }
        JqNode first = accept(":") ? literal(Json()) : pipe();
        const bool open_start = first.kind == Kind::literal && first.value.is_null();
        if (open_start || accept(":")) {
            JqNode second = ahead("]") ? literal(Json()) : pipe();
            expect("]");
            return made(Kind::slice, "", {std::move(from), std::move(first), std::move(second)});
        }
        expect("]");
        return made(Kind::field, "", {std::move(from), std::move(first)});
    }

    std::string name() {
        std::string text;
        while (is_name(peek())) {
            text += m_text[m_at++];
        }
        m_good = m_good && !text.empty();
        return text;
    }

    JqNode primary() {
        skip();
        const char c = peek();
        if (c == '"') {
            return text("");
        }
        if (std::isdigit(static_cast<unsigned char>(c)) != 0) {
            char* end = nullptr;
            const std::string digits(tail(m_text, m_at, 40));
            const double value = std::strtod(digits.c_str(), &end);
            m_at += static_cast<std::size_t>(end - digits.c_str());
            return literal(Json(value));
        }
        if (c == '-') {
            ++m_at;
            return made(Kind::binary, "-", {literal(0), postfix()});
        }
        if (c == '.') {
            return path();
        }
        if (accept("(")) {
            JqNode node = pipe();
            expect(")");
            return made(Kind::pipe, "", {std::move(node), JqNode()});
        }
        if (accept("[")) {
            JqNode node = made(Kind::array, "", {});
            if (!ahead("]")) {
                node.kids.push_back(pipe());
            }
            expect("]");
            return node;
        }
        if (accept("{")) {
            return object();
        }
        if (accept("$")) {
            return made(Kind::variable, name(), {});
        }
        if (accept("@")) {
            const std::string format = name();
            skip();
            return peek() == '"' ? text(format) : made(Kind::format, format, {});
        }
        return word();
    }

    JqNode path() {
        ++m_at;
        if (peek() == '.') {
            ++m_at;
            return made(Kind::call, "recurse", {});
        }
        if (std::isalpha(static_cast<unsigned char>(peek())) != 0 || peek() == '_' || peek() == '"') {
            return field(JqNode());
        }
        return {};
    }

    JqNode word() {
        if (accept("if")) {
            return condition();
        }
        if (ahead("reduce") || ahead("foreach")) {
            const bool each = ahead("foreach");
            m_at += each ? 7 : 6;
            JqNode from = postfix();
            expect("as");
            expect("$");
            const std::string variable = name();
            expect("(");
            JqNode begin = pipe();
            expect(";");
            JqNode step = pipe();
            expect(")");
            JqNode node = made(Kind::reduce, variable, {std::move(from), std::move(begin), std::move(step)});
            node.each = each;
            return node;
        }
        const std::string called = m_good ? name() : "";
        if (called == "null" || called == "true" || called == "false") {
            return literal(called == "null" ? Json() : Json(called == "true"));
        }
        m_good = m_good && !any_of(called, {"def", "import", "include", "try", "label", "input", "inputs", "env", "now", "debug", "then", "end", "else"});
        JqNode node = made(Kind::call, called, {});
        if (m_good && accept("(")) {
            do {
                node.kids.push_back(pipe());
            } while (m_good && accept(";"));
            expect(")");
        }
        return node;
    }

    JqNode condition() {
        JqNode when = pipe();
        expect("then");
        JqNode yes = pipe();
        JqNode no;
        if (accept("elif")) {
            no = condition();
            return made(Kind::condition, "", {std::move(when), std::move(yes), std::move(no)});
        }
        if (accept("else")) {
            no = pipe();
        }
        expect("end");
        return made(Kind::condition, "", {std::move(when), std::move(yes), std::move(no)});
    }

    JqNode object() {
        JqNode node = made(Kind::object, "", {});
        while (m_good && !ahead("}")) {
            skip();
            JqNode key;
            JqNode value;
            if (accept("$")) {
                const std::string variable = name();
                key = literal(variable);
                value = made(Kind::variable, variable, {});
            } else if (accept("(")) {
                key = pipe();
                expect(")");
            } else if (peek() == '"') {
                key = text("");
                value = made(Kind::field, "", {JqNode(), key});
            } else {
                const std::string word = name();
                key = literal(word);
                value = made(Kind::field, "", {JqNode(), key});
            }
            if (accept(":")) {
                value = binary(0);
            }
            node.kids.push_back(std::move(key));
            node.kids.push_back(std::move(value));
            if (!accept(",")) {
                break;
            }
        }
        expect("}");
        return node;
    }

    // "… \(filter) …"
    JqNode text(const std::string& format) {
        JqNode node = made(Kind::text, format, {});
        std::string now = "\"";
        const auto take = [&] {
            const auto value = Json::parse(now + "\"");
            m_good = m_good && value.has_value();
            node.kids.push_back(literal(value.value_or(Json(""))));
            now = "\"";
        };
        for (++m_at; m_good && m_at < m_text.size() && peek() != '"';) {
            if (peek() == '\\' && peek(1) == '(') {
                take();
                m_at += 2;
                node.kids.push_back(made(Kind::pipe, "", {pipe(), JqNode()}));
                expect(")");
                continue;
            }
            if (peek() == '\\') {
                now += m_text[m_at++];
            } else if (peek() == '\n' || peek() == '\t') {
                now += peek() == '\n' ? "\\n" : "\\t";
                ++m_at;
                continue;
            }
            now += peek();
            ++m_at;
        }
        m_good = m_good && peek() == '"';
        ++m_at;
        take();
        return node;
    }

    std::string_view m_text;
    std::size_t m_at = 0;
    int m_depth = 0;
    bool m_good = true;
};

}  // namespace

std::optional<JqNode> read_jq(std::string_view text) {
    constexpr std::size_t k_longest_filter = 8000;
    return text.size() > k_longest_filter ? std::nullopt : JqReader(text).all();
}

}  // namespace caro::shell
