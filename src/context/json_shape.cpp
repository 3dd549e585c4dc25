#include "context/json_shape.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <system_error>

#include <nlohmann/json.hpp>

namespace caro::context {

namespace {

constexpr std::uintmax_t k_most_bytes = 1'000'000;
constexpr std::size_t k_deepest = 5;
constexpr std::size_t k_most_paths = 200;
constexpr std::size_t k_most_elements = 5;  // of a list; all of them look alike

using nlohmann::json;

void collect(const json& value, const std::string& path, std::size_t depth, std::vector<std::string>& out) {
    if (depth > k_deepest || out.size() >= k_most_paths) {
        return;
    }
    if (value.is_array()) {
        for (std::size_t i = 0; i < std::min(value.size(), k_most_elements); ++i) {
            collect(value[i], path + (path.empty() ? ".[]" : "[]"), depth + 1, out);
        }
    } else if (value.is_object()) {
        for (const auto& [key, inner] : value.items()) {
            std::string name = path;
            name += "." + key;
            if (std::find(out.begin(), out.end(), name) == out.end()) {
                out.push_back(name);
            }
            collect(inner, name, depth + 1, out);
        }
    }
}

}  // namespace

JsonShape json_shape_of(std::string_view text, bool by_line) {
    JsonShape shape;
    const json value = json::parse(by_line ? text.substr(0, text.find('\n')) : text, nullptr, false);
    if (!value.is_object() && (by_line || !value.is_array())) {
        return shape;
    }
    shape.root = by_line ? JsonShape::Root::lines : value.is_array() ? JsonShape::Root::list : JsonShape::Root::object;
    collect(value, "", 0, shape.paths);
    return shape;
}

JsonShape json_shape_at(const std::filesystem::path& path) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(path, error) || error || std::filesystem::file_size(path, error) > k_most_bytes || error) {
        return {};
    }
    std::ifstream in(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto ending = path.extension();
    return json_shape_of(text, ending == ".jsonl" || ending == ".ndjson");
}

}  // namespace caro::context
