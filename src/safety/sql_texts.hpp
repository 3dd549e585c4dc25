// SQL that stands in comments, in texts and in orders of the clients. Internal to safety.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace caro::safety {

// Comments that servers run, /*!50000 DROP*/, as what they run; EXPLAIN ANALYZE without itself.
std::string as_run_sql(std::string_view code);

// Statements that other statements make: EXECUTE 'DR'||'OP …', PREPARE s FROM '…', DO $$ … $$. `all`: all texts, since what
// is printed goes to a client again.
std::vector<std::string> made_sql(std::string_view code, bool all);

// Commands that clients hand to a shell: .output |CMD, \o |CMD, pager CMD, edit(x, 'CMD'); one a line.
std::string sql_pipes(std::string_view code);

// Files that statements and orders of clients write: writefile('F', …), COPY … TO 'F', INTO OUTFILE 'F', .output F
std::vector<std::string> sql_files(std::string_view code);

}  // namespace caro::safety
