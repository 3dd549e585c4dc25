// How fast commands are judged: 20,000 ordinary ones, one core. Prints the rate and the slowest hundredth.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "safety/analyzer.hpp"

int main() {
    const std::vector<std::string> some = {
        "ls -la", "find . -name '*.log' -mtime +7 -print", "grep -rn \"TODO\" src | head -20", "git status", "git log --oneline -5",
        "du -sh * | sort -h | tail -10", "ps aux | grep nginx | awk '{print $2}'", "tar czf out.tgz src", "for f in *.txt; do wc -l \"$f\"; done",
        "docker ps -a", "curl -s https://example.com/api | jq '.items[] | .name'", "sed -i 's/a/b/g' notes.txt", "mkdir -p build && cd build",
        "x=$(date +%F); cp data.csv \"data-$x.csv\"", "find . -type f -exec chmod 644 {} +", "rm -rf node_modules", "sudo apt-get install -y vim",
        "ssh host 'df -h'", "cat a b c | sort -u > out.txt", "awk -F: '$3 >= 1000 {print $1}' /etc/passwd"};
    caro::safety::Scene scene;
    scene.home = "/home/me";
    scene.cwd = "/home/me/project";
    for (const auto& command : some) {
        caro::safety::analyze(command, scene);  // reads the data once
    }
    std::vector<double> times;
    const auto start = std::chrono::steady_clock::now();
    for (int i = 0; i < 20000; ++i) {
        const auto before = std::chrono::steady_clock::now();
        caro::safety::analyze(some[static_cast<std::size_t>(i) % some.size()], scene);
        times.push_back(std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - before).count());
    }
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    std::sort(times.begin(), times.end());
    std::printf("%.0f commands/s, median %.1f us, p99 %.1f us\n", 20000 / seconds, times[10000], times[19800]);
    return 0;
}
