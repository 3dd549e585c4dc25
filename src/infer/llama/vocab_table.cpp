#include "infer/llama/vocab_table.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "infer/llama/word_splitter.hpp"

namespace caro::infer::llama {

namespace {

enum Flag : std::uint8_t { flag_special = 1, flag_control = 2, flag_ends_answer = 4 };

constexpr std::uint32_t k_empty = 0xFFFFFFFF;

// Payload: this header, then offsets (count + 1), slots (power of two), flags (count), token bytes.
struct TableHeader {
    std::uint32_t count;
    std::uint32_t slots;
    std::uint32_t bytes;
    char architecture[52];
};
static_assert(sizeof(TableHeader) == 64);

std::uint32_t hash_of(std::string_view bytes) {
    std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
    for (const char c : bytes) {
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    }
    return static_cast<std::uint32_t>(hash ^ (hash >> 32));
}

}  // namespace

Result<> VocabTable::save(const std::filesystem::path& path, std::string_view key,
                          std::string_view architecture, std::span<const VocabEntry> entries) {
    std::vector<std::uint32_t> offsets;
    std::vector<std::uint32_t> slots(std::bit_ceil(entries.size() * 2), k_empty);
    std::vector<std::uint8_t> flags;
    std::string bytes;
    for (std::size_t id = 0; id < entries.size(); ++id) {
        const VocabEntry& entry = entries[id];
        offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
        bytes += entry.text;
        flags.push_back(static_cast<std::uint8_t>((entry.special ? flag_special : 0) |
                                                  (entry.control ? flag_control : 0) |
                                                  (entry.ends_answer ? flag_ends_answer : 0)));
        if (entry.special || entry.text.empty()) {
            continue;
        }
        std::size_t slot = hash_of(entry.text) & (slots.size() - 1);
        while (slots[slot] != k_empty) {
            slot = (slot + 1) & (slots.size() - 1);
        }
        slots[slot] = static_cast<std::uint32_t>(id);
    }
    offsets.push_back(static_cast<std::uint32_t>(bytes.size()));

    TableHeader header{};
    header.count = static_cast<std::uint32_t>(entries.size());
    header.slots = static_cast<std::uint32_t>(slots.size());
    header.bytes = static_cast<std::uint32_t>(bytes.size());
    architecture.copy(header.architecture, sizeof header.architecture - 1);
    std::vector<std::uint8_t> payload;
    const auto append = [&payload](const void* data, std::size_t size) {
        const auto* first = static_cast<const std::uint8_t*>(data);
        payload.insert(payload.end(), first, first + size);
    };
    append(&header, sizeof header);
    append(offsets.data(), offsets.size() * sizeof offsets[0]);
    append(slots.data(), slots.size() * sizeof slots[0]);
    append(flags.data(), flags.size());
    append(bytes.data(), bytes.size());
    return MappedFile::save(path, key, payload);
}

std::optional<VocabTable> VocabTable::open(const std::filesystem::path& path, std::string_view key) {
    auto file = MappedFile::open(path, key);
    if (!file) {
        return std::nullopt;
    }
    VocabTable table(std::move(*file));
    if (!table.attach()) {
        return std::nullopt;
    }
    return table;
}

bool VocabTable::attach() {
    const auto payload = m_file.payload();
    if (payload.size() < sizeof(TableHeader)) {
        return false;
    }
    const auto* header = reinterpret_cast<const TableHeader*>(payload.data());
    const std::size_t expected = sizeof(TableHeader) + (std::size_t{header->count} + 1) * 4 +
                                 std::size_t{header->slots} * 4 + header->count + header->bytes;
    if (payload.size() != expected || !std::has_single_bit(header->slots)) {
        return false;
    }
    m_count = header->count;
    m_slot_mask = header->slots - 1;
    m_architecture = header->architecture;
    m_offsets = reinterpret_cast<const std::uint32_t*>(payload.data() + sizeof(TableHeader));
    m_slots = m_offsets + m_count + 1;
    m_flags = reinterpret_cast<const std::uint8_t*>(m_slots + header->slots);
    m_bytes = reinterpret_cast<const char*>(m_flags + m_count);
    for (std::size_t id = 0; id < m_count; ++id) {
        if (m_flags[id] & flag_special) {
            m_specials.push_back(static_cast<Token>(id));
        }
    }
    return true;
}

std::string_view VocabTable::text(Token token) const {
    if (token < 0 || static_cast<std::size_t>(token) >= m_count) {
        return {};
    }
    return {m_bytes + m_offsets[token], m_offsets[token + 1] - m_offsets[token]};
}

std::string_view VocabTable::piece(Token token) const {
    const std::string_view bytes = text(token);
    return bytes.empty() || (m_flags[token] & flag_control) ? std::string_view() : bytes;
}

bool VocabTable::ends_answer(Token token) const {
    return token >= 0 && static_cast<std::size_t>(token) < m_count && (m_flags[token] & flag_ends_answer);
}

Token VocabTable::find(std::string_view bytes) const {
    for (std::uint32_t slot = hash_of(bytes) & m_slot_mask; m_slots[slot] != k_empty;
         slot = (slot + 1) & m_slot_mask) {
        const auto id = static_cast<Token>(m_slots[slot]);
        if (text(id) == bytes) {
            return id;
        }
    }
    return -1;
}

// Byte-pair encoding of one word: joins, again and again, the neighbours whose union is the earliest token.
bool VocabTable::encode_word(std::string_view word, std::vector<Token>& out) const {
    std::vector<std::size_t> starts(word.size() + 1);
    for (std::size_t i = 0; i <= word.size(); ++i) {
        starts[i] = i;
    }
    while (starts.size() > 2) {
        Token best = std::numeric_limits<Token>::max();
        std::size_t best_at = 0;
        for (std::size_t i = 0; i + 2 < starts.size(); ++i) {
            const Token joined = find(word.substr(starts[i], starts[i + 2] - starts[i]));
            if (joined >= 0 && joined < best) {
                best = joined;
                best_at = i + 1;
            }
        }
        if (best_at == 0) {
            break;
        }
        starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(best_at));
    }
    for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
        const Token token = find(word.substr(starts[i], starts[i + 1] - starts[i]));
        if (token < 0) {
            return false;
        }
        out.push_back(token);
    }
    return true;
}

bool VocabTable::encode_plain(std::string_view text, std::vector<Token>& out) const {
    while (!text.empty()) {
        const std::size_t length = next_word(text);
        // A word of thousands of characters would take quadratic time; the engine has a better algorithm.
        if (length == 0 || length > 512 || !encode_word(text.substr(0, length), out)) {
            return false;
        }
        text.remove_prefix(length);
    }
    return true;
}

std::optional<std::vector<Token>> VocabTable::encode(std::string_view text, bool specials) const {
    std::vector<Token> out;
    while (!text.empty()) {
        std::size_t first = text.size();
        Token found = -1;
        for (const Token token : specials ? std::span<const Token>(m_specials) : std::span<const Token>()) {
            const std::size_t at = text.find(this->text(token));
            // At the same place the longer name wins.
            if (at < first || (at == first && found >= 0 && this->text(token).size() > this->text(found).size())) {
                first = at;
                found = token;
            }
        }
        if (!encode_plain(text.substr(0, first), out)) {
            return std::nullopt;
        }
        text.remove_prefix(first);
        if (found >= 0) {
            out.push_back(found);
            text.remove_prefix(this->text(found).size());
        }
    }
    return out;
}

}  // namespace caro::infer::llama
