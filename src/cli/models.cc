#include "src/cli/models.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>

#include <CLI/CLI.hpp>

#include "models/catalogue.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/path_arguments.h"
#include "src/engine/model_network.h"
#include "src/report/model_list.h"
#include "src/report/terminal_text.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"
#include "src/weights/tensor_bytes.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

int64_t FileBytes(const std::string& path) {
  std::error_code error;
  const auto bytes = fs::file_size(path, error);
  return error ? 0 : static_cast<int64_t>(bytes);
}

ModelListRow CatalogueRow(const KnownModel& known) {
  ModelListRow row;
  row.name = known.name;
  row.architecture = known.architecture;
  row.width_multiplier = known.width_multiplier;
  row.resolution = known.resolution;
  row.classes = known.classes;
  row.quantization = known.quantization;
  row.top1 = known.published_top1;
  row.license = known.license;
  row.size_bytes =
      TensorBytes(MakeNetwork(known.architecture, known.width_multiplier, known.resolution, known.classes),
                  QuantizationOfName(known.quantization));
  return row;
}

// The row of a file that the catalogue does not have. A file that cannot be read is listed, too: verify says
// what is wrong.
ModelListRow FileRow(const ModelHere& model) {
  ModelListRow row;
  row.name = model.name;
  try {
    const ModelFile file = ModelFile::Open(model.path);
    row.architecture = file.architecture();
    row.width_multiplier = file.width_multiplier();
    row.resolution = file.resolution();
    row.classes = file.classes();
    row.quantization = QuantizationName(file.quantization());
    row.top1 = file.PublishedTop1();
  } catch (const Error&) {
  }
  return row;
}

std::vector<ModelListRow> Rows(bool here_only) {
  const std::vector<ModelHere> here = ModelsHere();
  std::map<std::string_view, const ModelHere*> others;
  for (const ModelHere& model : here) others[model.name] = &model;
  const auto add_file = [](ModelListRow& row, const ModelHere& model) {
    row.path = model.path;
    row.size_bytes = FileBytes(model.path);
  };
  std::vector<ModelListRow> rows;
  for (const KnownModel& known : KnownModels()) {
    const auto file = others.find(known.name);
    if (file == others.end() && here_only) continue;
    rows.push_back(CatalogueRow(known));
    if (file == others.end()) continue;
    add_file(rows.back(), *file->second);
    others.erase(file);
  }
  for (const auto& [name, model] : others) {
    rows.push_back(FileRow(*model));
    add_file(rows.back(), *model);
  }
  const std::string chosen = DefaultModel();
  for (ModelListRow& row : rows) row.is_default = row.name == chosen;
  return rows;
}

int List(const ModelsOptions& options, StandardOutput& output) {
  const std::vector<ModelListRow> rows = Rows(options.here_only);
  output.Write(options.format == ReportFormat::kJson
                   ? ModelListJson(rows)
                   : ModelListTable(rows, TableFormatOf(options.format, output.Style().columns)));
  if (options.format != ReportFormat::kText) return kExitOk;
  const auto here =
      std::count_if(rows.begin(), rows.end(), [](const ModelListRow& row) { return row.path.has_value(); });
  if (here == 0) {
    output.Write(StrCat("\nNone of them is on this machine. `mobilenet models get ", DefaultModelName(),
                        "` fetches the default one.\n"));
  }
  return kExitOk;
}

int Path(const ModelsOptions& options, StandardOutput& output) {
  const std::string path = FindModel(options.names.empty() ? "" : options.names.front());
  if (!fs::exists(path)) Fail(path, ": no such file (`mobilenet models` lists what is here)");
  output.Write(path + "\n");
  return kExitOk;
}

// Whether it loads completely: header, weights and layers.
int Verify(const ModelsOptions& options, StandardOutput& output) {
  std::vector<std::string> paths;
  for (const std::string& name : options.names) paths.push_back(FindModel(name));
  if (options.names.empty()) {
    for (const ModelHere& model : ModelsHere()) paths.push_back(model.path);
    if (paths.empty())
      Fail("no models on this machine (`mobilenet models get ", DefaultModelName(), "` fetches one)");
  }
  int status = kExitOk;
  for (const std::string& path : paths) {
    try {
      const ModelFile file = ModelFile::Open(path);
      CheckAllTensorsAreRead(file, NetworkOf(file));
      output.Write(StrCat(TerminalText(path), ": whole",
                          file.metadata().count("mobilenet.checksum") > 0
                              ? ""
                              : ", as far as can be told: the file has no checksum",
                          "\n"));
    } catch (const Error& error) {
      PrintError(error.what());
      status = kExitSomeFailed;
    }
  }
  return status;
}

