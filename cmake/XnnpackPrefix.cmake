# MOBILENET_XNNPACK_HINTS: where find_path and find_library look for XNNPACK and what comes with it: only
# in the prefix MOBILENET_XNNPACK if that is set, otherwise in the system's folders.
include_guard()
set(MOBILENET_XNNPACK "" CACHE PATH "Prefix of another XNNPACK than the system's, with its pthreadpool and cpuinfo")
set(MOBILENET_XNNPACK_HINTS "")
if(MOBILENET_XNNPACK)
  set(MOBILENET_XNNPACK_HINTS PATHS ${MOBILENET_XNNPACK} PATH_SUFFIXES include lib lib/${CMAKE_LIBRARY_ARCHITECTURE}
    NO_DEFAULT_PATH NO_CMAKE_FIND_ROOT_PATH)
  # The program finds the prefix's libraries when it runs, installed or not, and these find theirs: XNNPACK must not
  # take the system's cpuinfo. Only DT_RPATH, the old tag, also applies to a library's libraries.
  add_link_options(-Wl,--disable-new-dtags)
  set(CMAKE_INSTALL_RPATH_USE_LINK_PATH ON)
endif()
