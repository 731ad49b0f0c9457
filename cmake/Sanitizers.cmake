# MOBILENET_SANITIZE: a list for -fsanitize=, such as "address,undefined" or "thread"; empty for none.
set(MOBILENET_SANITIZE "" CACHE STRING "Sanitizers to build with")

if(MOBILENET_SANITIZE)
  add_compile_options(-fsanitize=${MOBILENET_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # GCC 12 mistakes memory that a sanitizer poisons for memory that is read uninitialised.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  add_link_options(-fsanitize=${MOBILENET_SANITIZE})
endif()

# With this, libFuzzer sees which paths an input takes.
if(MOBILENET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