// In the checkout, or where it was installed beside the program.
std::string GetModelScript() {
  std::error_code error;
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  for (fs::path folder = program.parent_path(); folder.has_relative_path(); folder = folder.parent_path()) {
    for (const char* place : {"scripts/get_model.py", "share/mobilenet/scripts/get_model.py"}) {
      if (fs::exists(folder / place, error)) return (folder / place).string();
    }
  }
  Fail("get_model.py: not found beside ", program.string(),
       " (expected in scripts of a checkout, or in share/mobilenet)");
}

int Get(const ModelsOptions& options) {
  if (options.names.empty() && !options.all)
    Fail("models get: no model given (NAME..., or --all; `mobilenet models` lists them)");
  if (!options.names.empty() && options.all)
    Fail("models get: both names and --all were given (use one of them)");
  const std::string script = GetModelScript();
  std::vector<std::string> arguments = {
      script, "--output-dir", options.output_folder.empty() ? FolderForNewModels() : options.output_folder};
  if (!options.from.empty()) arguments.insert(arguments.end(), {"--from", options.from});
  if (options.force) arguments.emplace_back("--force");
  if (options.all) arguments.emplace_back("--all");
  if (!options.names.empty()) arguments.emplace_back("--");
  arguments.insert(arguments.end(), options.names.begin(), options.names.end());
  std::vector<char*> argv;
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  // The converter asks this program for the layers of the networks.
  std::error_code error;
  ::setenv("MOBILENET_PROGRAM", fs::read_symlink("/proc/self/exe", error).c_str(), 0);
  // So that removing the package leaves nothing behind.
  ::setenv("PYTHONDONTWRITEBYTECODE", "1", 0);
  ::execv(script.c_str(), argv.data());
  Fail(script, ": cannot be started: ", std::strerror(errno),
       " (Python 3 is needed: sudo apt install python3)");
}

}  // namespace

void AddModelsCommand(CLI::App& app, const std::function<void(const ModelsOptions&)>& run) {
  auto options = std::make_shared<ModelsOptions>();
  CLI::App* command = app.add_subcommand("models", "List models, and get more of them");
  command->require_subcommand(0, 1);
  const auto add_action = [&](const char* name, ModelsAction action, const char* help) {
    CLI::App* subcommand = command->add_subcommand(name, help);
    subcommand->parse_complete_callback([options, action] { options->action = action; });
    return subcommand;
  };
  CLI::App* list = add_action("list", ModelsAction::kList, "List all models; this is the default action");
  list->add_flag("--here", options->here_only, "List only the models on this machine");
  AddChoice(*list, "--format", options->format, kReportFormats, kFormatHelp);
  list->footer("Example: mobilenet models list --here");

  CLI::App* get = add_action("get", ModelsAction::kGet, "Fetch models and convert them");
  AddPaths(*get, "NAME", options->names, "The models to get");
  get->add_flag("--all", options->all, "Get every model in the list");
  get->add_option("--from", options->from, "Look here first for model files and for\npublished files")
      ->type_name("FOLDER|URL");
  get->add_option("--output-dir", options->output_folder,
                  "Write the models here. Default: the first folder\nin which models are looked for")
      ->type_name("FOLDER");
  get->add_flag("--force", options->force, "Make models again even if they are up to date");
  get->footer("Example: mobilenet models get mobilenet_v1_0.5_160_s8");

  CLI::App* path = add_action("path", ModelsAction::kPath, "Print the path of a model's file");
  AddPaths(*path, "NAME", options->names, "The model. Default: the default model")->expected(0, 1);
  path->footer("Example: mobilenet models path");

  CLI::App* verify = add_action("verify", ModelsAction::kVerify, "Check that model files are intact");
  AddPaths(*verify, "NAME|FILE", options->names, "The models. Default: all on this machine");
  verify->footer("Example: mobilenet models verify");

  command->footer("Example: mobilenet models get mobilenet_v1_0.5_160_s8");
  command->callback([options, run] { run(*options); });
}

int RunModels(const ModelsOptions& options, StandardOutput& output) {
  switch (options.action) {
    case ModelsAction::kList:
      return List(options, output);
    case ModelsAction::kGet:
      return Get(options);
    case ModelsAction::kPath:
      return Path(options, output);
    case ModelsAction::kVerify:
      return Verify(options, output);
  }
  return kExitError;
}

}  // namespace mobilenet
