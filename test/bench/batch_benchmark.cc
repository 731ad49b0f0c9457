// `mobilenet classify` on many photographs: the pipeline compared with only its slower stage, with decoding
// and inferring in turn, with the same using stb_image, and its peak memory; and one photograph of 12
// megapixels compared with libjpeg-turbo's own decoding at that scale plus one inference. Status 1 if a bound
// is broken.
//     batch_benchmark [--short]
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

// After <cstdio>, which jpeglib.h needs.
#include <jpeglib.h>

#include "src/base/cpu_cores.h"
#include "src/base/stopwatch.h"
#include "src/base/str_cat.h"
#include "src/engine/plan.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/image/resample.h"
#include "src/weights/model_file.h"
#include "test/bench/photograph.h"
#include "test/bench/stb_jpeg.h"
#include "test/image/encoders.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/under_test.h"

namespace mobilenet {
namespace {

const std::string kModel = test::WeightsFolder() + "/mobilenet_v1_1.0_224_s8.safetensors";
const std::string kImagenet = test::Checkout() + "/../shared/images/imagenet-100";

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// The stages, each by itself in this thread.
class Stages {
 public:
  Stages() : file_(ModelFile::Open(kModel)), plan_(file_, PlanOptions{.isa = BestIsa()}) {}

  void Prepare(const Image& image) {
    PreprocessImage(image, file_.preprocess(), file_.resolution(), plan_.type(), plan_.input_quantization(),
                    plan_.input());
  }
  void Decode(const std::string& path) {
    DecodeOptions options;
    options.target =
        DecodeTarget{file_.preprocess().resize, file_.preprocess().crop_fraction, file_.resolution()};
    Prepare(DecodeImageFile(path, options));
  }
  void DecodeByStb(const std::string& path) {
    const std::string bytes = test::ReadFileBytes(path);
    Prepare(test::PictureByStb(ByteBuffer(bytes.begin(), bytes.end())));
  }
  void Infer() { plan_.Run(); }

