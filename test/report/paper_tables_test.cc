// Every figure that the papers print is computed from our layers to the digits that are printed, or has its
// explanation.
#include "src/report/paper_tables.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <set>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("every printed figure is computed to its digits, or explained") {
  int figures = 0;
  for (const PaperTable& table : MakePaperTables()) {
    CHECK(!table.rows.empty());
    for (const PaperRow& row : table.rows) {
      CHECK(!row.figures.empty());
      for (const PaperFigure& figure : row.figures) {
        CAPTURE(table.source, table.table, row.label, figure.quantity, figure.printed, figure.computed,
                figure.explanation);
        ++figures;
        // An explanation for a figure that agrees would be wrong.
        CHECK(figure.agrees == figure.explanation.empty());
        // Half a line.
        CHECK(figure.explanation.size() <= 80);
        if (figure.agrees && !figure.printed_number) CHECK(figure.printed == figure.computed);
      }
    }
  }
  CHECK(figures >= 190);
}

TEST_CASE("the tables of both papers are there, in their order") {
  std::map<std::string, std::vector<std::string>> tables;
  for (const PaperTable& table : MakePaperTables()) tables[table.source].push_back(table.table);
  CHECK(tables["arXiv 1704.04861"] == std::vector<std::string>{"Table 1", "Table 2", "Table 3", "Table 4",
                                                               "Table 5", "Table 6", "Table 7", "Table 8",
                                                               "Table 9"});
  CHECK(tables["arXiv 1801.04381"] == std::vector<std::string>{"Table 2", "Table 4", "Section 6.1"});
}

PaperFigure Find(const std::string& source, const std::string& number, const std::string& label,
                 const std::string& quantity) {
  for (const PaperTable& table : MakePaperTables()) {
    if (table.source != source || table.table != number) continue;
    for (const PaperRow& row : table.rows) {
      if (row.label != label) continue;
      for (const PaperFigure& figure : row.figures) {
        if (figure.quantity == quantity) return figure;
      }
    }
  }
  FAIL(source << " " << number << " " << label << " " << quantity);
  return {};
}

TEST_CASE("figures that the papers print differently are marked") {
  const std::string v1 = "arXiv 1704.04861";
  const PaperFigure same = Find(v1, "Table 6", "1.0 MobileNet-224", "mult_adds_millions");
  CHECK(same.agrees);
  CHECK(same.printed == "569");
  CHECK(same.computed == "569");
  CHECK(*same.computed_number == 568.740352);

  const PaperFigure cut = Find(v1, "Table 7", "1.0 MobileNet-160", "mult_adds_millions");
  CHECK(!cut.agrees);
  CHECK(cut.printed == "290");
  CHECK(cut.computed == "290.68");

  const PaperFigure misprint = Find(v1, "Table 2", "Conv 3x3", "mult_adds_percent");
  CHECK(misprint.printed == "1.19");
  CHECK(misprint.computed == "1.9056");

  const PaperFigure stride = Find(v1, "Table 1", "conv_dw_13", "type");
  CHECK(stride.printed == "Conv dw / s2");
  CHECK(stride.computed == "Conv dw / s1");
}

PaperTable Small() {
  PaperFigure same{"mult_adds_millions", "569", "569", 569.0, 568.740352, true, ""};
  PaperFigure other{"mult_adds_millions", "290", "290.68", 290.0, 290.6752, false, "cut off"};
  PaperFigure parameters{"parameters_millions", "4.2", "4.2", 4.2, 4.209088, true, ""};
  return {
      "arXiv 1",
      "Table 7",
      "Some",
      {{"1.0 | 224", "mobilenet_v1", 70.6, {same, parameters}}, {"160", "mobilenet_v1_160", {}, {other}}}};
}

TEST_CASE("a paper's table is printed with ours beside it") {
  CHECK("\n" + PaperText({Small()}, TableFormat::kText) == R"(
arXiv 1, Table 7. Some
printed as  top-1 %  M mult-adds    ours  M parameters  ours
1.0 | 224      70.6          569     569           4.2   4.2
160                          290  290.68                      290: cut off
)");
  CHECK(PaperText({Small()}, TableFormat::kCsv) ==
        "source,table,row,network,quantity,printed,computed,agrees,explanation\n"
        "arXiv 1,Table 7,1.0 | 224,mobilenet_v1,mult_adds_millions,569,568.740352,true,\n"
        "arXiv 1,Table 7,1.0 | 224,mobilenet_v1,parameters_millions,4.2,4.209088,true,\n"
        "arXiv 1,Table 7,160,mobilenet_v1_160,mult_adds_millions,290,290.6752,false,cut off\n");
  const std::string markdown = PaperText({Small(), Small()}, TableFormat::kMarkdown);
  CHECK(markdown.find("### arXiv 1, Table 7. Some\n\n| printed as |") == 0);
  CHECK(markdown.find("\n| 1.0 \\| 224 | 70.6 |") != std::string::npos);
}

TEST_CASE("a paper's table of layers is printed with only the differences") {
  const PaperTable layers{"arXiv 1",
                          "Table 1",
                          "Body",
                          {{"a", "", {}, {{"type", "Conv / s2", "Conv / s2", {}, {}, true, ""}}},
                           {"b", "", {}, {{"type", "Conv / s2", "Conv / s1", {}, {}, false, "misprint"}}}}};
  CHECK("\n" + PaperText({layers}, TableFormat::kText) == R"(
arXiv 1, Table 1. Body
row  type / stride  ours
a    Conv / s2      the same
b    Conv / s2      Conv / s1: misprint
)");
}

TEST_CASE("each paper's table is one JSON object on one line") {
  CHECK(PaperJson({Small()}) ==
        R"({"source": "arXiv 1", "table": "Table 7", "title": "Some", "rows": [)"
        R"({"label": "1.0 | 224", "network": "mobilenet_v1", "top1_percent": 70.6, "figures": [)"
        R"({"quantity": "mult_adds_millions", "printed": 569, "computed": 568.740352, "agrees": true, )"
        R"("explanation": null}, )"
        R"({"quantity": "parameters_millions", "printed": 4.2, "computed": 4.209088, "agrees": true, )"
        R"("explanation": null}]}, )"
        R"({"label": "160", "network": "mobilenet_v1_160", "top1_percent": null, "figures": [)"
        R"({"quantity": "mult_adds_millions", "printed": 290, "computed": 290.6752, "agrees": false, )"
        R"("explanation": "cut off"}]}]})"
        "\n");
}

}  // namespace
}  // namespace mobilenet
