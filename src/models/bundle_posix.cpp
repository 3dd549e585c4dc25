#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <fmt/core.h>

#include "models/bundle.hpp"
#include "models/file_facts.hpp"
#include "util/log.hpp"
#include "util/program.hpp"
#include "util/sha256.hpp"

namespace caro::models {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t k_footer = 256;
constexpr std::size_t k_checked = 224;
constexpr std::uint64_t k_alignment = 64 * 1024;
constexpr std::string_view k_magic = "CAROMODL";
constexpr std::size_t k_longest_name = 159;
constexpr std::size_t k_piece = std::size_t{4} << 20U;

// A descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int fd) : m_fd(fd) {}
    ~Descriptor() {
        if (m_fd >= 0) {
            ::close(m_fd);
        }
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return m_fd; }

  private:
    int m_fd;
};

tl::unexpected<Error> cannot(std::string_view what, const fs::path& path) {
    const int cause = errno;
    return fail(ErrorCode::io, fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(cause)),
                cause == ENOSPC || cause == EDQUOT ? "Free some space on that disk" : "Check that the path exists and you may use it");
}

void put(std::string& bytes, std::size_t at, std::uint64_t value, int count) {
    for (int i = 0; i < count; ++i) {
        bytes[at + static_cast<std::size_t>(i)] = static_cast<char>(value >> (8 * i));
    }
}

std::uint64_t number(std::string_view bytes, std::size_t at, int count) {
    std::uint64_t value = 0;
    for (int i = count; i > 0; --i) {
        value = value << 8U | static_cast<unsigned char>(bytes[at + static_cast<std::size_t>(i) - 1]);
    }
    return value;
}

std::string bytes_of_hex(std::string_view hex) {
    std::string bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
        bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
    }
    return bytes;
}

std::string hex_of_bytes(std::string_view bytes) {
    std::string hex;
    for (const char c : bytes) {
        hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
    }
    return hex;
}

std::string footer_of(const Bundle& bundle) {
    std::string footer(k_footer, '\0');
    footer.replace(0, k_magic.size(), k_magic);
    put(footer, 8, 1, 4);
    put(footer, 16, bundle.offset, 8);
    put(footer, 24, bundle.size, 8);
    footer.replace(32, 32, bytes_of_hex(bundle.sha256));
    footer.replace(64, bundle.file.size(), bundle.file);
    footer.replace(k_checked, 32, bytes_of_hex(sha256_hex(std::string_view(footer).substr(0, k_checked))));
    return footer;
}

Result<> write_all(int fd, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(fd, bytes.data(), bytes.size());
        if (written < 0 && errno != EINTR) {
            return cannot("write", path);
        }
        bytes.remove_prefix(written > 0 ? static_cast<std::size_t>(written) : 0);
    }
    return {};
}

// Copies `size` bytes from `offset` on; `each` sees every piece.
Result<> read_range(const fs::path& path, std::uint64_t offset, std::uint64_t size, const CancelToken& cancel,
                    const std::function<Result<>(std::string_view)>& each) {
    const Descriptor in(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (in.get() < 0) {
        return cannot("open", path);
    }
    std::string buffer(k_piece, '\0');
    for (std::uint64_t done = 0; done < size;) {
        if (cancel.should_stop()) {
            return fail(ErrorCode::cancelled, "interrupted");
        }
        const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(buffer.size(), size - done));
        const ssize_t got = ::pread(in.get(), buffer.data(), wanted, static_cast<off_t>(offset + done));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return got < 0 ? Result<>(cannot("read", path)) : Result<>(fail(ErrorCode::io, fmt::format("{} became shorter", path.string())));
        }
        TRY(each({buffer.data(), static_cast<std::size_t>(got)}));
        done += static_cast<std::uint64_t>(got);
    }
    return {};
}

// True if a model begins where one would after this ELF program, whose section table is its end. A file that lost its end, and
// with it the footer, is told from a program without a model by that.
bool has_model_behind(int fd) {
    std::string head(64, '\0');
    if (::pread(fd, head.data(), head.size(), 0) != 64 || head.compare(0, 6, std::string_view("\x7f" "ELF\x02\x01")) != 0) {
        return false;
    }
    const std::uint64_t bare = number(head, 0x28, 8) + number(head, 0x3a, 2) * number(head, 0x3c, 2);
    const std::uint64_t offset = (bare + k_alignment - 1) / k_alignment * k_alignment;
    char magic[4] = {};
    return offset < (std::uint64_t{1} << 40U) && ::pread(fd, magic, 4, static_cast<off_t>(offset)) == 4 && std::memcmp(magic, "GGUF", 4) == 0;
}

struct Own {
    std::optional<Bundle> bundle;
    std::string problem;
};

const Own& own() {
    static const Own s_own = [] {
        Own made;
        const auto program = program_path();
        auto found = program ? bundle_in(*program) : Result<std::optional<Bundle>>(std::nullopt);
        if (!found) {
            made.problem = found.error().message;
            LOG("{}", made.problem);
        } else {
            made.bundle = std::move(*found);
        }
        return made;
    }();
    return s_own;
}

}  // namespace

