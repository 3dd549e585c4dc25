caro_dep_headers(expected tl/expected.hpp include dep_expected)
caro_dep_headers(tomlplusplus toml++/toml.h include dep_toml)
target_compile_definitions(dep_toml INTERFACE TOML_EXCEPTIONS=0)
caro_dep_headers(CLI11 CLI/CLI.hpp include dep_cli11)
caro_dep_headers(fmt fmt/core.h include dep_fmt_headers)

# fmt's templates are instantiated once, in one file, instead of in every file that formats.
file(GENERATE OUTPUT "${CMAKE_BINARY_DIR}/dep_fmt.cpp" CONTENT
     "#include <fmt/format-inl.h>\nFMT_BEGIN_NAMESPACE\nnamespace detail {\ntemplate FMT_API auto dragonbox::to_decimal(float x) noexcept -> dragonbox::decimal_fp<float>;\ntemplate FMT_API auto dragonbox::to_decimal(double x) noexcept -> dragonbox::decimal_fp<double>;\ntemplate FMT_API auto locale_ref::get<std::locale>() const -> std::locale;\ntemplate FMT_API auto thousands_sep_impl(locale_ref) -> thousands_sep_result<char>;\ntemplate FMT_API auto decimal_point_impl(locale_ref) -> char;\ntemplate FMT_API void buffer<char>::append(const char*, const char*);\ntemplate FMT_API void vformat_to(buffer<char>&, string_view, basic_format_args<FMT_BUFFER_CONTEXT(char)>, locale_ref);\n}\nFMT_END_NAMESPACE\n")
add_library(dep_fmt STATIC "${CMAKE_BINARY_DIR}/dep_fmt.cpp")
target_link_libraries(dep_fmt PUBLIC dep_fmt_headers)
target_compile_features(dep_fmt PUBLIC cxx_std_20)
if(CARO_SANITIZE)
  target_link_libraries(dep_fmt PRIVATE standard_sanitizers)
endif()
