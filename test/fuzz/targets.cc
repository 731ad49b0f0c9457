// The list of all targets.
#include "test/fuzz/exif_target.h"
#include "test/fuzz/image_targets.h"
#include "test/fuzz/json_target.h"
#include "test/fuzz/kept_files_target.h"
#include "test/fuzz/lists_target.h"
#include "test/fuzz/machine_target.h"
#include "test/fuzz/mjpeg_target.h"
#include "test/fuzz/model_target.h"
#include "test/fuzz/records_target.h"
#include "test/fuzz/target.h"

namespace mobilenet::test {
namespace {

template <ImageFormat format>
constexpr FuzzTarget ImageTarget(std::string_view name, std::string_view dictionary) {
  return {name, dictionary, FuzzImageOf<format>, ImageSeedsOf<format>, RepairMagicOf<format>};
}

constexpr FuzzTarget kTargets[] = {
    ImageTarget<ImageFormat::kJpeg>("jpeg", "jpeg"),
    {"scaled_jpeg", "jpeg", FuzzScaledJpeg, ScaledJpegSeeds, RepairMagicOf<ImageFormat::kJpeg>},
    {"png", "png", FuzzImageOf<ImageFormat::kPng>, ImageSeedsOf<ImageFormat::kPng>, RepairPng},
    {"webp", "webp", FuzzImageOf<ImageFormat::kWebp>, ImageSeedsOf<ImageFormat::kWebp>, RepairWebp},
    ImageTarget<ImageFormat::kTiff>("tiff", "tiff"),
#if MOBILENET_WITH_HEIF
    ImageTarget<ImageFormat::kHeif>("heif", "heif"),
    ImageTarget<ImageFormat::kAvif>("avif", "heif"),
#endif
    ImageTarget<ImageFormat::kBmp>("bmp", "bmp"),
    ImageTarget<ImageFormat::kGif>("gif", "gif"),
    ImageTarget<ImageFormat::kTga>("tga", "tga"),
    ImageTarget<ImageFormat::kPsd>("psd", "psd"),
    ImageTarget<ImageFormat::kHdr>("hdr", "hdr"),
    ImageTarget<ImageFormat::kPic>("pic", "pic"),
    ImageTarget<ImageFormat::kPnm>("pnm", "pnm"),
    {"exif", "exif", FuzzExif, ExifSeeds, RepairExif},
    {"mjpeg", "jpeg", FuzzMjpeg, MjpegSeeds},
    {"json", "json", FuzzJson, JsonSeeds},
    {"model", "model", FuzzModel, ModelSeeds, RepairModel},
    {"plan", "model", FuzzPlan, ModelSeeds, RepairModel},
    {"record", "records", FuzzRecord, RecordSeeds},
    {"resume", "records", FuzzResume, ResumeSeeds},
    {"merge", "records", FuzzMerge, MergeSeeds},
    {"metadata", "records", FuzzMetadata, MetadataSeeds},
    {"input_list", "lists", FuzzInputList, InputListSeeds},
    {"labels", "lists", FuzzLabels, LabelSeeds},
    {"machine", "machine", FuzzMachine, MachineSeeds},
    {"calibration", "json", FuzzCalibration, CalibrationSeeds},
    {"measurements", "json", FuzzMeasurements, MeasurementSeeds},
    {"tuning", "json", FuzzTuning, TuningSeeds},
};

}  // namespace

std::span<const FuzzTarget> FuzzTargets() {
  return kTargets;
}

}  // namespace mobilenet::test
