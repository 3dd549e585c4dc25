# caro in a pseudo-terminal, with a scripted back end: menu, keys, signals.
add_executable(caro_scripted "${CMAKE_SOURCE_DIR}/tests/support/caro_scripted_main.cpp")
target_link_libraries(caro_scripted PRIVATE caro_cli standard_settings standard_warnings)
foreach(group menu signals screen guard pipes)
  add_test(NAME pty.${group}
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/pty/test_${group}.py" "$<TARGET_FILE:caro_scripted>")
  set_tests_properties(pty.${group} PROPERTIES LABELS pty TIMEOUT 180)
endforeach()
