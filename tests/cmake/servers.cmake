# Tests that talk HTTP: what they share, and the ones against real servers.
if(TARGET caro_net)
  add_library(server_support STATIC
    "${CMAKE_SOURCE_DIR}/tests/support/fake_server.cpp" "${CMAKE_SOURCE_DIR}/tests/support/test_certificates.cpp")
  target_link_libraries(server_support PUBLIC test_support dep_tls)
  foreach(module net infer infer_remote infer_openai infer_ollama)
    if(TARGET ${module}_test)
      target_link_libraries(${module}_test PRIVATE server_support)
    endif()
  endforeach()
endif()
