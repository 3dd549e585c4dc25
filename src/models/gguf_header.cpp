#include "models/gguf_header.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>
#include <functional>
#include <limits>

#include <fmt/core.h>

#include "util/utf8.hpp"

namespace caro::models {

namespace {

constexpr std::uint64_t k_most_entries = 65'536;       // keys; files of today have some dozens
constexpr std::uint64_t k_most_tensors = 1'000'000;
constexpr std::uint64_t k_longest_key = 65'535;
constexpr std::uint64_t k_longest_kept = 1 << 20;      // of a text that is kept
constexpr std::uint64_t k_longest_text = 256U << 20U;  // of any text
constexpr std::uint64_t k_most_elements = 1U << 28U;   // of an array
constexpr std::uint32_t k_most_dimensions = 4;
constexpr std::uint64_t k_default_alignment = 32;
constexpr std::size_t k_buffer = std::size_t{1} << 20U;
constexpr std::size_t k_first_bytes = 64;

enum Type : std::uint32_t {
    t_uint8, t_int8, t_uint16, t_int16, t_uint32, t_int32, t_float32, t_bool, t_string, t_array, t_uint64, t_int64, t_float64
};

// Bytes of a value; 0 for texts and arrays and what does not exist.
std::uint64_t bytes_of(std::uint32_t type) {
    constexpr std::array<std::uint64_t, 13> k_bytes = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
    return type < k_bytes.size() ? k_bytes[type] : 0;
}

// How ggml stores a tensor type: so many weights in so many bytes. Zero for types that are not known here.
struct Block {
    std::uint64_t weights;
    std::uint64_t bytes;
};

Block block_of(std::uint32_t type) {
    switch (type) {
        case 0: return {1, 4};       // F32
        case 1: return {1, 2};       // F16
        case 2: return {32, 18};     // Q4_0
        case 3: return {32, 20};     // Q4_1
        case 6: return {32, 22};     // Q5_0
        case 7: return {32, 24};     // Q5_1
        case 8: return {32, 34};     // Q8_0
        case 10: return {256, 84};   // Q2_K
        case 11: return {256, 110};  // Q3_K
        case 12: return {256, 144};  // Q4_K
        case 13: return {256, 176};  // Q5_K
        case 14: return {256, 210};  // Q6_K
        case 24: return {1, 1};      // I8
        case 25: return {1, 2};      // I16
        case 26: return {1, 4};      // I32
        case 27: return {1, 8};      // I64
        case 28: return {1, 8};      // F64
        case 30: return {1, 2};      // BF16
        default: return {0, 0};
    }
}

tl::unexpected<Error> bad(std::string message) {
    return fail(ErrorCode::bad_model, std::move(message), "Fetch the file again, or name another model");
}

// What a file that is no GGUF is, as far as its first bytes tell.
std::string kind_of(std::string_view begin) {
    const auto starts = [&](std::string_view text) { return begin.substr(0, text.size()) == text; };
    if (begin.empty()) {
        return "it is empty";
    }
    if (starts("PK\x03\x04")) {
        return "it is a zip archive, perhaps a PyTorch checkpoint";
    }
    if (starts("version https://git-lfs")) {
        return "it is a pointer of Git LFS, not the file itself";
    }
    if (starts("<!") || starts("<html") || starts("<HTML")) {
        return "it is a web page";
    }
    if (starts("\x80\x02") || starts("\x80\x04")) {
        return "it is a Python pickle";
    }
    if (starts("ggml") || starts("ggjt") || starts("lmgg") || starts("tjgg")) {
        return "it is a model in an older form of ggml";
    }
    if (begin.size() > 8 && begin[8] == '{') {
        return "it looks like SafeTensors";
    }
    return "it does not begin like one";
}

// Reads forward through the file; never past its end.
class Reader {
  public:
    using Fill = std::function<std::size_t(std::uint64_t at, char* to, std::size_t size)>;
    Reader(Fill fill, std::uint64_t size, std::size_t buffer = k_buffer) : m_fill(std::move(fill)), m_size(size), m_buffer(buffer) {}

    std::uint64_t at() const { return m_at; }
    std::uint64_t left() const { return m_size - m_at; }

