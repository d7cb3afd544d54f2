// Files of data: IDX, NPY, NPZ, tables of text, pictures, plain and packed.
#include "data/formats/csv/inspect.h"
#include "data/formats/csv/packed_files.h"
#include "data/formats/csv/text_source.h"
#include "data/formats/format.h"
#include "data/formats/images/each.h"
#include "data/formats/images/folder.h"
#include "data/formats/images/picture.h"
#include "data/formats/images/picture_files.h"
#include "data/formats/npy/header.h"
#include "data/formats/npy/inspect.h"
#include "data/formats/npy/npy_files.h"
#include "data/formats/npy/read.h"
#include "data/idx.h"
#include "data/open.h"
#include "data/tar_files.h"
#include "fuzz/parsers.h"
#include "fuzz/reading.h"

namespace forknet::fuzz {
namespace {

using namespace std::string_literals;

void read_inputs(std::string_view bytes) {
  expect_short(data::read_idx_inputs(file_of(bytes, "inputs")));
}

void read_labels(std::string_view bytes) {
  static const std::string inputs =
      file_of("\0\0\x08\x02\0\0\0\x03\0\0\0\x02"s + "abcdef", "three-inputs");
  expect_short(data::read_idx(inputs, file_of(bytes, "labels")));
}

void read_literal(std::string_view bytes) { expect_short(data::parse_npy_literal(bytes, "x.npy")); }

void read_array(std::string_view bytes) {
  const std::string path = file_of(bytes, "x.npy");
  expect_short(data::read_npy({path, path}, true));
  expect_short(data::read_npy({path, path}, false));
  expect_short(data::inspect_npy(path, true));
}

void read_archive(std::string_view bytes) {
  const std::string path = file_of(bytes, "set.npz");
  expect_short(data::read_npy({path}, true));
  expect_short(data::read_npy_inputs(path));
  expect_short(data::inspect_npy(path, false));
}

// As a set to learn from, and as something to look at.
void read_table(std::string_view bytes) {
  DataConfig config;
  config.format = "csv";
  config.train.inputs = file_of(bytes, "t.csv");
  config.test.share = 0.3;
  config.scale = Scale::standard;
  if (bytes.size() % 3 == 0) config.table.weight = {std::int64_t{0}};
  const bool classes = bytes.size() % 2 == 0;
  expect_short(data::open_data(config, 1, classes));
  if (bytes.size() % 8 == 0) expect_short(data::csv::inspect({config.train.inputs, classes}));
}

// The first MiB: a small file may rightly hold much.
void read_packed(std::string_view bytes) {
  const auto source = data::csv::open_text(file_of(bytes, "packed"));
  expect_short(source);
  if (!source.ok()) return;
  std::string piece(std::size_t{1} << 18, '\0');
  for (int i = 0; i < 4; ++i) {
    const auto got = source->read(std::as_writable_bytes(std::span(piece)));
    expect_short(got);
    if (!got.ok() || *got < piece.size()) return;
  }
}

void read_picture(std::string_view bytes) {
  // What takes long to decode is no finding: the limits of forknet are those of cameras.
  constexpr std::size_t kFewPixels = 1 << 20;
  const auto size = data::picture_size(bytes, "p");
  expect_short(size);
  if (!size.ok() || size->width * size->height > kFewPixels) return;
  const auto picture = data::decode_picture(bytes, "p");
  expect_short(picture);
  if (picture.ok()) (void)data::resized(data::with_channels(*picture, 1), 3, 2);
}

// What is listed; what lies in it are pictures, which have a target of their own.
void read_packed_pictures(std::string_view bytes) {
  const std::string path = file_of(bytes, "packed-pictures");
  expect_short(data::find_all(path));
  expect_short(data::sniff_format(path));
  const auto files = data::find_pictures(path);
  expect_short(files);
  if (!files.ok()) return;
  expect_short(data::for_each_picture(
      *files, {}, [](std::size_t, const std::string&) -> Status { return {}; }));
}

}  // namespace

std::vector<Parser> data_parsers() {
  return {
      {"idx_inputs",
       read_inputs,
       {"\0\0\x08\x03\0\0\0\x02\0\0\0\x01\0\0\0\x03"s + "123456",
        "\0\0\x0D\x01\0\0\0\x01"s + "1234"}},
      {"idx_labels", read_labels, {"\0\0\x08\x01\0\0\0\x03\x01\x02\0"s}},
      {"npy_literal",
       read_literal,
       {"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"}},
      {"npy",
       read_array,
       {data::npy("|u1", "(3,)", "\1\0\2"s),
        data::npy(">f8", "(2, 1)", std::string(16, '\0'), true)}},
      {"npz",
       read_archive,
       {data::zip({{"x.npy", data::npy("|u1", "(2, 1)", "ab")},
                   {"y.npy", data::npy("|b1", "(2,)", "\0\1"s)}}),
        data::zip({{"x.npy", data::npy("|u1", "(2, 1)", "ab")}}, true)}},
      {"csv",
       read_table,
       {"id,age,\"city, or town\",y\n1,20.5,Bonn,no\n2,,\"Ulm\",yes\n3,7e1,\"a \"\"b\"\"\nc\",no\n",
        "a;b;c\r\n1,5;2;3\r\n4,25;5;6\r\n7;8;9\r\n", "T,2,8,3\nI,5,12,3\nD,4,11,6\nT,9,1,1\n",
        "\xef\xbb\xbfx\ty\n0\t1\n1\t0\n0\t1\n255\t0\n"}},
      {"packed_text",
       read_packed,
       {data::gzip("a,b\n1,2\n"), data::zip({{"t.csv", "a,b\n1,2\n"}}, true),
        data::zip({{"d/", ""}, {"d/t.csv", "a,b\n1,2\n"}}),
        data::csv::packed_by("xz", "a,b\n1,2\n"), data::csv::packed_by("zstd", "a,b\n1,2\n")}},
      {"picture",
       read_picture,
       {data::png(2, 2, 2, "abcdefghijkl"), data::png(2, 1, 4, "abcd"),
        data::jpeg(8, 8, TJPF_GRAY, std::string(64, 'x')), data::pgm(2, 2, "abcd"),
        "P3 1 1 9 1 2 3"}},
      {"packed_pictures",
       read_packed_pictures,
       {data::zip({{"a/1.png", "x"}, {"b/", ""}, {"b/1.pgm", "P5"}}),
        data::zip({{"1.png", "x"}, {"2", "P5"}}, true),
        data::tar({{"a/1.png", "x"}, {"b/1.png", "y"}}), data::gzip(data::tar({{"1.png", "x"}})),
        data::csv::packed_by("xz", data::tar({{"1.png", "x"}})),
        data::csv::packed_by("zstd", data::tar({{"1.png", "x"}}))}},
  };
}

}  // namespace forknet::fuzz