 private:
  ModelFile file_;
  Plan plan_;
};

struct ProgramRun {
  double seconds = 0;
  double peak_memory_mb = 0;
};

ProgramRun RunProgram(size_t images, const std::string& list, const std::string& err,
                      const std::string& more) {
  const std::string command = test::MobilenetCommand() + " classify --format csv --model " + kModel + " " +
                              more + " --files-from " + list + " > /dev/null 2> " + err;
  const auto run = test::RunMeasured(command);
  const std::string said = test::ReadFileBytes(err);
  // "..., 4.0 s, 50.0 images/s; ..."
  const size_t end = said.find(" images/s");
  if (run.status != 0 || end == std::string::npos) {
    std::fprintf(stderr, "%s\n%s", command.c_str(), said.c_str());
    std::exit(2);
  }
  const double images_per_s = std::atof(said.c_str() + said.rfind(' ', end - 1));
  return {static_cast<double>(images) / images_per_s, run.peak_memory_mb};
}

double Seconds(const std::vector<std::string>& paths, const std::function<void(const std::string&)>& work) {
  const Stopwatch stopwatch;
  for (const std::string& path : paths) work(path);
  return stopwatch.ElapsedMs() / 1000;
}

// Whether the result is within the bound.
bool MeasureBatch(const char* what, const std::vector<std::string>& paths,
                  const test::TemporaryFolder& folder, int rounds) {
  std::ofstream list(folder / "list");
  for (const std::string& path : paths) list << path << "\n";
  list.close();
  Stages stages;
  std::vector<double> decode_s, infer_s, in_turn_s, stb_s, pipeline_s, default_s, of_bound, of_cores,
      memory_mb;
  const int cores = AvailableCores();
  for (int i = 0; i < rounds; ++i) {  // in turn, so that other work affects all alike
    decode_s.push_back(Seconds(paths, [&](const std::string& path) { stages.Decode(path); }));
    infer_s.push_back(Seconds(paths, [&](const std::string&) { stages.Infer(); }));
    const auto run =
        RunProgram(paths.size(), folder / "list", folder / "err", "--threads 1 --decode-threads 1");
    pipeline_s.push_back(run.seconds);
    const auto default_run = RunProgram(paths.size(), folder / "list", folder / "err", "");
    default_s.push_back(default_run.seconds);
    memory_mb.push_back(default_run.peak_memory_mb);
    in_turn_s.push_back(Seconds(paths, [&](const std::string& path) {
      stages.Decode(path);
      stages.Infer();
    }));
    stb_s.push_back(Seconds(paths, [&](const std::string& path) {
      stages.DecodeByStb(path);
      stages.Infer();
    }));
    of_bound.push_back(100 * std::max(decode_s.back(), infer_s.back()) / run.seconds);
    of_cores.push_back(100 * (decode_s.back() + infer_s.back()) / cores / default_run.seconds);
  }
  const auto report = [&](const char* name, const std::vector<double>& seconds) {
    std::printf("  %-58s %8.1f images/s\n", name, static_cast<double>(paths.size()) / Median(seconds));
  };
  std::printf("%s: %zu\n", what, paths.size());
  report("decoding and resizing alone, one thread", decode_s);
  report("inference alone, one thread", infer_s);
  report("in turn, one thread", in_turn_s);
  report("in turn with stb_image, one thread", stb_s);
  report("classify --decode-threads 1 --threads 1", pipeline_s);
  report("classify, threads by itself", default_s);
  const bool holds = Median(of_bound) >= 95;
  std::printf("  %-58s %8.1f %% (at least 95%s)\n", "the pipeline, of the slower stage alone",
              Median(of_bound), holds ? "" : ": BROKEN");
  std::printf("  %-58s %8.1f %%\n", StrCat("threads by itself, of ", cores, " cores that never wait").c_str(),
              Median(of_cores));
  std::printf("  %-58s %8.1f MB\n", "its peak memory", Median(memory_mb));
  return holds;
}

// Only libjpeg-turbo, at a scale, from file to pixels.
void DecodeByTurbo(const std::string& path, int eighths) {
  const std::string bytes = test::ReadFileBytes(path);
  jpeg_decompress_struct info = {};
  jpeg_error_mgr errors = {};
  info.err = jpeg_std_error(&errors);
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, reinterpret_cast<const unsigned char*>(bytes.data()),
               static_cast<unsigned long>(bytes.size()));
  jpeg_read_header(&info, TRUE);
  info.scale_num = static_cast<unsigned>(eighths);
  info.scale_denom = 8;
  jpeg_start_decompress(&info);
  std::vector<JSAMPLE> row(info.output_width * static_cast<size_t>(info.output_components));
  while (info.output_scanline < info.output_height) {
    JSAMPROW rows[] = {row.data()};
    jpeg_read_scanlines(&info, rows, 1);
  }
  jpeg_finish_decompress(&info);
  jpeg_destroy_decompress(&info);
}

bool MeasureOne(const std::string& path, int rounds) {
  Stages stages;
  std::vector<double> ours_s, theirs_s, ratios;
  for (int i = 0; i < rounds; ++i) {
    ours_s.push_back(Seconds({path}, [&](const std::string& one) {
      stages.Decode(one);
      stages.Infer();
    }));
    theirs_s.push_back(Seconds({path}, [&](const std::string& one) {
      DecodeByTurbo(one, 1);
      stages.Infer();
    }));
    ratios.push_back(ours_s.back() / theirs_s.back());
  }
  const bool holds = Median(ratios) <= 1.15;
  std::printf("one photograph of 12 megapixels, file to label\n  %-58s %8.2f ms\n  %-58s %8.2f ms\n",
              "decoding, resizing, inference, one thread", 1000 * Median(ours_s),
              "libjpeg-turbo at 1/8 and inference, one thread", 1000 * Median(theirs_s));
  std::printf("  %-58s %8.2f times (at most 1.15%s)\n", "ratio", Median(ratios), holds ? "" : ": BROKEN");
  return holds;
}

// The photograph with 4000 pixels on its longer side, as JPEG.
std::string WriteScaledUp(const test::TemporaryFolder& folder, const std::string& path) {
  const Image image = DecodeImageFile(path, {});
  const double scale = 4000.0 / std::max(image.width, image.height);
  Image large{static_cast<int>(image.width * scale), static_cast<int>(image.height * scale), {}};
  const size_t row_bytes = static_cast<size_t>(large.width) * 3;
  large.pixels.resize(row_bytes * static_cast<size_t>(large.height));
  Resample(image, {0, 0, static_cast<float>(image.width), static_cast<float>(image.height)},
           Interpolation::kBilinear, large.width, large.height, large.pixels.data(), row_bytes);
  const auto bytes = test::EncodeJpeg(large, {.quality = 90});
  const std::string written = folder / std::filesystem::path(path).filename().string();
  test::WriteFileBytes(written, std::string(bytes.begin(), bytes.end()));
  return written;
}

int Top1(const std::string& path, const char* decode) {
  const auto result = test::RunMobilenet({"classify", "--threads", "1", "--format", "json", "--top-k", "1",
                                          "--model", kModel, "--decode", decode, path});
  constexpr std::string_view kKey = "\"class_index\": ";
  const size_t at = result.out.find(kKey);
  return at == std::string::npos ? -1 : std::atoi(result.out.c_str() + at + kKey.size());
}

// Whether decoding fast and exactly agree on large versions of these photographs.
bool MeasureAgreement(const std::vector<std::string>& paths, const test::TemporaryFolder& folder) {
  std::map<std::string, int> truth;  // from lines "FILE,CLASS_OF_1000,..."
  std::ifstream in(kImagenet + "/ground_truth.csv");
  for (std::string line; std::getline(in, line);) {
    const size_t comma = line.find(',');
    truth[line.substr(0, comma)] = std::atoi(line.c_str() + comma + 1) + 1;
  }
  size_t agree = 0;
  int fast_right = 0, exact_right = 0;
  for (const std::string& path : paths) {
    const std::string large = WriteScaledUp(folder, path);
    const int fast = Top1(large, "fast"), exact = Top1(large, "exact");
    std::filesystem::remove(large);
    const int right = truth[std::filesystem::path(path).filename().string()];
    agree += fast == exact ? 1 : 0;
    fast_right += fast == right ? 1 : 0;
    exact_right += exact == right ? 1 : 0;
  }
  const bool holds = 100 * agree >= 97 * paths.size();
  std::printf(
      "ImageNet photographs scaled up to 4000 pixels: %zu\n  right: %d with --decode fast, %d exact; "
      "the same top-1: %zu (at least 97 %%%s)\n",
      paths.size(), fast_right, exact_right, agree, holds ? "" : ": BROKEN");
  return holds;
}

int Main(bool is_short) {
  if (!std::filesystem::exists(kModel) || !std::filesystem::exists(kImagenet)) {
    std::printf("SKIPPED: no %s or no %s\n", kModel.c_str(), kImagenet.c_str());
    return 0;
  }
  const test::TemporaryFolder folder;
  const std::string large = test::WritePhotograph(folder, 4000, 3000);
  // The same picture under many names: the card is not what is measured.
  std::vector<std::string> large_ones(is_short ? 3 : 200, large);
  std::vector<std::string> imagenet;
  for (const auto& entry : std::filesystem::directory_iterator(kImagenet)) {
    if (entry.path().extension() == ".JPEG") imagenet.push_back(entry.path().string());
  }
  std::sort(imagenet.begin(), imagenet.end());
  const std::vector<std::string> some(imagenet.begin(),
                                      imagenet.begin() + (is_short ? 10 : std::ssize(imagenet)));
  if (!MeasureAgreement(some, folder)) return 1;
  // So that starting and ending do not count.
  const std::vector<std::string> once = imagenet;
  for (int i = 1; i < (is_short ? 1 : 4); ++i) imagenet.insert(imagenet.end(), once.begin(), once.end());
  const int rounds = is_short ? 1 : 3;
  const bool one_holds = MeasureOne(large, is_short ? 1 : 51);
  const bool large_holds = MeasureBatch("JPEGs of 12 megapixels", large_ones, folder, rounds);
  const bool imagenet_holds = MeasureBatch("ImageNet photographs", imagenet, folder, rounds);
  // Wall-clock time is a bound on a quiet machine, not in a test.
  return is_short || (one_holds && large_holds && imagenet_holds) ? 0 : 1;
}

}  // namespace
}  // namespace mobilenet

int main(int argc, char** argv) {
  const std::vector<std::string_view> arguments(argv + 1, argv + argc);
  if (arguments.size() > 1 || (arguments.size() == 1 && arguments[0] != "--short")) {
    std::fprintf(stderr, "usage: batch_benchmark [--short]\n");
    return 2;
  }
  return mobilenet::Main(!arguments.empty());
}