    bool skip(std::uint64_t count) {
        if (count > left()) {
            return false;
        }
        m_at += count;
        return true;
    }

    bool bytes(char* to, std::size_t count) {
        while (count > 0) {
            if (m_at < m_begin || m_at >= m_begin + m_filled) {
                m_begin = m_at;
                m_filled = m_at < m_size ? m_fill(m_at, m_buffer.data(), static_cast<std::size_t>(std::min<std::uint64_t>(m_buffer.size(), left()))) : 0;
                if (m_filled == 0) {
                    return false;
                }
            }
            const auto from = static_cast<std::size_t>(m_at - m_begin);
            const std::size_t part = std::min(count, m_filled - from);
            std::memcpy(to, m_buffer.data() + from, part);
            to += part;
            m_at += part;
            count -= part;
        }
        return true;
    }

    // Numbers are little-endian in the file.
    template <class T>
    bool number(T& value) {
        std::array<unsigned char, sizeof(T)> raw{};
        if (!bytes(reinterpret_cast<char*>(raw.data()), raw.size())) {
            return false;
        }
        std::uint64_t all = 0;
        for (std::size_t i = raw.size(); i > 0; --i) {
            all = all << 8U | raw[i - 1];
        }
        value = static_cast<T>(all);
        return true;
    }

    // A text of at most `limit` bytes; longer ones are an error.
    bool text(std::string& value, std::uint64_t limit) {
        std::uint64_t length = 0;
        if (!number(length) || length > limit || length > left()) {
            return false;
        }
        value.resize(static_cast<std::size_t>(length));
        return bytes(value.data(), value.size());
    }

    bool skip_text() {
        std::uint64_t length = 0;
        return number(length) && length <= k_longest_text && skip(length);
    }

  private:
    Fill m_fill;
    std::uint64_t m_size;
    std::uint64_t m_at = 0;
    std::uint64_t m_begin = 0;
    std::size_t m_filled = 0;
    std::vector<char> m_buffer;
};

struct Tensor {
    std::string name;
    std::uint64_t offset = 0;
    std::uint64_t bytes = 0;
};

class Parser {
  public:
    Parser(Reader& reader, std::uint64_t size) : m_reader(reader), m_size(size) {}

    Result<GgufHeader> run() && {
        TRY(begin());
        for (std::uint64_t i = 0; i < m_entries; ++i) {
            TRY(entry());
        }
        for (std::uint64_t i = 0; i < m_header.tensors; ++i) {
            TRY(tensor());
        }
        TRY(layout());
        return std::move(m_header);
    }

    // The first bytes: what it is, and counts that fit its size.
    Result<> begin();

  private:
    Result<> entry();
    Result<> value(const std::string& key, std::uint32_t type);
    Result<> array(const std::string& key);
    Result<> tensor();
    Result<> layout();
    tl::unexpected<Error> cut() const {
        return bad(fmt::format("the GGUF header is cut short or damaged near byte {} of {}", m_reader.at(), m_size));
    }

