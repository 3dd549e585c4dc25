// Cutting a byte stream into the records of the two streaming formats: NDJSON and server-sent events.
// Pure: no sockets, no clock. A stream gives the same records however it is cut into pieces.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace caro::net {

// Receives one record; false = enough.
using RecordSink = std::function<bool(std::string_view)>;

enum class ReadState : unsigned char {
    more,      // feed on
    enough,    // the sink said so
    too_long,  // a record is longer than the limit
};

// Records are the non-empty lines, without their line end (LF or CRLF).
class NdjsonReader {
  public:
    explicit NdjsonReader(std::size_t longest_record = 1U << 20U) : m_limit(longest_record) {}

    ReadState push(std::string_view bytes, const RecordSink& sink);

    // The stream is over: a last line without line end is a record too.
    ReadState finish(const RecordSink& sink);

  private:
    std::size_t m_limit;
    std::string m_line;
};

// Records are the data of the events (several `data:` lines joined by newlines), as the HTML standard defines them;
// comments, event names, ids and retry hints are left out. Line ends may be LF, CRLF or CR.
class SseReader {
  public:
    explicit SseReader(std::size_t longest_record = 1U << 20U) : m_limit(longest_record) {}

    ReadState push(std::string_view bytes, const RecordSink& sink);

    // The stream is over. The standard drops an event without its closing empty line; servers exist that forget
    // the one after the last event, so it is given out here.
    ReadState finish(const RecordSink& sink);

  private:
    ReadState end_line(const RecordSink& sink);
    ReadState dispatch(const RecordSink& sink);

    std::size_t m_limit;
    std::string m_line;
    std::string m_data;
    bool m_has_data = false;
    bool m_after_cr = false;   // a following LF belongs to the same line end
    bool m_first_line = true;  // may begin with a byte order mark
};

}  // namespace caro::net