Result<std::optional<Bundle>> bundle_in(const fs::path& program) {
    const Descriptor in(::open(program.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat info {};
    if (in.get() < 0 || ::fstat(in.get(), &info) != 0) {
        return cannot("open", program);
    }
    std::string footer(k_footer, '\0');
    const auto end = static_cast<std::uint64_t>(info.st_size);
    const bool has_footer = end >= k_footer && ::pread(in.get(), footer.data(), k_footer, static_cast<off_t>(end - k_footer)) == static_cast<ssize_t>(k_footer) &&
                            footer.compare(0, k_magic.size(), k_magic) == 0;
    if (!has_footer && !has_model_behind(in.get())) {
        return std::nullopt;
    }
    const auto damaged = [&](std::string_view why) {
        return fail(ErrorCode::bad_model, fmt::format("the model inside {} cannot be used: {}", program.string(), why),
                    "Make the file anew, or copy it again");
    };
    if (!has_footer) {
        return damaged("the file was cut short");
    }
    if (hex_of_bytes(std::string_view(footer).substr(k_checked)) != sha256_hex(std::string_view(footer).substr(0, k_checked))) {
        return damaged("its footer is damaged");
    }
    if (number(footer, 8, 4) != 1) {
        return damaged("it was made by a later version");
    }
    Bundle bundle;
    bundle.program = program;
    bundle.offset = number(footer, 16, 8);
    bundle.size = number(footer, 24, 8);
    if (bundle.offset % k_alignment != 0 || bundle.offset > end || bundle.size != end - k_footer - bundle.offset) {
        return damaged("its length is wrong");
    }
    char magic[4] = {};
    if (::pread(in.get(), magic, 4, static_cast<off_t>(bundle.offset)) != 4 || std::memcmp(magic, "GGUF", 4) != 0) {
        return damaged("it is no GGUF file");
    }
    bundle.sha256 = hex_of_bytes(std::string_view(footer).substr(32, 32));
    bundle.file = std::string(footer.c_str() + 64);
    return bundle;
}

const std::optional<Bundle>& own_bundle() { return own().bundle; }

const std::string& bundle_problem() { return own().problem; }

Result<Bundle> write_bundle(const fs::path& program, const fs::path& model, const std::string& name, const fs::path& output,
                            const FractionSink& progress, const CancelToken& cancel) {
    const auto facts = facts_of(model);
    const auto whole = facts_of(program);
    if (!facts || !whole) {
        return fail(ErrorCode::not_found, fmt::format("{} does not exist", (facts ? program : model).string()));
    }
    TRY_ASSIGN(const auto inside, bundle_in(program));
    std::uint64_t bare = inside ? inside->offset : whole->size;
    Bundle made;
    made.program = output;
    made.offset = (bare + k_alignment - 1) / k_alignment * k_alignment;
    made.size = facts->size;
    made.file = name.substr(0, k_longest_name);
    const fs::path folder = output.has_parent_path() ? output.parent_path() : fs::path(".");
    if (const auto space = free_space(folder); space && *space < made.offset + made.size + k_footer) {
        return fail(ErrorCode::io, fmt::format("{} has too little space left for {} MB", folder.string(), (made.offset + made.size) / 1'000'000),
                    "Free some space, or write to another disk");
    }
    std::string temporary = output.string() + ".XXXXXX";
    const Descriptor out(::mkostemp(temporary.data(), O_CLOEXEC));
    if (out.get() < 0) {
        return cannot("create a file beside", output);
    }
    const auto write = [&]() -> Result<> {
        TRY(read_range(program, 0, bare, cancel, [&](std::string_view bytes) { return write_all(out.get(), bytes, temporary); }));
        TRY(write_all(out.get(), std::string(made.offset - bare, '\0'), temporary));
        Sha256 hash;
        std::uint64_t done = 0;
        bool begins = true;
        TRY(read_range(model, 0, made.size, cancel, [&](std::string_view bytes) -> Result<> {
            if (begins && bytes.substr(0, 4) != "GGUF") {
                return fail(ErrorCode::bad_model, fmt::format("{} is no GGUF file", model.string()), "Name a model file");
            }
            begins = false;
            hash.update(bytes);
            done += bytes.size();
            if (progress) {
                progress(static_cast<double>(done) / static_cast<double>(made.size));
            }
            return write_all(out.get(), bytes, temporary);
        }));
        made.sha256 = hash.hex_digest();
        TRY(write_all(out.get(), footer_of(made), temporary));
        if (::fchmod(out.get(), 0755) != 0 || ::fsync(out.get()) != 0 || ::rename(temporary.c_str(), output.c_str()) != 0) {
            return cannot("write", output);
        }
        return {};
    };
    if (auto written = write(); !written) {
        ::unlink(temporary.c_str());
        return fail(std::move(written.error()));
    }
    return made;
}

Result<bool> verify_bundle(const Bundle& bundle, const FractionSink& progress, const CancelToken& cancel) {
    Sha256 hash;
    std::uint64_t done = 0;
    TRY(read_range(bundle.program, bundle.offset, bundle.size, cancel, [&](std::string_view bytes) -> Result<> {
        hash.update(bytes);
        done += bytes.size();
        if (progress) {
            progress(static_cast<double>(done) / static_cast<double>(bundle.size));
        }
        return {};
    }));
    return hash.hex_digest() == bundle.sha256;
}

}  // namespace caro::models
