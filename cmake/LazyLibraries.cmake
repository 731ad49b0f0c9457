# Libraries that the program is not linked with but loads when it first needs them (src/image/lazy_library.h). Building
# it needs their headers, and the names by which the dynamic linker knows them. Sets
#   MOBILENET_TIFF_LIBRARY, TIFF_INCLUDE_DIRS    libtiff.so.6
#   MOBILENET_HEIF_LIBRARY, HEIF_INCLUDE_DIRS    libheif.so.1; empty without libheif, and HEIF and AVIF are then not read
include(${CMAKE_CURRENT_LIST_DIR}/SharedLibraries.cmake)

option(MOBILENET_WITH_HEIF "Read HEIF and AVIF, if libheif is installed" ON)

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
