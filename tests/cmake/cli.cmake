# Every tests/cli/*.test is one test: records of command lines and what they must print. See tests/cli/README.md.
file(GLOB cli_tests CONFIGURE_DEPENDS "${CMAKE_SOURCE_DIR}/tests/cli/*.test")
foreach(file IN LISTS cli_tests)
  get_filename_component(name "${file}" NAME_WE)
  add_test(NAME "cli.${name}"
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/cli/run.py" --caro "$<TARGET_FILE:caro>" "${file}")
  set_tests_properties("cli.${name}" PROPERTIES LABELS cli TIMEOUT 300)
endforeach()

if(NOT CMAKE_CROSSCOMPILING)
  add_test(NAME cli.install
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/cli/check_install.py"
                   "${CMAKE_COMMAND}" "${CMAKE_BINARY_DIR}")
endif()
if(NOT CARO_SANITIZE)
  add_test(NAME cli.startup
           COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/tests/cli/startup.py" "$<TARGET_FILE:caro>")
endif()
