# Options exist only where they switch a feature of the product or drop a dependency.
include(CMakeDependentOption)

option(CARO_BACKEND_LLAMA "Embedded llama.cpp engine" ON)
option(CARO_BACKEND_REMOTE "Ollama and OpenAI-compatible (vLLM) back ends" ON)
cmake_dependent_option(CARO_METAL "Metal in the embedded engine" OFF "CARO_BACKEND_LLAMA" OFF)
cmake_dependent_option(CARO_CUDA "CUDA in the embedded engine" OFF "CARO_BACKEND_LLAMA" OFF)
cmake_dependent_option(CARO_VULKAN "Vulkan in the embedded engine" OFF "CARO_BACKEND_LLAMA" OFF)
cmake_dependent_option(CARO_NATIVE "Use every instruction of the building machine's CPU" OFF
                       "CARO_BACKEND_LLAMA" OFF)
# The kernels are for x86-64 and are put in place by GNU-style linkers only.
if(CMAKE_SYSTEM_NAME STREQUAL "Linux" AND CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  cmake_dependent_option(CARO_KERNELS "caro's own CPU kernels in the embedded engine" ON "CARO_BACKEND_LLAMA" OFF)
else()
  set(CARO_KERNELS OFF)
endif()

option(CARO_FULL "Switch on every accelerator this platform has a tool chain for" OFF)
option(CARO_BUILD_TESTS "Build the tests" ON)
option(CARO_BUILD_BENCH "Build the benchmarks" OFF)
option(CARO_BUILD_FUZZ "Build the libFuzzer harnesses (clang only)" OFF)
option(CARO_WERROR "Treat warnings in caro's own code as errors" OFF)
option(CARO_SANITIZE "Address and undefined-behaviour sanitizers in caro's own code" OFF)
option(CARO_CCACHE "Compile through ccache when it is installed" ON)

set(CARO_DEPS "AUTO" CACHE STRING "Where dependencies come from: AUTO, SYSTEM, DOWNLOAD or LOCAL")
set_property(CACHE CARO_DEPS PROPERTY STRINGS AUTO SYSTEM DOWNLOAD LOCAL)
set(CARO_DEPS_DIR "${CMAKE_SOURCE_DIR}/.deps" CACHE PATH
    "Folder of unpacked dependency sources (filled by scripts/fetch-deps)")

if(CARO_FULL AND CARO_BACKEND_LLAMA)
  # 'full' means all that the platform has: look for each tool chain and take those that are there.
  include(CheckLanguage)
  if(APPLE)
    set(CARO_METAL ON CACHE BOOL "" FORCE)
  endif()
  check_language(CUDA)
  if(CMAKE_CUDA_COMPILER)
    set(CARO_CUDA ON CACHE BOOL "" FORCE)
  endif()
  find_package(Vulkan QUIET COMPONENTS glslc)
  if(Vulkan_FOUND AND Vulkan_glslc_FOUND)
    set(CARO_VULKAN ON CACHE BOOL "" FORCE)
  endif()
endif()

if(NOT CARO_BACKEND_LLAMA AND NOT CARO_BACKEND_REMOTE)
  message(FATAL_ERROR "caro needs a back end: switch on CARO_BACKEND_LLAMA or CARO_BACKEND_REMOTE")
endif()