    Reader& m_reader;
    std::uint64_t m_size;
    std::uint64_t m_entries = 0;
    GgufHeader m_header;
    std::vector<Tensor> m_tensors;
};

Result<> Parser::begin() {
    std::array<char, k_first_bytes> first{};
    const std::size_t count = static_cast<std::size_t>(std::min<std::uint64_t>(first.size(), m_size));
    Reader peek = m_reader;
    if (!peek.bytes(first.data(), count) || std::string_view(first.data(), std::min<std::size_t>(count, 4)) != "GGUF") {
        return bad("not a GGUF file: " + kind_of({first.data(), count}));
    }
    if (!m_reader.skip(4) || !m_reader.number(m_header.version)) {
        return cut();
    }
    if (m_header.version != 2 && m_header.version != 3) {
        const bool swapped = (m_header.version & 0xFFFFU) == 0;
        return bad(swapped ? "the GGUF file is of the other byte order"
                           : fmt::format("version {} of GGUF is not supported", m_header.version));
    }
    if (!m_reader.number(m_header.tensors) || !m_reader.number(m_entries)) {
        return cut();
    }
    // A tensor's entry takes 24 bytes at least, a key's 13.
    if (m_header.tensors > k_most_tensors || m_entries > k_most_entries || m_header.tensors * 24 + m_entries * 13 > m_reader.left()) {
        return bad(fmt::format("the GGUF header promises {} tensors and {} entries, more than the file can hold", m_header.tensors, m_entries));
    }
    return {};
}

Result<> Parser::entry() {
    std::string key;
    std::uint32_t type = 0;
    if (!m_reader.text(key, k_longest_key) || !m_reader.number(type)) {
        return cut();
    }
    if (!is_valid_utf8(key) || key.empty()) {
        return bad("the GGUF header has a key that is no text");
    }
    if (m_header.texts.count(key) + m_header.numbers.count(key) + m_header.arrays.count(key) > 0) {
        return bad(fmt::format("the GGUF header has the key {} twice", key));
    }
    return type == t_array ? array(key) : value(key, type);
}

Result<> Parser::value(const std::string& key, std::uint32_t type) {
    if (type == t_string) {
        std::string text;
        if (!m_reader.text(text, k_longest_text)) {
            return cut();
        }
        text.resize(std::min<std::size_t>(text.size(), k_longest_kept));
        m_header.texts[key] = to_valid_utf8(text);
        return {};
    }
    const std::uint64_t size = bytes_of(type);
    if (size == 0) {
        return bad(fmt::format("the GGUF header has a value of unknown type {} for {}", type, key));
    }
    std::uint64_t number = 0;
    std::array<char, 8> raw{};
    if (!m_reader.bytes(raw.data(), static_cast<std::size_t>(size))) {
        return cut();
    }
    for (std::size_t i = static_cast<std::size_t>(size); i > 0; --i) {
        number = number << 8U | static_cast<unsigned char>(raw[i - 1]);
    }
    m_header.numbers[key] = type == t_float32 || type == t_float64 ? 0 : number;
    return {};
}

Result<> Parser::array(const std::string& key) {
    std::uint32_t type = 0;
    std::uint64_t count = 0;
    if (!m_reader.number(type) || !m_reader.number(count)) {
        return cut();
    }
    const std::uint64_t each = type == t_string ? 8 : bytes_of(type);  // a text takes eight bytes at least
    if (each == 0 || count > k_most_elements || count > m_reader.left() / each) {
        return bad(fmt::format("the GGUF header has an array {} that cannot be", key));
    }
    m_header.arrays[key] = count;
    if (type != t_string) {
        return m_reader.skip(count * each) ? Result<>() : Result<>(cut());
    }
    for (std::uint64_t i = 0; i < count; ++i) {
        if (!m_reader.skip_text()) {
            return cut();
        }
    }
    return {};
}

Result<> Parser::tensor() {
    Tensor tensor;
    std::uint32_t dimensions = 0;
    if (!m_reader.text(tensor.name, k_longest_key) || !m_reader.number(dimensions)) {
        return cut();
    }
    if (dimensions > k_most_dimensions) {
        return bad(fmt::format("the tensor {} has {} dimensions", to_valid_utf8(tensor.name), dimensions));
    }
    std::uint64_t weights = 1;
    std::uint64_t first = 1;
    for (std::uint32_t i = 0; i < dimensions; ++i) {
        std::uint64_t extent = 0;
        if (!m_reader.number(extent)) {
            return cut();
        }
        if (extent == 0 || extent > std::numeric_limits<std::uint64_t>::max() / 64 / weights) {
            return bad(fmt::format("the tensor {} has an impossible shape", to_valid_utf8(tensor.name)));
        }
        first = i == 0 ? extent : first;
        weights *= extent;
    }
    std::uint32_t type = 0;
    if (!m_reader.number(type) || !m_reader.number(tensor.offset)) {
        return cut();
    }
    const Block block = block_of(type);
    if (block.weights > 0 && first % block.weights != 0) {
        return bad(fmt::format("the rows of the tensor {} are no whole blocks", to_valid_utf8(tensor.name)));
    }
    tensor.bytes = block.weights > 0 ? weights / block.weights * block.bytes : 0;
    m_header.parameters += weights;
    m_tensors.push_back(std::move(tensor));
    return {};
}

// Where the tensors lie: inside the file, none over another.
Result<> Parser::layout() {
    const std::uint64_t told = m_header.number("general.alignment");
    const std::uint64_t alignment = told == 0 ? k_default_alignment : told;
    if ((alignment & (alignment - 1)) != 0 || alignment > (1U << 20U)) {
        return bad(fmt::format("an alignment of {} cannot be", alignment));
    }
    m_header.data_offset = (m_reader.at() + alignment - 1) / alignment * alignment;
    std::sort(m_tensors.begin(), m_tensors.end(), [](const Tensor& a, const Tensor& b) { return a.offset < b.offset; });
    std::uint64_t end = 0;
    for (const auto& tensor : m_tensors) {
        const std::string name = to_valid_utf8(tensor.name);
        if (tensor.offset % alignment != 0) {
            return bad(fmt::format("the tensor {} begins at an odd place", name));
        }
        if (tensor.offset < end) {
            return bad(fmt::format("the tensor {} lies over another", name));
        }
        if (m_header.data_offset > m_size || tensor.offset > m_size - m_header.data_offset ||
            tensor.bytes > m_size - m_header.data_offset - tensor.offset) {
            return bad(fmt::format("the file is cut short: it has {} bytes and needs {} at least", m_size,
                                   m_header.data_offset + tensor.offset + tensor.bytes));
        }
        end = tensor.offset + tensor.bytes;
    }
    m_header.data_size = end;
    return {};
}

// Gives the file to `read` as a parser; errors name the file.
template <class Read>
auto read_with(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t size, std::size_t buffer, const Read& read)
    -> decltype(read(std::declval<Parser>())) {
    std::ifstream in(file, std::ios::binary);
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) {
        return fail(ErrorCode::bad_model, fmt::format("{} is a folder, not a model", file.string()),
                    "Name the .gguf file in it");
    }
    const auto whole = std::filesystem::file_size(file, error);
    if (!in || error) {
        return fail(std::filesystem::exists(file, error) ? ErrorCode::io : ErrorCode::not_found,
                    fmt::format("cannot read {}", file.string()), "Check that it is a file and you may read it");
    }
    const std::uint64_t length = size != 0 ? size : whole - std::min<std::uint64_t>(offset, whole);
    Reader reader(
        [&](std::uint64_t at, char* to, std::size_t count) -> std::size_t {
            in.clear();
            in.seekg(static_cast<std::streamoff>(offset + at));
            in.read(to, static_cast<std::streamsize>(count));
            return static_cast<std::size_t>(std::max<std::streamsize>(in.gcount(), 0));
        },
        length, buffer);
    auto outcome = read(Parser(reader, length));
    if (!outcome) {
        outcome.error().message = fmt::format("{}: {}", file.string(), outcome.error().message);
    }
    return outcome;
}

}  // namespace

