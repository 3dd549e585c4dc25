#include "models/reference.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "util/env.hpp"
#include "util/strings.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

constexpr std::string_view k_name_characters =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
constexpr std::string_view k_forms =
    "A model is a name of 'caro models list', owner/name[:Q4_K_M] or owner/name/file.gguf of the hub, or the path of "
    "a GGUF file";

bool starts_with(std::string_view text, std::string_view start) { return text.substr(0, start.size()) == start; }

bool ends_with(std::string_view text, std::string_view end) {
    return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

bool is_gguf(std::string_view file) { return ends_with(to_lower(file), ".gguf"); }

bool is_printable(std::string_view text) {
    return std::none_of(text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

tl::unexpected<Error> misread(std::string_view text, std::string_view why) {
    return fail(ErrorCode::usage, fmt::format("'{}' names no model: {}", text, why), std::string(k_forms));
}

// Owner and repository names as the hub allows them; nothing that could leave the folder or the address they are
// put into.
bool is_name(std::string_view name) {
    return !name.empty() && name.size() <= 96 && name.find_first_not_of(k_name_characters) == std::string_view::npos &&
           name.front() != '.' && name.front() != '-' && name.find("..") == std::string_view::npos;
}

bool is_relative_file(std::string_view file) {
    const auto parts = split(file, '/');
    return std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
        return !part.empty() && part != "." && part != ".." && part.find('\\') == std::string_view::npos;
    });
}

bool is_revision(std::string_view revision) {
    const auto parts = split(revision, '/');
    return revision.size() <= 128 && std::all_of(parts.begin(), parts.end(), [](auto part) { return is_name(part); });
}

std::string joined(std::span<const std::string_view> parts) {
    std::string text;
    for (const auto part : parts) {
        text += (text.empty() ? "" : "/") + std::string(part);
    }
    return text;
}

Result<Reference> checked(Reference reference, std::string_view text) {
    const auto parts = split(reference.repo, '/');
    if (parts.size() != 2 || !is_name(parts[0]) || !is_name(parts[1])) {
        return misread(text, "a repository of the hub is written owner/name");
    }
    if (!reference.revision.empty() && !is_revision(reference.revision)) {
        return misread(text, fmt::format("'{}' is no revision", reference.revision));
    }
    if (!reference.file.empty() && !is_relative_file(reference.file)) {
        return misread(text, fmt::format("'{}' is no file of a repository", reference.file));
    }
    if (!reference.file.empty() && !is_gguf(reference.file)) {
        return misread(text, fmt::format("{} is no GGUF file", reference.file));
    }
    return reference;
}

// owner/name[/file][:quant][@revision]
Result<Reference> parse_hub(std::string_view rest, std::string_view text) {
    Reference reference;
    reference.kind = Reference::Kind::hub;
    if (const auto at = rest.find('@'); at != std::string_view::npos) {
        reference.revision = rest.substr(at + 1);
        rest = rest.substr(0, at);
        if (reference.revision.empty()) {
            return misread(text, "there is no revision after '@'");
        }
    }
    if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
        reference.quant = rest.substr(colon + 1);
        rest = rest.substr(0, colon);
        if (!is_name(reference.quant)) {
            return misread(text, "after ':' stands a quantisation, such as Q4_K_M");
        }
    }
    const auto parts = split(rest, '/');
    if (parts.size() < 2) {
        return misread(text, "a repository of the hub is written owner/name");
    }
    reference.repo = fmt::format("{}/{}", parts[0], parts[1]);
    reference.file = joined(std::span(parts).subspan(2));
    if (parts.size() > 2 && !is_relative_file(rest)) {
        return misread(text, "there is an empty part between slashes");
    }
    if (!reference.file.empty() && !reference.quant.empty()) {
        return misread(text, "a file and a quantisation are one too many");
    }
    return checked(std::move(reference), text);
}

// "host[:port]/path" without the scheme; "" if it is no http address.
std::string_view without_scheme(std::string_view address) {
    for (const std::string_view scheme : {"https://", "http://"}) {
        if (starts_with(to_lower(address.substr(0, scheme.size())), scheme)) {
            return address.substr(scheme.size());
        }
    }
    return {};
}

