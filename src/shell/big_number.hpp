// Whole numbers of any length, for bc and dc. Internal to shell.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace caro::shell {

// A whole number, most significant byte last; at most k_most_bytes.
class Whole {
  public:
    static constexpr std::size_t k_most_bytes = 1200;

    Whole() = default;
    explicit Whole(long value) : m_negative(value < 0) {
        for (auto rest = static_cast<std::uint64_t>(std::abs(value)); rest > 0; rest >>= 8U) {
            m_bytes.push_back(static_cast<std::uint8_t>(rest));
        }
    }

    bool zero() const { return m_bytes.empty(); }
    bool negative() const { return m_negative && !zero(); }
    std::size_t size() const { return m_bytes.size(); }
    Whole negated() const {
        Whole made = *this;
        made.m_negative = !m_negative;
        return made;
    }
    long small() const {
        std::uint64_t made = 0;
        for (std::size_t i = std::min<std::size_t>(m_bytes.size(), 7); i-- > 0;) {
            made = made << 8U | m_bytes[i];
        }
        return m_bytes.size() > 7 ? 1L << 60 : negative() ? -static_cast<long>(made) : static_cast<long>(made);
    }

    // this × by + more, for a small factor
    void scale(unsigned by, unsigned more) {
        std::uint64_t carry = more;
        for (auto& byte : m_bytes) {
            carry += static_cast<std::uint64_t>(byte) * by;
            byte = static_cast<std::uint8_t>(carry);
            carry >>= 8U;
        }
        for (; carry > 0; carry >>= 8U) {
            m_bytes.push_back(static_cast<std::uint8_t>(carry));
        }
    }

    // Divides by a small number; the remainder.
    unsigned reduce(unsigned by) {
        std::uint64_t rest = 0;
        for (std::size_t i = m_bytes.size(); i-- > 0;) {
            rest = rest << 8U | m_bytes[i];
            m_bytes[i] = static_cast<std::uint8_t>(rest / by);
            rest %= by;
        }
        shrink();
        return static_cast<unsigned>(rest);
    }

    friend Whole operator+(const Whole& a, const Whole& b) {
        if (a.m_negative == b.m_negative) {
            Whole made = added(a, b);
            made.m_negative = a.m_negative;
            return made;
        }
        const bool larger = compare(a, b) >= 0;
        Whole made = larger ? taken(a, b) : taken(b, a);
        made.m_negative = larger ? a.m_negative : b.m_negative;
        return made;
    }
    friend Whole operator*(const Whole& a, const Whole& b) {
        Whole made;
        made.m_bytes.assign(a.size() + b.size(), 0);
        for (std::size_t i = 0; i < a.size(); ++i) {
            unsigned carry = 0;
            for (std::size_t k = 0; k < b.size() || carry > 0; ++k) {
                carry += made.m_bytes[i + k] + (k < b.size() ? static_cast<unsigned>(a.m_bytes[i]) * b.m_bytes[k] : 0U);
                made.m_bytes[i + k] = static_cast<std::uint8_t>(carry);
                carry >>= 8U;
            }
        }
        made.shrink();
        made.m_negative = a.m_negative != b.m_negative;
        return made;
    }
    // Quotient, rounded to zero, and remainder.
    static std::pair<Whole, Whole> divided(const Whole& a, const Whole& b) {
        Whole quotient;
        Whole rest;
        quotient.m_bytes.assign(a.size(), 0);
        const Whole by = b.negative() ? b.negated() : b;
        for (std::size_t i = a.size(); i-- > 0;) {
            rest.scale(256, a.m_bytes[i]);
            while (compare(rest, by) >= 0) {
                rest = taken(rest, by);
                ++quotient.m_bytes[i];
            }
        }
        quotient.shrink();
        quotient.m_negative = a.m_negative != b.m_negative;
        rest.m_negative = a.m_negative;
        return {quotient, rest};
    }
    static int order(const Whole& a, const Whole& b) {
        const Whole difference = a + b.negated();
        return difference.zero() ? 0 : difference.negative() ? -1 : 1;
    }

    // The bytes of the number themselves, as dc's P prints them.
    std::string bytes() const { return {m_bytes.rbegin(), m_bytes.rend()}; }

  private:
    void shrink() {
        while (!m_bytes.empty() && m_bytes.back() == 0) {
            m_bytes.pop_back();
        }
    }
    static int compare(const Whole& a, const Whole& b) {
        if (a.size() != b.size()) {
            return a.size() < b.size() ? -1 : 1;
        }
        for (std::size_t i = a.size(); i-- > 0;) {
            if (a.m_bytes[i] != b.m_bytes[i]) {
                return a.m_bytes[i] < b.m_bytes[i] ? -1 : 1;
            }
        }
        return 0;
    }
    static Whole added(const Whole& a, const Whole& b) {
        Whole made;
        unsigned carry = 0;
        for (std::size_t i = 0; i < std::max(a.size(), b.size()) || carry > 0; ++i) {
            carry += (i < a.size() ? a.m_bytes[i] : 0U) + (i < b.size() ? b.m_bytes[i] : 0U);
            made.m_bytes.push_back(static_cast<std::uint8_t>(carry));
            carry >>= 8U;
        }
        return made;
    }
    static Whole taken(const Whole& a, const Whole& b) {
        Whole made = a;
        int carry = 0;
        for (std::size_t i = 0; i < made.size(); ++i) {
            carry = made.m_bytes[i] - carry - (i < b.size() ? b.m_bytes[i] : 0);
            made.m_bytes[i] = static_cast<std::uint8_t>(carry & 0xff);
            carry = carry < 0 ? 1 : 0;
        }
        made.shrink();
        made.m_negative = false;
        return made;
    }

    std::vector<std::uint8_t> m_bytes;
    bool m_negative = false;
};

struct Bases {
    unsigned in = 10;
    unsigned out = 10;
};

// What is left of the work that one program may make: long numbers take long.
class Work {
  public:
    bool take(std::size_t steps) {
        m_left -= std::min(m_left, steps);
        return m_left > 0;
    }

  private:
    std::size_t m_left = 4000000;
};

// The digit's value; 99 if it is none.
unsigned digit(char c);
Whole read_number(std::string_view text, unsigned base);
std::string number_text(Whole number, unsigned base);

// a + b, a ^ b …; nothing if b is 0 where it must not be, or there is too much work.
std::optional<Whole> calculated(char sign, const Whole& a, const Whole& b, Work& work);

}  // namespace caro::shell