std::string_view GgufHeader::text(const std::string& key) const {
    const auto it = texts.find(key);
    return it == texts.end() ? std::string_view() : std::string_view(it->second);
}

std::uint64_t GgufHeader::number(const std::string& key) const {
    const auto it = numbers.find(key);
    return it == numbers.end() ? 0 : it->second;
}

std::uint64_t GgufHeader::of_architecture(std::string_view key) const {
    return number(fmt::format("{}.{}", text("general.architecture"), key));
}

Result<GgufHeader> read_gguf_header(const std::filesystem::path& file, std::uint64_t offset, std::uint64_t size) {
    return read_with(file, offset, size, k_buffer, [](Parser parser) { return std::move(parser).run(); });
}

Result<> peek_gguf_header(const std::filesystem::path& file) {
    return read_with(file, 0, 0, k_first_bytes, [](Parser parser) { return parser.begin(); });
}

Result<GgufHeader> parse_gguf_header(std::string_view bytes, std::uint64_t size) {
    Reader reader(
        [&](std::uint64_t at, char* to, std::size_t count) -> std::size_t {
            const std::size_t got = at < bytes.size() ? std::min<std::size_t>(count, bytes.size() - static_cast<std::size_t>(at)) : 0;
            std::memcpy(to, bytes.data() + std::min<std::size_t>(static_cast<std::size_t>(at), bytes.size()), got);
            return got;
        },
        size, std::clamp<std::size_t>(bytes.size(), k_first_bytes, k_buffer));
    return Parser(reader, size).run();
}

}  // namespace caro::models
