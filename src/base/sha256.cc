#include "src/base/sha256.h"

#include <sha2.h>

namespace mobilenet {
namespace {

const uint8_t* Bytes(const void* data) {
  return static_cast<const uint8_t*>(data);
}

}  // namespace

std::string Sha256(std::span<const std::byte> bytes) {
  char text[SHA256_DIGEST_STRING_LENGTH];
  return ::SHA256Data(Bytes(bytes.data()), bytes.size(), text);
}

struct Sha256Stream::Context {
  SHA2_CTX of_libmd;
};

Sha256Stream::Sha256Stream() : context_(std::make_unique<Context>()) {
  ::SHA256Init(&context_->of_libmd);
}

Sha256Stream::~Sha256Stream() = default;

void Sha256Stream::Append(std::string_view bytes) {
  ::SHA256Update(&context_->of_libmd, Bytes(bytes.data()), bytes.size());
}

std::string Sha256Stream::Finish() {
  char text[SHA256_DIGEST_STRING_LENGTH];
  return ::SHA256End(&context_->of_libmd, text);
}

uint64_t ShortSha256(std::string_view text) {
  SHA2_CTX context;
  uint8_t digest[SHA256_DIGEST_LENGTH];
  ::SHA256Init(&context);
  ::SHA256Update(&context, Bytes(text.data()), text.size());
  ::SHA256Final(digest, &context);
  uint64_t value = 0;
  for (size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest[i];
  return value;
}

}  // namespace mobilenet
