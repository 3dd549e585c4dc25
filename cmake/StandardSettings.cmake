# Settings every target of ours gets by linking `standard_settings` privately.
if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)

if(CARO_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(CCACHE_PROGRAM ccache)
  if(CCACHE_PROGRAM)
    # Paths relative to the checkout, so that another clone of it (a continuous-integration run, a worktree) finds the
    # same results.
    set(caro_launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=1 "${CCACHE_PROGRAM}")
    set(CMAKE_C_COMPILER_LAUNCHER ${caro_launcher})
    set(CMAKE_CXX_COMPILER_LAUNCHER ${caro_launcher})
  endif()
endif()

find_package(Threads REQUIRED)

add_library(standard_settings INTERFACE)
target_compile_features(standard_settings INTERFACE cxx_std_20)
target_include_directories(standard_settings INTERFACE "${CMAKE_SOURCE_DIR}/src")
target_link_libraries(standard_settings INTERFACE Threads::Threads)

if(CMAKE_BUILD_TYPE STREQUAL "Debug" AND NOT MSVC)
  target_compile_definitions(standard_settings INTERFACE _GLIBCXX_ASSERTIONS)
endif()
if(NOT MSVC)
  # One section per function lets the linker drop what nobody calls (half of OpenSSL, for one).
  add_compile_options(-ffunction-sections -fdata-sections)
  # Recorded paths would differ from machine to machine and tell where the program was built.
  add_compile_options("-ffile-prefix-map=${CMAKE_SOURCE_DIR}/=")
endif()

if(CARO_SANITIZE)
  add_library(standard_sanitizers INTERFACE)
  target_compile_options(standard_sanitizers INTERFACE
    -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g)
  target_compile_definitions(standard_sanitizers INTERFACE CARO_SANITIZE)
  target_link_options(standard_sanitizers INTERFACE -fsanitize=address,undefined)
  target_link_libraries(standard_settings INTERFACE standard_sanitizers)
endif()

# What the executable needs at run time is the C library and nothing else.
add_library(static_runtime INTERFACE)
if(NOT APPLE AND NOT MSVC)
  if(NOT CARO_SANITIZE)
    target_link_options(static_runtime INTERFACE -static-libstdc++ -static-libgcc)
  endif()
  target_link_options(static_runtime INTERFACE -Wl,--gc-sections -Wl,--as-needed)
  if(CMAKE_BUILD_TYPE STREQUAL "Release")
    target_link_options(static_runtime INTERFACE -s)
  endif()
elseif(APPLE)
  target_link_options(static_runtime INTERFACE -Wl,-dead_strip)
endif()
