#include "data/formats/images/inspect.h"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>
#include <vector>

#include "base/try.h"
#include "data/error.h"
#include "data/formats/images/each.h"
#include "data/formats/images/folder.h"
#include "data/formats/images/picture.h"
#include "data/formats/images/read.h"

namespace forknet::data {
namespace {

constexpr std::size_t kShownSizes = 12;

struct Summary {
  std::vector<std::size_t> of_classes;
  std::map<std::pair<std::size_t, std::size_t>, std::size_t> sizes;
  std::size_t in_color = 0;
  std::uint8_t low = 255;
  std::uint8_t high = 0;
  double border = 0;  // sum of means, in the order of the files

  void add(const Picture& picture, std::uint32_t label) {
    ++of_classes[label];
    ++sizes[{picture.width, picture.height}];
    in_color += picture.channels == 3 ? 1 : 0;
    const auto [least, most] = std::minmax_element(picture.pixels.begin(), picture.pixels.end());
    low = std::min(low, *least);
    high = std::max(high, *most);
  }
};

Result<Summary> summarize(const PictureFiles& files, const ReadingProgress& progress) {
  Summary summary;
  summary.of_classes.resize(std::max<std::size_t>(1, files.classes.size()));
  std::vector<double> borders(files.files.size());
  const auto take = [&](std::size_t place, const std::string& bytes) -> Status {
    const PictureFile& file = files.files[place];
    FORKNET_ASSIGN(const Picture picture, decode_picture(bytes, file.path));
    summary.add(picture, file.label);
    borders[place] = border_mean(picture);
    return {};
  };
  FORKNET_TRY(for_each_picture(files, progress, take));
  summary.border = std::accumulate(borders.begin(), borders.end(), 0.0);
  return summary;
}

std::string text_of(const PictureFiles& files, const Summary& summary) {
  const std::size_t rows = files.files.size();
  std::string text = fmt::format("{}\nformat   pictures{}\n", files.folder,
                                 files.classes.empty() ? "" : " in folders of classes");
  text += fmt::format("pictures {}, {} of them in color\n", rows, summary.in_color);
  if (!files.classes.empty()) text += fmt::format("classes  {}\n", files.classes.size());
  for (std::size_t c = 0; c < files.classes.size(); ++c) {
    text +=
        fmt::format("  {:>8}  {:5.1f} %  {}\n", summary.of_classes[c],
                    100.0 * static_cast<double>(summary.of_classes[c]) / static_cast<double>(rows),
                    files.classes[c]);
  }
  std::size_t shown = 0;
  for (const auto& [size, count] : summary.sizes) {
    if (shown == kShownSizes) break;
    text += fmt::format("{} {} of {} x {}\n", shown++ == 0 ? "sizes   " : "        ", count,
                        size.first, size.second);
  }
  if (summary.sizes.size() > shown)
    text += fmt::format("         {} sizes in all\n", summary.sizes.size());
  text += fmt::format("range    {} .. {}, mean of the borders {:.1f}\n", summary.low, summary.high,
                      summary.border / static_cast<double>(rows));
  for (const std::string& note : files.notes) text += "note     " + note + "\n";
  return text;
}

// A JSON string; control characters in file names are replaced.
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += static_cast<unsigned char>(c) < ' ' ? '?' : c;
  }
  return result + '"';
}

std::string json_of(const PictureFiles& files, const Summary& summary) {
  std::string classes;
  for (std::size_t c = 0; c < files.classes.size(); ++c) {
    classes += fmt::format("{}{{\"name\":{},\"pictures\":{}}}", c == 0 ? "" : ",",
                           quoted(files.classes[c]), summary.of_classes[c]);
  }
  std::string sizes;
  for (const auto& [size, count] : summary.sizes) {
    sizes += fmt::format("{}{{\"width\":{},\"height\":{},\"pictures\":{}}}",
                         sizes.empty() ? "" : ",", size.first, size.second, count);
  }
  return fmt::format(
      "{{\"file\":{},\"format\":\"images\",\"pictures\":{},\"in_color\":{},\"min\":{},\"max\":{},"
      "\"border\":{},\"classes\":[{}],\"sizes\":[{}]}}\n",
      quoted(files.folder), files.files.size(), summary.in_color, summary.low, summary.high,
      summary.border / static_cast<double>(files.files.size()), classes, sizes);
}

}  // namespace

Result<std::string> inspect_pictures(const std::string& path, bool json,
                                     const ReadingProgress& progress) {
  FORKNET_ASSIGN(const PictureFiles files, find_all(path));
  FORKNET_ASSIGN(const Summary summary, summarize(files, progress));
  return json ? json_of(files, summary) : text_of(files, summary);
}

}  // namespace forknet::data
