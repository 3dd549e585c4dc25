#include "shell/big_number.hpp"

namespace caro::shell {

namespace {

std::optional<Whole> power(const Whole& base, long exponent, Work& work) {
    if (exponent < 0 || exponent > 8000) {
        return std::nullopt;
    }
    Whole made(1);
    Whole square = base;
    for (; exponent > 0; exponent >>= 1) {
        if ((exponent & 1) != 0) {
            made = made * square;
        }
        if (made.size() > Whole::k_most_bytes || square.size() > Whole::k_most_bytes || !work.take(2 * square.size() * square.size())) {
            return std::nullopt;
        }
        if (exponent > 1) {
            square = square * square;
        }
    }
    return made;
}

}  // namespace

unsigned digit(char c) { return c >= '0' && c <= '9' ? static_cast<unsigned>(c - '0') : c >= 'A' && c <= 'F' ? static_cast<unsigned>(c - 'A' + 10) : 99U; }

Whole read_number(std::string_view text, unsigned base) {
    Whole made;
    for (const char c : text) {
        made.scale(base, std::min(digit(c), text.size() == 1 ? 15U : base - 1));
    }
    return made;
}

std::string number_text(Whole number, unsigned base) {
    const bool negative = number.negative();
    std::string made;
    do {
        const unsigned rest = number.reduce(base);
        if (base > 16) {  // digits are numbers of their own
            std::string one = std::to_string(rest);
            one.insert(0, std::to_string(base - 1).size() - one.size(), '0');
            made.insert(0, " " + one);
        } else {
            made.insert(made.begin(), "0123456789ABCDEF"[rest]);
        }
    } while (!number.zero());
    return (negative ? "-" : "") + made;
}

std::optional<Whole> calculated(char sign, const Whole& a, const Whole& b, Work& work) {
    const std::size_t both = (a.size() + 1) * (b.size() + 1);
    if (a.size() > Whole::k_most_bytes || b.size() > Whole::k_most_bytes || !work.take(sign == '/' || sign == '%' ? 100 * both : both)) {
        return std::nullopt;
    }
    switch (sign) {
        case '+': return a + b;
        case '-': return a + b.negated();
        case '*': return a * b;
        case '/': return b.zero() ? std::nullopt : std::optional(Whole::divided(a, b).first);
        case '%': return b.zero() ? std::nullopt : std::optional(Whole::divided(a, b).second);
        case '^': return power(a, b.small(), work);
        default: return std::nullopt;
    }
}

}  // namespace caro::shell
