#include "infer/remote/stream.hpp"

#include <fmt/core.h>

#include "infer/remote/answer_collector.hpp"
#include "prompt/piped.hpp"
#include "net/line_reader.hpp"
#include "net/redact.hpp"
#include "util/clock.hpp"
#include "util/strings.hpp"
#include "util/utf8.hpp"

namespace caro::infer::remote {

namespace {

class Stream {
  public:
    Stream(const Server& server, const StreamCall& call, const GenerateRequest& request, const TokenSink& sink,
           const CancelToken& cancel)
        : m_server(server), m_call(call), m_cancel(cancel), m_collector(request.prompt, sink) {}

    Result<Completion> run();

  private:
    bool take_bytes(const net::HttpResponse& head, std::string_view bytes);
    bool take_state(net::ReadState state);
    bool take_record(std::string_view record);
    bool take_piece(const Piece& piece);
    bool may_go_on();
    Error explain(Error error) const;
    bool stop_with(ErrorCode code, std::string message, std::string hint = {});
    void finish_records();
    Result<Completion> completion(double total_ms);

    const Server& m_server;
    const StreamCall& m_call;
    const CancelToken& m_cancel;
    AnswerCollector m_collector;
    net::NdjsonReader m_lines;
    net::SseReader m_events;
    bool m_whole = false;  // the server ignored our wish for a stream and sends one JSON text
    std::string m_whole_body;
    Stopwatch m_watch;
    double m_first_ms = 0;
    double m_load_ms = 0;
    Usage m_usage;
    std::size_t m_records = 0;
    std::uint32_t m_pieces = 0;
    bool m_got_usage = false;
    bool m_done = false;
    std::optional<StopReason> m_stop;
    std::optional<Error> m_error;
};

bool Stream::stop_with(ErrorCode code, std::string message, std::string hint) {
    m_error = Error{code, std::move(message), std::move(hint), {}};
    return false;
}

bool Stream::take_bytes(const net::HttpResponse& head, std::string_view bytes) {
    if (m_call.framing == Framing::sse && head.header("content-type").find("application/json") == 0) {
        m_whole = true;
        m_whole_body += bytes;  // the HTTP client limits its size
        return true;
    }
    const net::RecordSink sink = [this](std::string_view record) { return take_record(record); };
    return take_state(m_call.framing == Framing::sse ? m_events.push(bytes, sink) : m_lines.push(bytes, sink));
}

bool Stream::take_state(net::ReadState state) {
    if (state == net::ReadState::too_long) {
        return stop_with(ErrorCode::bad_output,
                         fmt::format("the answer of {} has a part that is too long", m_server.text()));
    }
    return state == net::ReadState::more;
}

// The bytes of one read can hold thousands of records, so the clock is looked at for each.
bool Stream::may_go_on() {
    if (m_cancel.cancelled()) {
        return stop_with(ErrorCode::cancelled, "interrupted");
    }
    if (m_cancel.expired() || (m_server.deadline && std::chrono::steady_clock::now() >= *m_server.deadline)) {
        return stop_with(ErrorCode::timeout,
                         fmt::format("{} did not finish its answer within {:.3g} s", m_server.endpoint.url.origin(),
                                     m_watch.milliseconds() / 1000),
                         "A larger timeout_ms waits longer");
    }
    return true;
}

// A server may send events long before it has anything to say (vLLM: the role). What is waited for is the first token.
Error Stream::explain(Error error) const {
    if (error.code == ErrorCode::timeout && m_records > 0 && m_pieces == 0) {
        error.message = fmt::format("the model on {} gave no first token within {:.3g} s", m_server.text(),
                                    m_watch.milliseconds() / 1000);
        error.hint = "It is busy, or its model is slow; a larger timeout_ms waits longer";
    }
    return error;
}

bool Stream::take_record(std::string_view record) {
    if (!may_go_on()) {
        return false;
    }
    ++m_records;
    if (!is_valid_utf8(record)) {
        return stop_with(ErrorCode::bad_output, fmt::format("the answer of {} is not valid UTF-8", m_server.text()));
    }
    const auto piece = m_call.parse(record);
    if (!piece) {
        return stop_with(ErrorCode::bad_output,
                         fmt::format("{} sent something that is no answer: {}", m_server.text(),
                                     net::quote_server_text(record, m_server.secrets())),
                         fmt::format("Check {}", m_server.address_setting));
    }
    return take_piece(*piece);
}

bool Stream::take_piece(const Piece& piece) {
    if (!piece.error.empty()) {
        return stop_with(ErrorCode::unavailable,
                         fmt::format("{} failed in the middle of its answer: {}", m_server.text(),
                                     net::quote_server_text(piece.error, m_server.secrets())),
                         "Try again; look at the server's log if it happens often");
    }
    m_load_ms = piece.load_ms > 0 ? piece.load_ms : m_load_ms;
    if (piece.usage) {
        m_usage = *piece.usage;
        m_got_usage = true;
    }
    m_stop = piece.stop ? piece.stop : m_stop;
    m_done = m_done || piece.done;
    if (piece.text.empty()) {
        return !piece.last;
    }
    if (m_first_ms == 0) {
        m_first_ms = m_watch.milliseconds();
    }
    ++m_pieces;
    return m_collector.push(piece.text) && !piece.last;
}

void Stream::finish_records() {
    const net::RecordSink sink = [this](std::string_view record) { return take_record(record); };
    if (m_whole) {
        take_record(trim(m_whole_body));
    } else if (m_call.framing == Framing::sse) {
        take_state(m_events.finish(sink));
    } else {
        take_state(m_lines.finish(sink));
    }
}

Result<Completion> Stream::run() {
    const auto response = exchange(
        m_server, m_call.request,
        [this](const net::HttpResponse& head, std::string_view bytes) { return take_bytes(head, bytes); }, m_cancel);
    if (m_error) {
        return fail(explain(std::move(*m_error)));
    }
    if (!response) {
        return fail(explain(response.error()));
    }
    if (!response->stopped) {
        finish_records();
        if (m_error) {
            return fail(std::move(*m_error));
        }
    }
    return completion(m_watch.milliseconds());
}

Result<Completion> Stream::completion(double total_ms) {
    const bool enough = m_collector.stop().has_value();
    if (!enough && !m_done) {
        return fail(ErrorCode::network, fmt::format("the answer of {} ends in the middle", m_server.text()),
                    "Try again; look at the server's log if it happens often");
    }
    m_collector.finish();
    Completion out;
    out.text = m_collector.text();
    if (trim(out.text).empty()) {
        return fail(ErrorCode::bad_output, fmt::format("the model on {} gave an empty answer", m_server.text()),
                    "Try again, say it in other words, or use another model");
    }
    out.stop = enough ? *m_collector.stop() : m_stop.value_or(StopReason::end_of_answer);
    out.usage = m_usage;
    if (!m_got_usage) {
        out.usage.generated_tokens = m_pieces;  // servers send one token a piece; the rest is not known
    }
    out.timings.load = std::min(m_load_ms, m_first_ms);
    out.timings.prompt = m_first_ms - out.timings.load;
    out.timings.generate = total_ms - m_first_ms;
    return out;
}

}  // namespace

Result<Completion> stream_answer(const Server& server, const StreamCall& call, const GenerateRequest& request,
                                 const TokenSink& sink, const CancelToken& cancel) {
    auto completion = Stream(server, call, request, sink, cancel).run();
    if (completion) {
        completion->piped_cut = prompt::shortens(request.prompt);
    }
    return completion;
}

}  // namespace caro::infer::remote
