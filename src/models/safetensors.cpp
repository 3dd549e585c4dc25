#include "models/safetensors.hpp"

#include <algorithm>
#include <array>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

#include <fmt/core.h>

#include "util/utf8.hpp"

namespace caro::models {

namespace {

using nlohmann::json;

constexpr std::uint64_t k_longest_header = 100'000'000;  // the format's own limit
constexpr int k_deepest = 4;
constexpr std::size_t k_most_dimensions = 8;
constexpr std::size_t k_length_bytes = 8;

struct KindRow {
    std::string_view name;
    std::uint64_t bits;
    WeightKind kind;
};

constexpr std::array k_kinds = {
    KindRow{"F32", 32, WeightKind::f32},    KindRow{"F16", 16, WeightKind::f16},    KindRow{"BF16", 16, WeightKind::bf16},
    KindRow{"F64", 64, WeightKind::other},  KindRow{"I64", 64, WeightKind::other},  KindRow{"U64", 64, WeightKind::other},
    KindRow{"I32", 32, WeightKind::other},  KindRow{"U32", 32, WeightKind::other},  KindRow{"I16", 16, WeightKind::other},
    KindRow{"U16", 16, WeightKind::other},  KindRow{"I8", 8, WeightKind::other},    KindRow{"U8", 8, WeightKind::other},
    KindRow{"BOOL", 8, WeightKind::other},  KindRow{"C64", 64, WeightKind::other},  KindRow{"F8_E4M3", 8, WeightKind::other},
    KindRow{"F8_E5M2", 8, WeightKind::other}, KindRow{"F8_E8M0", 8, WeightKind::other}, KindRow{"F4", 4, WeightKind::other},
};

tl::unexpected<Error> bad(std::string message) {
    return fail(ErrorCode::bad_model, std::move(message), "The file is damaged or no SafeTensors file: get it again");
}

std::string shown(std::string_view name) {
    constexpr std::size_t k_shown = 80;
    return escape_deceptive(to_valid_utf8(name.substr(0, k_shown)));
}

std::optional<std::uint64_t> natural(const json& value) {
    return value.is_number_unsigned() ? std::optional(value.get<std::uint64_t>()) : std::nullopt;
}

// What the bytes of a tensor of that shape are; nullopt if that is more than a number holds or no whole number.
std::optional<std::uint64_t> bytes_of(const std::vector<std::uint64_t>& shape, std::uint64_t bits) {
    std::uint64_t count = 1;
    for (const auto extent : shape) {
        if (extent != 0 && count > std::numeric_limits<std::uint64_t>::max() / 64 / extent) {
            return std::nullopt;
        }
        count *= extent;
    }
    return count * bits % 8 == 0 ? std::optional(count * bits / 8) : std::nullopt;
}

Result<SafeTensor> tensor_of(const std::string& name, const json& row, std::uint64_t data_offset) {
    SafeTensor tensor;
    tensor.name = name;
    if (!row.is_object() || row.size() != 3 || !row.contains("dtype") || !row.contains("shape") ||
        !row.contains("data_offsets") || !row["dtype"].is_string() || !row["shape"].is_array() ||
        !row["data_offsets"].is_array() || row["data_offsets"].size() != 2) {
        return bad(fmt::format("the tensor {} is not described as the format asks", shown(name)));
    }
    tensor.kind_name = row["dtype"].get<std::string>();
    const auto kind = std::find_if(k_kinds.begin(), k_kinds.end(), [&](const auto& k) { return k.name == tensor.kind_name; });
    if (kind == k_kinds.end()) {
        return bad(fmt::format("the tensor {} is of an unknown type", shown(name)));
    }
    tensor.kind = kind->kind;
    for (const auto& extent : row["shape"]) {
        const auto number = natural(extent);
        if (!number || tensor.shape.size() == k_most_dimensions) {
            return bad(fmt::format("the tensor {} has a shape that cannot be", shown(name)));
        }
        tensor.shape.push_back(*number);
    }
    const auto begin = natural(row["data_offsets"][0]);
    const auto end = natural(row["data_offsets"][1]);
    const auto bytes = bytes_of(tensor.shape, kind->bits);
    if (!begin || !end || *end < *begin || !bytes || *end - *begin != *bytes ||
        *begin > std::numeric_limits<std::uint64_t>::max() - data_offset) {
        return bad(fmt::format("the tensor {} has a size that does not fit its shape", shown(name)));
    }
    tensor.offset = data_offset + *begin;
    tensor.size = *bytes;
    return tensor;
}

// Parses the JSON; nullopt if it is none, too deep, or has a key twice in one object.
std::optional<json> parse_strictly(std::string_view text) {
    std::vector<std::set<std::string>> keys;
    bool sound = true;
    const auto watch = [&](int depth, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) {
            keys.emplace_back();
        } else if (event == json::parse_event_t::object_end) {
            keys.pop_back();
        } else if (event == json::parse_event_t::key) {
            sound = sound && keys.back().insert(value.get<std::string>()).second;
        }
        sound = sound && depth <= k_deepest;
        return sound;
    };
    json parsed = json::parse(text, watch, false);
    return sound && !parsed.is_discarded() ? std::optional(std::move(parsed)) : std::nullopt;
}

Result<SafeTensorsHeader> header_of(std::string_view text, std::uint64_t size) {
    if (text.empty() || text.front() != '{') {
        return bad("the header is no JSON object");
    }
    const auto parsed = parse_strictly(text);
    if (!parsed || !parsed->is_object()) {
        return bad("the header is no sound JSON");
    }
    SafeTensorsHeader header;
    header.data_offset = k_length_bytes + text.size();
    for (const auto& [name, row] : parsed->items()) {
        if (name != "__metadata__") {
            TRY_ASSIGN(auto tensor, tensor_of(name, row, header.data_offset));
            header.tensors.push_back(std::move(tensor));
        }
    }
    std::stable_sort(header.tensors.begin(), header.tensors.end(), [](const auto& a, const auto& b) {
        return a.offset != b.offset ? a.offset < b.offset : a.size < b.size;
    });
    std::uint64_t end = header.data_offset;
    for (const auto& tensor : header.tensors) {
        if (tensor.offset != end) {
            return bad(fmt::format("the tensor {} {}", shown(tensor.name),
                                   tensor.offset < end ? "lies over another" : "has a hole before it"));
        }
        if (tensor.size > size || end > size - tensor.size) {
            return bad(fmt::format("the file is cut short: it has {} bytes and needs more for {}", size, shown(tensor.name)));
        }
        end += tensor.size;
    }
    if (end != size) {
        return bad(fmt::format("the file has {} bytes behind its last tensor", size - end));
    }
    return header;
}

// The header's length, held to the file's.
Result<std::uint64_t> length_of(std::string_view first, std::uint64_t size) {
    if (first.substr(0, 4) == "GGUF") {
        return fail(ErrorCode::bad_model, "this is a GGUF file, no SafeTensors file", "Use it as it is: -m FILE");
    }
    if (first.size() < k_length_bytes || size < k_length_bytes) {
        return bad("the file is cut short: it has no header");
    }
    std::uint64_t length = 0;
    for (std::size_t i = k_length_bytes; i > 0; --i) {
        length = length << 8U | static_cast<unsigned char>(first[i - 1]);
    }
    if (length > k_longest_header || length > size - k_length_bytes) {
        return bad(length > k_longest_header ? "this is no SafeTensors file" : "the file is cut short within its header");
    }
    return length;
}

}  // namespace

