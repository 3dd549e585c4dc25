#include <dlfcn.h>

#include <algorithm>
#include <charconv>
#include <fstream>
#include <string_view>

#include "models/hardware.hpp"
#include "util/cpu.hpp"
#include "util/log.hpp"
#include "util/strings.hpp"

#if defined(__x86_64__)
#include <cpuid.h>
#endif
#if defined(__linux__) && defined(__aarch64__)
#include <asm/hwcap.h>
#include <sys/auxv.h>
#endif
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

namespace caro::models {

namespace {

namespace fs = std::filesystem;

// The first number behind `label` at the beginning of a line; nullopt if there is none ("max").
std::optional<std::uint64_t> number_in(const fs::path& file, std::string_view label) {
    std::ifstream in(file);
    std::string line;
    while (std::getline(in, line)) {
        if (line.rfind(label, 0) == 0) {
            const auto at = line.find_first_not_of(" \t", label.size());
            std::uint64_t number = 0;
            const auto text = std::string_view(line).substr(std::min(at, line.size()));
            const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
            return error == std::errc{} && end != text.data() ? std::optional(number) : std::nullopt;
        }
    }
    return std::nullopt;
}

// What a group allows and what it has taken; pages that only mirror files are given back when needed.
void limit_by(const fs::path& group, bool v2, MemoryFacts& facts) {
    const auto limit = number_in(group / (v2 ? "memory.max" : "memory.limit_in_bytes"), "");
    if (!limit || *limit >= std::uint64_t{1} << 62U) {
        return;  // v1 writes "no limit" as a number close to the largest
    }
    const auto used = number_in(group / (v2 ? "memory.current" : "memory.usage_in_bytes"), "").value_or(0);
    const auto files = number_in(group / "memory.stat", v2 ? "inactive_file" : "total_inactive_file").value_or(0);
    const std::uint64_t held = used > files ? used - files : 0;
    const std::uint64_t left = *limit > held ? *limit - held : 1;  // 0 would mean not known
    facts.total = facts.total == 0 ? *limit : std::min(facts.total, *limit);
    facts.available = facts.available == 0 ? left : std::min(facts.available, left);
}

#ifdef __APPLE__
std::uint64_t sysctl_number(const char* name) {
    std::uint64_t value = 0;
    std::size_t size = sizeof value;
    return sysctlbyname(name, &value, &size, nullptr, 0) == 0 ? value : 0;
}
#endif

std::string processor_name(const fs::path& root) {
#ifdef __APPLE__
    static_cast<void>(root);
    char name[128] = {};
    std::size_t size = sizeof name - 1;
    return sysctlbyname("machdep.cpu.brand_string", name, &size, nullptr, 0) == 0 ? name : "";
#else
    std::ifstream in(root / "proc/cpuinfo");
    std::string line;
    while (std::getline(in, line)) {
        if (line.rfind("model name", 0) == 0 && line.find(':') != std::string::npos) {
            return std::string(trim(line.substr(line.find(':') + 1)));
        }
    }
    return "";
#endif
}

std::vector<std::string> instruction_sets() {
    std::vector<std::string> sets;
    const auto add = [&sets](bool there, const char* name) {
        if (there) {
            sets.emplace_back(name);
        }
    };
#if defined(__x86_64__)
    // The compiler's own test includes whether the system saves the wide registers.
    const bool wide = __builtin_cpu_supports("avx2") != 0;
    const bool wider = __builtin_cpu_supports("avx512f") != 0;
    unsigned a = 0, b = 0, c = 0, d = 0;
    unsigned a1 = 0, b1 = 0, c1 = 0, d1 = 0;
    const bool leaf = __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0;
    const bool leaf1 = leaf && a >= 1 && __get_cpuid_count(7, 1, &a1, &b1, &c1, &d1) != 0;
    add(wide, "AVX2");
    add(__builtin_cpu_supports("fma") != 0, "FMA");
    add(wider, "AVX-512");
    add((wider && (c >> 11U & 1U) != 0) || (leaf1 && wide && (a1 >> 4U & 1U) != 0), "VNNI");
    add(wider && leaf && (d >> 24U & 1U) != 0 && (d >> 25U & 1U) != 0, "AMX");
#elif defined(__aarch64__)
    add(true, "NEON");
#ifdef __linux__
    const unsigned long caps = ::getauxval(AT_HWCAP);
    const unsigned long more = ::getauxval(AT_HWCAP2);
    add((caps & HWCAP_ASIMDDP) != 0, "DOTPROD");
#ifdef HWCAP2_I8MM
    add((more & HWCAP2_I8MM) != 0, "I8MM");
#endif
    static_cast<void>(more);
    add((caps & HWCAP_SVE) != 0, "SVE");
#elif defined(__APPLE__)
    add(sysctl_number("hw.optional.arm.FEAT_DotProd") != 0, "DOTPROD");
    add(sysctl_number("hw.optional.arm.FEAT_I8MM") != 0, "I8MM");
#endif
#endif
    return sets;
}

// NVIDIA's management library comes with the driver; nothing is linked, and without a driver there is none. Only its
// oldest functions are used.
class Nvml {
  public:
    Nvml() : m_library(::dlopen("libnvidia-ml.so.1", RTLD_LAZY | RTLD_LOCAL)) {
        m_ready = m_library != nullptr && call("nvmlInit_v2") == 0;
    }
    ~Nvml() {
        if (m_ready) {
            call("nvmlShutdown");
        }
        if (m_library != nullptr) {
            ::dlclose(m_library);
        }
    }
    Nvml(const Nvml&) = delete;
    Nvml& operator=(const Nvml&) = delete;