// The path behind the hub's host, without the slash; nullopt for another host.
std::optional<std::string_view> path_on_hub(std::string_view address) {
    const std::string_view rest = without_scheme(address);
    const std::string lower = to_lower(rest);
    std::vector<std::string> hubs = {"huggingface.co", "www.huggingface.co", "hf.co"};
    if (const auto endpoint = get_env_nonempty("HF_ENDPOINT")) {
        std::string_view base = without_scheme(*endpoint);
        while (ends_with(base, "/")) {
            base.remove_suffix(1);
        }
        if (!base.empty()) {
            hubs.push_back(to_lower(base));
        }
    }
    for (const auto& hub : hubs) {
        if (starts_with(lower, hub + "/")) {
            return rest.substr(hub.size() + 1);
        }
    }
    return std::nullopt;
}

// The file that a page of the hub shows in its query: …?show_file_info=x.gguf
std::string file_in_query(std::string_view query) {
    constexpr std::string_view k_key = "show_file_info=";
    for (const auto part : split(query, '&')) {
        if (starts_with(part, k_key)) {
            return percent_decoded(part.substr(k_key.size()));
        }
    }
    return "";
}

// owner/name, owner/name/tree/revision, owner/name/blob|resolve|raw/revision/file
Result<Reference> parse_address(std::string_view text) {
    const auto path = path_on_hub(text);
    if (!path) {
        return misread(text, "this is no address of the hub; for another hub set HF_ENDPOINT");
    }
    const std::string_view bare = path->substr(0, path->find('#'));
    const auto mark = bare.find('?');
    std::string_view place = bare.substr(0, mark);
    while (ends_with(place, "/")) {
        place.remove_suffix(1);
    }
    std::vector<std::string> decoded;
    for (const auto part : split(place, '/')) {
        decoded.push_back(percent_decoded(part));
    }
    if (decoded[0] == "datasets" || decoded[0] == "spaces" || decoded.size() < 2) {
        return misread(text, "this is no model's page");
    }
    Reference reference;
    reference.kind = Reference::Kind::hub;
    reference.repo = decoded[0] + "/" + decoded[1];
    if (decoded.size() > 2) {
        const bool folder = decoded[2] == "tree";
        if ((!folder && decoded[2] != "blob" && decoded[2] != "resolve" && decoded[2] != "raw") || decoded.size() < 4) {
            return misread(text, "this page shows no file");
        }
        reference.revision = decoded[3] == "main" ? "" : decoded[3];
        const std::vector<std::string> file(decoded.begin() + 4, decoded.end());
        if (!folder) {
            reference.file = join(file, "/");
            if (reference.file.empty()) {
                return misread(text, "this page shows no file");
            }
        }
    }
    if (reference.file.empty() && mark != std::string_view::npos) {
        reference.file = file_in_query(bare.substr(mark + 1));
    }
    return checked(std::move(reference), text);
}

Reference path_reference(std::string_view text) {
    Reference reference;
    reference.kind = Reference::Kind::path;
    reference.path = fs::path(text);
    if (starts_with(text, "~/")) {
        if (const auto home = home_dir()) {
            reference.path = *home / std::string(text.substr(2));
        }
    }
    return reference;
}

Reference entry_reference(const CatalogueEntry& entry) {
    Reference reference;
    reference.entry = entry;
    reference.repo = entry.repo;
    reference.file = entry.file;
    return reference;
}

// A word without a slash.
Result<Reference> parse_name(std::string_view text) {
    TRY_ASSIGN(const auto entries, catalogue());
    std::vector<std::string_view> names;
    std::string known;
    for (const auto& entry : entries) {
        if (text.empty() ? entry.is_default : (entry.name == to_lower(text) || entry.file == text)) {
            return entry_reference(entry);
        }
        names.emplace_back(entry.name);
        known += (known.empty() ? "" : ", ") + entry.name;
    }
    if (is_gguf(text)) {
        return path_reference(text);
    }
    const std::string near = nearest(to_lower(text), names);
    return fail(ErrorCode::usage, fmt::format("there is no model '{}'", text),
                near.empty() ? fmt::format("Models: {}; or owner/name of the hub, or the path of a GGUF file", known)
                             : fmt::format("Did you mean '{}'? Models: {}; or the path of a GGUF file", near, known));
}

}  // namespace

std::string Reference::text() const {
    switch (kind) {
        case Kind::catalogue:
            return entry ? entry->name : "";
        case Kind::path:
            return path.string();
        case Kind::hub:
            break;
    }
    std::string text = repo;
    if (!file.empty()) {
        text += "/" + file;
    } else if (!quant.empty()) {
        text += ":" + quant;
    }
    return revision.empty() ? text : text + "@" + revision;
}

