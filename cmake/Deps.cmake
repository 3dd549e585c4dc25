# Every third-party dependency, in one table. Where each comes from is decided by CARO_DEPS:
#   LOCAL     unpacked sources below CARO_DEPS_DIR, which scripts/fetch-deps fills from package registries
#   SYSTEM    what the system has installed, if it is new enough
#   DOWNLOAD  a shallow clone of the tag from GitHub, checked against the pinned git tree hash
#   AUTO      LOCAL if it is there, else SYSTEM, else DOWNLOAD
#
# The pin is the hash of the source *tree*: it names the content, whatever the host or the archive format.
# Columns:            name             version   tag              tree hash                                 repository
set(CARO_DEP_TABLE
  "llama.cpp         |0.5.0  |v0.5.0          |fd570ef54b10ec5fecb739e7e04c8ce44a6f415a|ggml-org/llama.cpp"
  "tree-sitter       |0.25.10|v0.25.10        |25ee41dacf474af5043bc7a479cca55808a2f708|tree-sitter/tree-sitter"
  "tree-sitter-bash  |0.25.1 |v0.25.1         |af30bca0e56969365471adad71664d474194cdf6|tree-sitter/tree-sitter-bash"
  "fmt               |9.1.0  |9.1.0           |19c2c45730b66dad01a8a4b0c9174ccd052d0857|fmtlib/fmt"
  "expected          |1.0.0  |v1.0.0          |41c6b3edafb7ed5aef7645d967dc1f88d68bb458|TartanLlama/expected"
  "tomlplusplus      |3.3.0  |v3.3.0          |dcdfeb29ea18dfe753c7bf9b1f5ec6f65e665aa2|marzer/tomlplusplus"
  "CLI11             |2.1.2  |v2.1.2          |071c60c946294acb150a4e54ad5b5615805797d9|CLIUtils/CLI11"
  "googletest        |1.12.1 |release-1.12.1  |14091e7a6617a77ba5e2c78daba65c31a9fbe325|google/googletest"
)
# OpenSSL (>= 3.0, static) always comes from the system: it gets its security fixes there.
# cpp-httplib 0.57.1, nlohmann-json 3.12.0 and stb_image 2.30 are taken from llama.cpp's own vendor/ folder.

set(CARO_DEP_ORIGINS "" CACHE INTERNAL "")

function(caro_dep_row name out_version out_tag out_tree out_repo)
  foreach(row IN LISTS CARO_DEP_TABLE)
    string(REPLACE " " "" row "${row}")
    string(REPLACE "|" ";" cells "${row}")
    list(GET cells 0 row_name)
    if(row_name STREQUAL name)
      list(GET cells 1 version)
      list(GET cells 2 tag)
      list(GET cells 3 tree)
      list(GET cells 4 repo)
      set(${out_version} "${version}" PARENT_SCOPE)
      set(${out_tag} "${tag}" PARENT_SCOPE)
      set(${out_tree} "${tree}" PARENT_SCOPE)
      set(${out_repo} "${repo}" PARENT_SCOPE)
      return()
    endif()
  endforeach()
  message(FATAL_ERROR "no dependency named ${name} in cmake/Deps.cmake")
endfunction()

function(caro_dep_note name origin)
  set(CARO_DEP_ORIGINS "${CARO_DEP_ORIGINS};${name}: ${origin}" CACHE INTERNAL "")
endfunction()

# Sets ${out} to the folder that holds the sources of ${name}; fetches them if need be and allowed.
function(caro_dep_source name out)
  caro_dep_row(${name} version tag tree repo)
  set(local "${CARO_DEPS_DIR}/${name}-${version}")
  if(NOT CARO_DEPS STREQUAL "DOWNLOAD" AND EXISTS "${local}/.complete")
    caro_dep_note("${name} ${version}" "local")
    set(${out} "${local}" PARENT_SCOPE)
    return()
  endif()
  if(CARO_DEPS STREQUAL "LOCAL" OR CARO_DEPS STREQUAL "SYSTEM")
    message(FATAL_ERROR "${name} ${version} is not in ${CARO_DEPS_DIR}. Run: scripts/fetch-deps")
  endif()
  set(dir "${CMAKE_BINARY_DIR}/_deps/${name}-${version}")
  if(NOT EXISTS "${dir}/.complete")
    message(STATUS "Fetching ${name} ${version}")
    file(REMOVE_RECURSE "${dir}")
    execute_process(
      COMMAND "${GIT_EXECUTABLE}" -c advice.detachedHead=false clone --quiet --depth 1 --branch "${tag}"
              "https://github.com/${repo}" "${dir}"
      RESULT_VARIABLE status)
    if(NOT status EQUAL 0)
      message(FATAL_ERROR "Could not fetch ${name} from GitHub. Run scripts/fetch-deps, then configure again.")
    endif()
    execute_process(COMMAND "${GIT_EXECUTABLE}" -C "${dir}" rev-parse "HEAD^{tree}"
                    OUTPUT_VARIABLE got OUTPUT_STRIP_TRAILING_WHITESPACE)
    if(NOT got STREQUAL tree)
      message(FATAL_ERROR "${name} ${tag} has tree ${got}, but ${tree} is pinned. Do not use it.")
    endif()
    file(TOUCH "${dir}/.complete")
  endif()
  caro_dep_note("${name} ${version}" "downloaded")
  set(${out} "${dir}" PARENT_SCOPE)
endfunction()

# A header-only library: from the system if `header` is found there, else from sources (include dir `sub`).
function(caro_dep_headers name header sub target)
  caro_dep_row(${name} version tag tree repo)
  add_library(${target} INTERFACE)
  if(CARO_DEPS STREQUAL "AUTO" OR CARO_DEPS STREQUAL "SYSTEM")
    find_path(CARO_${name}_INCLUDE "${header}")
    mark_as_advanced(CARO_${name}_INCLUDE)
    if(CARO_${name}_INCLUDE)
      caro_dep_note("${name}" "system")
      target_include_directories(${target} SYSTEM INTERFACE "${CARO_${name}_INCLUDE}")
      return()
    endif()
  endif()
  caro_dep_source(${name} dir)
  target_include_directories(${target} SYSTEM INTERFACE "${dir}/${sub}")
endfunction()

include(deps/Headers)
include(deps/OpenSSL)
if(CARO_BUILD_TESTS)
  include(deps/TreeSitter)
endif()
include(deps/Llama)
include(deps/Httplib)
