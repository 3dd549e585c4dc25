#include "cli/structured_internal.hpp"

namespace caro::cli {

namespace {

// Scalars in JSON's notation are YAML's double-quoted style.
std::string scalar(const Document& node) {
    return node.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

bool is_block(const Document& node) {
    return node.is_structured() && !node.empty();
}

void write_yaml(const Document& node, const std::string& indent, std::string& out) {
    bool first = true;
    const auto entry = [&](const std::string& lead, const Document& value,
                           const std::string& deeper) {
        // The first line of a list item stands behind its dash.
        out += (first ? "" : indent) + lead;
        first = false;
        if (!is_block(value)) {
            out += " " + scalar(value) + "\n";
        } else if (lead == "-") {
            out += " ";
            write_yaml(value, deeper, out);
        } else {
            out += "\n" + deeper;
            write_yaml(value, deeper, out);
        }
    };
    if (node.is_object()) {
        for (const auto& [key, value] : node.items()) {
            entry(key + ":", value, indent + "  ");
        }
    } else {
        for (const auto& value : node) {
            entry("-", value, indent + "  ");
        }
    }
}

}  // namespace

std::string structured_text(const Document& document, Output output) {
    if (output == Output::yaml && is_block(document)) {
        std::string out;
        write_yaml(document, "", out);
        return out;
    }
    return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace caro::cli
