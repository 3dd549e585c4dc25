// A back end that does what a test tells it, and counts what it is asked.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "infer/generator.hpp"
#include "infer/registry.hpp"

namespace caro::test {

struct Script {
    infer::BackendInfo info;
    infer::Availability availability{true, "", ""};
    std::chrono::milliseconds probe_time{0};
    // What generate() does; by default it answers `text` in one piece.
    std::string text = "true";
    std::function<Result<infer::Completion>(const infer::GenerateRequest&, const infer::TokenSink&, const CancelToken&)>
        generate;

    std::atomic<int> probes{0};
    std::atomic<int> answers{0};
    std::atomic<int> shutdowns{0};

    // Counters and behaviour as at the beginning; the name stays.
    void reset() {
        const std::string name = info.name;
        info = {};
        info.name = name;
        info.model = name + "-model";
        availability = {true, "", ""};
        probe_time = std::chrono::milliseconds(0);
        text = "true";
        generate = {};
        probes = answers = shutdowns = 0;
    }
};

class ScriptedGenerator final : public infer::Generator {
  public:
    explicit ScriptedGenerator(Script& script) : m_script(script) {}
    ~ScriptedGenerator() override { ScriptedGenerator::shutdown(); }

    infer::BackendInfo info() const override { return m_script.info; }

    infer::Availability is_available(std::chrono::milliseconds, const CancelToken&) override {
        ++m_script.probes;
        std::this_thread::sleep_for(m_script.probe_time);
        return m_script.availability;
    }

    Result<infer::Completion> generate(const infer::GenerateRequest& request, const infer::TokenSink& sink,
                                       const CancelToken& cancel) override {
        ++m_script.answers;
        if (m_script.generate) {
            return m_script.generate(request, sink, cancel);
        }
        if (sink) {
            sink(m_script.text);
        }
        infer::Completion out;
        out.text = m_script.text;
        out.usage = {10, 5, 2};
        out.timings = {0, 10, 20};
        return out;
    }

    void shutdown() noexcept override {
        m_script.shutdowns += m_shut_down ? 0 : 1;
        m_shut_down = true;
    }

  private:
    Script& m_script;
    bool m_shut_down = false;
};

// Up to four scripted back ends; the table of back ends takes plain functions, so each has its own.
template <int N>
struct ScriptedBackend {
    static Script& script() {
        static Script s_script;
        return s_script;
    }
    static Result<std::unique_ptr<infer::Generator>> make(const infer::BackendOptions&) {
        return std::make_unique<ScriptedGenerator>(script());
    }
    // Call once per program.
    static Script& add(std::string_view name, int priority, bool local = true, bool in_process = false) {
        infer::register_for_tests({name, "scripted", local, priority, make, in_process});
        script().info.name = name;
        script().reset();
        return script();
    }
};

}  // namespace caro::test
