#include "engine/facts.hpp"

#include <gtest/gtest.h>

#include "context/json_shape.hpp"
#include "engine/mend.hpp"

namespace caro::engine {
namespace {

using context::JsonShape;

const char* const k_people = R"([{"name": "ann", "age": 3, "address": {"city": "Rome"}}, {"name": "ben", "tags": ["x"]}])";
const char* const k_shop = R"({"name": "shop", "db": {"host": "h"}, "requests": [{"id": 1, "ms": 5}]})";

JsonShape shape_at(const std::string& path) {
    return path == "people.json"       ? context::json_shape_of(k_people, false)
           : path == "data/shop.json" ? context::json_shape_of(k_shop, false)
           : path == "log.jsonl"      ? context::json_shape_of("{\"level\": 1, \"ms\": 2}\n{broken", true)
                                      : JsonShape();
}

std::string facts(std::string_view request) {
    return facts_for(request, [](const std::string& path) { return path == "t.csv" ? table_of("id,city,Unit Price,qty\n1,Rome,2.5,3\n") : Table(); });
}

TEST(JsonShape, ListsObjectsAndLines) {
    EXPECT_EQ(shape_at("people.json").root, JsonShape::Root::list);
    EXPECT_EQ(shape_at("people.json").paths, (std::vector<std::string>{".[].address", ".[].address.city", ".[].age", ".[].name", ".[].tags"}));
    EXPECT_EQ(shape_at("data/shop.json").paths,
              (std::vector<std::string>{".db", ".db.host", ".name", ".requests", ".requests[].id", ".requests[].ms"}));
    EXPECT_EQ(shape_at("log.jsonl").root, JsonShape::Root::lines);
    EXPECT_EQ(context::json_shape_of("17", false).root, JsonShape::Root::none);
    EXPECT_EQ(context::json_shape_of("{not json", false).root, JsonShape::Root::none);
    EXPECT_EQ(context::json_shape_of(std::string(100000, '['), false).root, JsonShape::Root::none);
    EXPECT_EQ(context::json_shape_at("/nowhere/at/all.json").root, JsonShape::Root::none);
    EXPECT_EQ(context::json_shape_at("/dev/zero").root, JsonShape::Root::none);
}

TEST(Facts, OnlyWhatTheRequestNames) {
    EXPECT_EQ(facts("average qty per city in t.csv"), "city is column 2, qty is column 4");
    EXPECT_EQ(facts("all cities of 't.csv'?"), "city is column 2");
    EXPECT_EQ(facts("average of column 4, the qty, in t.csv"), "") << "said already";
    EXPECT_EQ(facts("sort t.csv"), "");
    EXPECT_EQ(facts("how many are from Rome in t.csv"), "Rome is in column 2");
    EXPECT_EQ(facts("sum of the column qty in t.csv"), "qty is column 4");
    EXPECT_EQ(facts("rows of t.csv from Oslo"), "") << "nothing in the file tells";
    EXPECT_EQ(facts("average qty in other.csv"), "");
    EXPECT_EQ(facts("free memory"), "");
    EXPECT_EQ(facts(""), "");
}

std::string mended(std::string_view command, std::string_view request = "") {
    Surroundings here{[](const std::string&) { return false; }, [](std::string_view) { return true; }};
    here.json = shape_at;
    return mend(request, command, {"/home/u"}, here);
}

TEST(MendJson, PathsFitTheFile) {
    EXPECT_EQ(mended("jq -r '.people[] | .name' people.json"), "jq -r '.[] | .name' people.json");
    EXPECT_EQ(mended("jq '.people | length' people.json"), "jq 'length' people.json");
    EXPECT_EQ(mended("jq '.[] | select(.ms > 3) | .id' data/shop.json"), "jq '.requests[] | select(.ms > 3) | .id' data/shop.json");
    EXPECT_EQ(mended("jq '.[].id' data/shop.json"), "jq '.requests[].id' data/shop.json");
    EXPECT_EQ(mended("jq 'max_by(.ms).id' data/shop.json"), "jq '.requests | max_by(.ms).id' data/shop.json");
    EXPECT_EQ(mended("jq -r '.data.shop.db.host' data/shop.json"), "jq -r '.db.host' data/shop.json");
    EXPECT_EQ(mended("jq -r '.[] | .db.host' data/shop.json"), "jq -r '.db.host' data/shop.json");
    EXPECT_EQ(mended("jq -r '.data | keys[]' data/shop.json"), "jq -r 'keys[]' data/shop.json");
    EXPECT_EQ(mended("jq '.[] | max_by(.age) | .name' people.json"), "jq 'max_by(.age) | .name' people.json");
    for (const char* good : {"jq -r '.[].name' people.json", "jq '.db.host' data/shop.json", "jq '.requests[].id' data/shop.json", "jq '.unknown' data/shop.json",
                             "jq -s '.people[]' people.json", "jq '.[]' data/shop.json", "jq '.x[].y' other.json", "jq -c . data/shop.json"}) {
        EXPECT_EQ(mended(good), good);
    }
}

TEST(MendJson, TheFileIsRead) {
    EXPECT_EQ(mended("jq '.[].age' | sort -n", "ages in people.json, sorted"), "jq '.[].age' people.json | sort -n");
    EXPECT_EQ(mended("jq '.[].age' | sort -n", "ages, sorted"), "jq '.[].age' | sort -n");
    EXPECT_EQ(mended("jq '.[].age' < people.json", "ages in people.json"), "jq '.[].age' < people.json");
    EXPECT_EQ(mended("cat people.json | jq '.[].age'", "ages in people.json"), "cat people.json | jq '.[].age'");
}

}  // namespace
}  // namespace caro::engine
