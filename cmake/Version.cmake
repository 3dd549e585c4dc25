# One place for the version; the git revision is added for --version when building from a checkout.
set(CARO_VERSION 0.1.0)
set(CARO_REVISION "")
find_package(Git QUIET)
if(Git_FOUND AND EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/.git")
  execute_process(
    COMMAND "${GIT_EXECUTABLE}" -C "${CMAKE_CURRENT_SOURCE_DIR}" rev-parse --short=9 HEAD
    OUTPUT_VARIABLE CARO_REVISION OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
endif()
