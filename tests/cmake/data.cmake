# The knowledge base of commands follows its schema (data/commands/README.md).
add_test(NAME data.commands COMMAND Python3::Interpreter "${CMAKE_SOURCE_DIR}/scripts/check-commands")
set_tests_properties(data.commands PROPERTIES LABELS data SKIP_RETURN_CODE 77)
