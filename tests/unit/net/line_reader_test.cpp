#include "net/line_reader.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/fake_server.hpp"

namespace caro::net {
namespace {

using Records = std::vector<std::string>;

template <class Reader>
Records read_in_pieces(std::string_view first, std::string_view second) {
    Records out;
    const RecordSink keep = [&](std::string_view record) {
        out.emplace_back(record);
        return true;
    };
    Reader reader;
    EXPECT_EQ(reader.push(first, keep), ReadState::more);
    EXPECT_EQ(reader.push(second, keep), ReadState::more);
    EXPECT_EQ(reader.finish(keep), ReadState::more);
    return out;
}

// The same records whole, cut once at every offset, and byte by byte.
template <class Reader>
void expect_records(std::string_view stream, const Records& expected) {
    for (std::size_t cut = 0; cut <= stream.size(); ++cut) {
        EXPECT_EQ(read_in_pieces<Reader>(stream.substr(0, cut), stream.substr(cut)), expected) << "cut at " << cut;
    }
    Records bytewise;
    const RecordSink keep = [&](std::string_view record) {
        bytewise.emplace_back(record);
        return true;
    };
    Reader reader;
    for (const char c : stream) {
        reader.push(std::string_view(&c, 1), keep);
    }
    reader.finish(keep);
    EXPECT_EQ(bytewise, expected);
}

TEST(Ndjson, RecordsAreLines) {
    expect_records<NdjsonReader>("{\"a\":1}\n\n{\"b\":\"\xC3\xA9\"}\r\n{\"c\":3}", {"{\"a\":1}", "{\"b\":\"\xC3\xA9\"}", "{\"c\":3}"});
    expect_records<NdjsonReader>("", {});
}

TEST(Sse, RecordsAreDataOfEvents) {
    expect_records<SseReader>(
        "\xEF\xBB\xBF"
        "data: one\n\n: comment\nevent: x\nid: 7\ndata: two\ndata:  lines\n\nretry: 5\n\ndata\n\ndata:three\r\n\r\ndata: four\r\r"
        "data: no closing line",
        {"one", "two\n lines", "", "three", "four", "no closing line"});
}

TEST(Sse, FieldsThatOnlyLookLikeDataAreNone) {
    expect_records<SseReader>("database: x\n\n data: y\n\nDATA: z\n\n", {});
}

TEST(LineReaders, StopWhenTheSinkHasEnough) {
    int seen = 0;
    const RecordSink one = [&](std::string_view) { return ++seen < 1; };
    NdjsonReader lines;
    EXPECT_EQ(lines.push("1\n2\n3\n", one), ReadState::enough);
    EXPECT_EQ(seen, 1);
    seen = 0;
    SseReader events;
    EXPECT_EQ(events.push("data: 1\n\ndata: 2\n\n", one), ReadState::enough);
    EXPECT_EQ(seen, 1);
}

TEST(LineReaders, RefuseEndlessRecords) {
    const RecordSink any = [](std::string_view) { return true; };
    NdjsonReader lines(10);
    EXPECT_EQ(lines.push("12345", any), ReadState::more);
    EXPECT_EQ(lines.push("678901", any), ReadState::too_long);
    SseReader events(10);
    EXPECT_EQ(events.push("data: 1234567", any), ReadState::too_long);
    // Many short lines of one event are one long record.
    SseReader joined(10);
    EXPECT_EQ(joined.push("data: 1234\ndata: 5678\ndata: 9012\n", any), ReadState::too_long);
}

TEST(LineReaders, ReadRecordedStreams) {
    const std::string ollama = test::capture("ollama-generate-raw");
    Records records;
    const RecordSink keep = [&](std::string_view record) {
        if (record.front() == '{') {  // the capture's head and chunk sizes are lines too
            records.emplace_back(record);
        }
        return true;
    };
    NdjsonReader reader;
    reader.push(ollama, keep);
    ASSERT_GT(records.size(), 5U);
    EXPECT_NE(records.back().find("\"done\":true"), std::string::npos);
}

}  // namespace
}  // namespace caro::net