    std::vector<Gpu> gpus() const {
        std::vector<Gpu> found;
        unsigned count = 0;
        if (!m_ready || call("nvmlDeviceGetCount_v2", &count) != 0) {
            return found;
        }
        for (unsigned i = 0; i < count; ++i) {
            struct {
                unsigned long long total, free, used;
            } memory{};
            char name[96] = {};
            void* device = nullptr;
            if (call("nvmlDeviceGetHandleByIndex_v2", i, &device) == 0 &&
                call("nvmlDeviceGetMemoryInfo", device, static_cast<void*>(&memory)) == 0) {
                call("nvmlDeviceGetName", device, static_cast<char*>(name), static_cast<unsigned>(sizeof name - 1));
                found.push_back({name, memory.total, memory.free, false});
            }
        }
        return found;
    }

  private:
    template <class... Arguments>
    int call(const char* name, Arguments... arguments) const {
        const auto function = reinterpret_cast<int (*)(Arguments...)>(::dlsym(m_library, name));
        return function == nullptr ? -1 : function(arguments...);
    }

    void* m_library;
    bool m_ready = false;
};

}  // namespace

MemoryFacts memory_facts(const fs::path& root) {
    MemoryFacts facts;
#ifdef __APPLE__
    facts.total = sysctl_number("hw.memsize");
#endif
    facts.total = number_in(root / "proc/meminfo", "MemTotal:").value_or(facts.total / 1024) * 1024;
    facts.available = number_in(root / "proc/meminfo", "MemAvailable:").value_or(0) * 1024;
    std::ifstream groups(root / "proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line)) {
        const bool v2 = line.rfind("0::", 0) == 0;
        const auto last = line.rfind(':');
        const bool v1 = !v2 && (line.find(":memory:") != std::string::npos || line.find(",memory") != std::string::npos ||
                                line.find("memory,") != std::string::npos);
        if (last == std::string::npos || (!v2 && !v1)) {
            continue;
        }
        const fs::path base = root / (v2 ? "sys/fs/cgroup" : "sys/fs/cgroup/memory");
        for (fs::path group = fs::path(line.substr(last + 1)).relative_path();; group = group.parent_path()) {
            limit_by(base / group, v2, facts);
            if (group.empty()) {
                break;
            }
        }
    }
    return facts;
}

Hardware look_at_hardware(const fs::path& root) {
    Hardware hardware;
    hardware.processor = processor_name(root);
    hardware.cores = usable_physical_cores(root);
    hardware.isa = instruction_sets();
    const MemoryFacts memory = memory_facts(root);
    hardware.memory_total = memory.total;
    hardware.memory_available = memory.available;
    hardware.gpus = Nvml().gpus();
    return hardware;
}

}  // namespace caro::models
