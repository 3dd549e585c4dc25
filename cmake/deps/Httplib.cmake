# Compiled once (it is dear) with TLS; taken from llama.cpp's vendor folder.
add_library(dep_httplib STATIC "${CARO_LLAMA_DIR}/vendor/cpp-httplib/httplib.cpp")
target_include_directories(dep_httplib SYSTEM PUBLIC "${CARO_LLAMA_DIR}/vendor")
# No "Expect: 100-continue": it costs a second with servers that ignore it, and our bodies are small.
target_compile_definitions(dep_httplib PUBLIC CPPHTTPLIB_OPENSSL_SUPPORT CPPHTTPLIB_EXPECT_100_THRESHOLD=0)
target_compile_features(dep_httplib PUBLIC cxx_std_20)
target_link_libraries(dep_httplib PUBLIC dep_tls Threads::Threads)
if(NOT MSVC)
  target_compile_options(dep_httplib PRIVATE -w -Os)
endif()
if(CARO_SANITIZE)
  target_link_libraries(dep_httplib PRIVATE standard_sanitizers)
endif()
