// A shared library that is loaded with the first picture that needs it. The program is not linked with it,
// since loading takes time and memory that most runs have no use for: on an x86-64 host 1 ms for libtiff and
// what it needs, 4 ms for libheif, while classifying a JPEG of 640 x 480 takes 24.
#pragma once

#include <dlfcn.h>

namespace mobilenet {

class LazyLibrary {
 public:
  // By the name that programs are linked with: "libtiff.so.6". It stays loaded.
  explicit LazyLibrary(const char* file_name) : handle_(::dlopen(file_name, RTLD_NOW | RTLD_LOCAL)) {}

  // Whether it was found, with all functions that have been asked for.
  bool is_complete() const { return handle_ != nullptr && !lacks_function_; }

  // Null if it is missing. `F` is the function's type as in its header.
  template <typename F>
  F* Function(const char* name) {
    void* const address = handle_ == nullptr ? nullptr : ::dlsym(handle_, name);
    if (address == nullptr) lacks_function_ = true;
    return reinterpret_cast<F*>(address);
  }

 private:
  void* handle_;
  bool lacks_function_ = false;
};

}  // namespace mobilenet
