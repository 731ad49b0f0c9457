# Libraries that the program loads when it first needs them (src/image/lazy_library.h) and is not linked with: headers are
# wanted to build it, and the names that the dynamic linker knows them by. Sets
#   MOBILENET_TIFF_LIBRARY, TIFF_INCLUDE_DIRS    libtiff.so.6
#   MOBILENET_HEIF_LIBRARY, HEIF_INCLUDE_DIRS    libheif.so.1; empty without libheif: HEIF and AVIF are not read then
include(${CMAKE_CURRENT_LIST_DIR}/SharedLibraries.cmake)

option(MOBILENET_WITH_HEIF "Read HEIF and AVIF, where libheif is there" ON)

pkg_check_modules(TIFF REQUIRED IMPORTED_TARGET libtiff-4>=4.5)
find_library(MOBILENET_TIFF_FILE tiff REQUIRED)
shared_library_name(${CMAKE_READELF} ${MOBILENET_TIFF_FILE} MOBILENET_TIFF_LIBRARY)

set(MOBILENET_HEIF_LIBRARY "")
if(MOBILENET_WITH_HEIF)
  pkg_check_modules(HEIF libheif>=1.13)
  if(HEIF_FOUND)
    find_library(MOBILENET_HEIF_FILE heif REQUIRED)
    shared_library_name(${CMAKE_READELF} ${MOBILENET_HEIF_FILE} MOBILENET_HEIF_LIBRARY)
  endif()
endif()
