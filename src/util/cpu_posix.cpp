#include <algorithm>
#include <cmath>
#include <fstream>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <unistd.h>
#ifdef __linux__
#include <sched.h>
#endif
#ifdef __APPLE__
#include <sys/sysctl.h>
#endif

#include "util/cpu.hpp"

namespace caro {

namespace {

namespace fs = std::filesystem;

std::string read_line(const fs::path& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
}

// Processors the affinity mask allows.
std::vector<int> allowed_processors() {
    std::vector<int> allowed;
#ifdef __linux__
    cpu_set_t mask;
    CPU_ZERO(&mask);
    if (sched_getaffinity(0, sizeof mask, &mask) == 0) {
        for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
            if (CPU_ISSET(cpu, &mask)) {
                allowed.push_back(cpu);
            }
        }
    }
#endif
    if (allowed.empty()) {
        const int count = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
        for (int cpu = 0; cpu < count; ++cpu) {
            allowed.push_back(cpu);
        }
    }
    return allowed;
}

int distinct_cores(const std::vector<int>& processors, const fs::path& root) {
    std::set<std::pair<std::string, std::string>> cores;
    for (const int cpu : processors) {
        const fs::path topology =
            root / "sys/devices/system/cpu" / ("cpu" + std::to_string(cpu)) / "topology";
        const std::string core = read_line(topology / "core_id");
        if (core.empty()) {
            return static_cast<int>(processors.size());
        }
        cores.emplace(read_line(topology / "physical_package_id"), core);
    }
    return static_cast<int>(cores.size());
}

// CPUs' worth of time the control group grants; 0 = no limit. Looks from the process's own group upwards.
double cgroup_cpus(const fs::path& root) {
    double limit = 0;
    const auto lower = [&limit](double cpus) { limit = limit == 0 ? cpus : std::min(limit, cpus); };
    std::ifstream groups(root / "proc/self/cgroup");
    std::string line;
    while (std::getline(groups, line)) {
        const auto last = line.rfind(':');
        if (last == std::string::npos) {
            continue;
        }
        const bool v2 = line.rfind("0::", 0) == 0;
        const bool v1 = line.find(":cpu") != std::string::npos || line.find(",cpu") != std::string::npos;
        if (!v2 && !v1) {
            continue;
        }
        const fs::path base = root / (v2 ? "sys/fs/cgroup" : "sys/fs/cgroup/cpu");
        for (fs::path group = fs::path(line.substr(last + 1)).relative_path();; group = group.parent_path()) {
            if (v2) {
                std::ifstream file(base / group / "cpu.max");
                std::string quota;
                double period = 0;
                if (file >> quota >> period && quota != "max" && period > 0) {
                    lower(std::strtod(quota.c_str(), nullptr) / period);
                }
            } else {
                const double quota = std::atof(read_line(base / group / "cpu.cfs_quota_us").c_str());
                const double period = std::atof(read_line(base / group / "cpu.cfs_period_us").c_str());
                if (quota > 0 && period > 0) {
                    lower(quota / period);
                }
            }
            if (group.empty()) {
                break;
            }
        }
    }
    return limit;
}

}  // namespace

int idle_processors(const fs::path& root) {
    // "0.20 0.18 0.12 2/80 11206": the fourth field is running/all.
    std::ifstream file(root / "proc/loadavg");
    std::string one, five, fifteen;
    int running = 0;
    if (!(file >> one >> five >> fifteen >> running)) {
        return 1 << 20;
    }
    const int all = static_cast<int>(std::max(1U, std::thread::hardware_concurrency()));
#ifdef __linux__
    const long online = sysconf(_SC_NPROCESSORS_ONLN);
    return std::max(0, static_cast<int>(online > 0 ? online : all) - std::max(0, running - 1));
#else
    return std::max(0, all - std::max(0, running - 1));
#endif
}

int usable_physical_cores(const fs::path& root) {
#ifdef __APPLE__
    int cores = 0;
    std::size_t size = sizeof cores;
    // The performance cores; efficiency cores would slow every step down to their pace.
    if (sysctlbyname("hw.perflevel0.physicalcpu", &cores, &size, nullptr, 0) == 0 && cores > 0) {
        return cores;
    }
    if (sysctlbyname("hw.physicalcpu", &cores, &size, nullptr, 0) == 0 && cores > 0) {
        return cores;
    }
#endif
    int cores = distinct_cores(allowed_processors(), root);
    const double quota = cgroup_cpus(root);
    if (quota > 0) {
        cores = std::min(cores, std::max(1, static_cast<int>(std::ceil(quota))));
    }
    return std::max(1, cores);
}

}  // namespace caro