std::string Reference::stable_text() const {
    std::error_code error;
    switch (kind) {
        case Kind::hub:
            return "hf://" + text();
        case Kind::path:
            return fs::absolute(path, error).string();
        case Kind::catalogue:
            break;
    }
    return text();
}

Result<Reference> parse_reference(std::string_view text) {
    if (!is_printable(text)) {
        return misread(text, "it holds characters that cannot be printed");
    }
    for (const std::string_view scheme : {"hf://", "hf.co/", "huggingface.co/"}) {
        if (starts_with(text, scheme)) {
            return parse_hub(text.substr(scheme.size()), text);
        }
    }
    if (!without_scheme(text).empty()) {
        return parse_address(text);
    }
    if (text.find("://") != std::string_view::npos) {
        return misread(text, "only hf:// and https:// are known");
    }
    if (starts_with(text, "/") || starts_with(text, ".") || starts_with(text, "~")) {
        return path_reference(text);
    }
    const auto slashes = std::count(text.begin(), text.end(), '/');
    if (slashes == 0) {
        return parse_name(text);
    }
    std::error_code error;
    // "folder/x.gguf" is a file of this machine whether or not it is there: a repository has no such name.
    if (fs::exists(fs::path(text), error) || (slashes == 1 && is_gguf(text))) {
        return path_reference(text);
    }
    return parse_hub(text, text);
}

std::string quant_of(std::string_view file) {
    const std::string upper = [&] {
        std::string text(file.substr(file.rfind('/') == std::string_view::npos ? 0 : file.rfind('/') + 1));
        std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::toupper(c); });
        return ends_with(text, ".GGUF") ? text.substr(0, text.size() - 5) : text;
    }();
    std::string found;
    std::string token;
    const auto take = [&] {
        const std::string_view rest = std::string_view(token).substr(starts_with(token, "IQ") ? 1 : 0);
        const bool quantised = rest.size() > 2 && rest[0] == 'Q' && rest[1] >= '1' && rest[1] <= '8' && rest[2] == '_';
        if (quantised || token == "F16" || token == "BF16" || token == "F32") {
            found = token;
        }
        token.clear();
    };
    for (const char c : upper) {
        if (c == '-' || c == '.') {
            take();
        } else {
            token += c;
        }
    }
    take();
    return found;
}

Result<std::string> choose_file(std::span<const std::string> files, std::string_view quant) {
    // Middle sizes first: what a small model loses below them is felt in its commands.
    static constexpr std::array<std::string_view, 10> k_preferred = {"Q4_K_M", "Q5_K_M", "Q4_K_S", "Q5_K_S", "Q6_K",
                                                                     "Q8_0",   "Q4_1",   "Q4_0",   "BF16",   "F16"};
    std::vector<std::string> whole;
    std::string kinds;
    bool parts = false;
    for (const auto& file : files) {
        const std::string lower = to_lower(file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1));
        if (!is_gguf(lower) || starts_with(lower, "mmproj")) {
            continue;
        }
        const bool is_part = lower.find("-of-0") != std::string::npos;
        parts = parts || is_part;
        if (!is_part) {
            whole.push_back(file);
            kinds += (kinds.empty() ? "" : ", ") + (quant_of(file).empty() ? file : quant_of(file));
        }
    }
    const auto with = [&](std::string_view kind) {
        return std::find_if(whole.begin(), whole.end(),
                            [&](const auto& file) { return to_lower(quant_of(file)) == to_lower(kind); });
    };
    if (whole.empty()) {
        return parts ? fail(ErrorCode::usage, "this repository has its GGUF files in several parts only",
                            "Choose a repository with whole files")
                     : fail(ErrorCode::not_found, "there is no GGUF file in this repository",
                            "Look for one whose name ends in -GGUF: caro models search NAME");
    }
    if (!quant.empty()) {
        const auto file = with(quant);
        return file != whole.end() ? Result<std::string>(*file)
                                   : fail(ErrorCode::not_found, fmt::format("there is no {} in this repository", quant),
                                          "There is: " + kinds);
    }
    for (const auto kind : k_preferred) {
        if (const auto file = with(kind); file != whole.end()) {
            return *file;
        }
    }
    if (whole.size() == 1) {
        return whole.front();
    }
    return fail(ErrorCode::usage, "this repository has several GGUF files", "Name one of: " + kinds);
}

}  // namespace caro::models