std::uint64_t bytes_of(WeightKind kind) noexcept {
    switch (kind) {
        case WeightKind::f32: return 4;
        case WeightKind::f16:
        case WeightKind::bf16: return 2;
        case WeightKind::other: break;
    }
    return 0;
}

std::uint64_t SafeTensor::count() const noexcept {
    std::uint64_t count = 1;
    for (const auto extent : shape) {
        count *= extent;
    }
    return count;
}

Result<SafeTensorsHeader> parse_safetensors_header(std::string_view bytes, std::uint64_t size) {
    TRY_ASSIGN(const std::uint64_t length, length_of(bytes, size));
    if (bytes.size() - k_length_bytes < length) {
        return bad("the file is cut short within its header");
    }
    return header_of(bytes.substr(k_length_bytes, static_cast<std::size_t>(length)), size);
}

Result<SafeTensorsHeader> read_safetensors_header(const std::filesystem::path& file) {
    std::error_code error;
    const auto size = std::filesystem::file_size(file, error);
    std::ifstream in(file, std::ios::binary);
    if (error || !in) {
        return fail(std::filesystem::exists(file, error) ? ErrorCode::io : ErrorCode::not_found,
                    fmt::format("cannot read {}", file.string()), "Check that it is a file and you may read it");
    }
    std::string text(k_length_bytes, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    const auto name_it = [&file](Error problem) {
        problem.message = fmt::format("{}: {}", file.string(), problem.message);
        return fail(std::move(problem));
    };
    const auto length = length_of(text, size);
    if (!length) {
        return name_it(length.error());
    }
    text.resize(static_cast<std::size_t>(*length));
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(in.gcount()));
    if (text.size() != *length) {
        return fail(ErrorCode::io, fmt::format("cannot read {}", file.string()), "Try again: the file changed while it was read");
    }
    auto header = header_of(text, size);
    return header ? std::move(header) : Result<SafeTensorsHeader>(name_it(header.error()));
}

}  // namespace caro::models
