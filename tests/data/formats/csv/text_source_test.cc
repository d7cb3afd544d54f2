#include "data/formats/csv/text_source.h"

#include <gtest/gtest.h>

#include "base/try.h"
#include "data/formats/csv/packed_files.h"
#include "data/formats/csv/text_blocks.h"
#include "data/formats/format.h"
#include "data/formats/npy/npy_files.h"

namespace forknet::data::csv {
namespace {

const std::string kTable = "a,b,y\n1,2,u\n3,4,v\n";

// A filter of libarchive, and what messages call it.
struct Way {
  std::string filter;
  std::string name;
};
const std::vector<Way> kWays = {{"xz", "xz data"}, {"zstd", "zst data"}};

Result<std::string> content_of(const std::string& path) {
  FORKNET_ASSIGN(const TextSource source, open_text(path));
  std::string content;
  std::string piece(10'000, '\0');
  for (;;) {
    FORKNET_ASSIGN(const std::size_t got, source.read(std::as_writable_bytes(std::span(piece))));
    content.append(piece, 0, got);
    if (got < piece.size()) return content;
  }
}

void expect_content(const std::string& path, const std::string& expected) {
  const auto content = content_of(path);
  ASSERT_TRUE(content.ok()) << content.error().message;
  EXPECT_TRUE(*content == expected) << path;
}

TEST(TextSource, packed_tables_are_known_by_content_and_not_by_name) {
  const TestFolder folder;
  for (const std::string& text : {kTable, noise(300'000)}) {
    expect_content(folder.file("plain.xz", text), text);
    expect_content(folder.file("a", gzip(text)), text);
    expect_content(folder.file("b", zip({{"t.csv", text}})), text);
    expect_content(folder.file("c", zip({{"t.csv", text}}, true)), text);
    for (const Way& way : kWays) {
      const std::string packed = packed_by(way.filter, text);
      expect_content(folder.file("d", packed), text);
      expect_content(folder.file("e", packed + packed), text + text);
    }
  }
}

TEST(TextSource, nothing_packed_is_nothing) {
  const TestFolder folder;
  expect_content(folder.file("a", zip({{"t.csv", ""}})), "");
  for (const Way& way : kWays) {
    const std::string path = folder.file("b", packed_by(way.filter, ""));
    expect_data_error(TextBlocks::open(path), path, "the file is empty");
  }
}

TEST(TextSource, a_file_of_a_zip_is_named_behind_a_colon) {
  const TestFolder folder;
  const std::string path = folder.file(
      "set.zip", zip({{"red.csv", "red"}, {"more/", ""}, {"more/white.csv", "white"}}, true));
  expect_data_error(open_text(path), path,
                    "2 files in the zip; name one, such as " + path +
                        ":red.csv\n  it holds red.csv, more/white.csv");
  expect_content(path + ":red.csv", "red");
  expect_content(path + ":more/white.csv", "white");
  expect_data_error(open_text(path + ":pink.csv"), path, "no file \"pink.csv\" in the zip");
  const std::string plain = folder.file("t.csv", kTable);
  expect_data_error(open_text(plain + ":x"), plain, "not a zip");
  const std::string gz = folder.file("t.csv.gz", gzip(kTable));
  expect_data_error(open_text(gz + ":x"), gz, "not a zip");
  expect_content(folder.file("a:b.csv", kTable), kTable);
}

TEST(TextSource, what_macos_and_folders_add_to_a_zip_is_passed_over) {
  const TestFolder folder;
  expect_content(folder.file("set.zip", zip({{"d/", ""},
                                             {"d/t.csv", kTable},
                                             {"__MACOSX/d/._t.csv", "x"},
                                             {"d/.DS_Store", "x"}})),
                 kTable);
  const std::string empty = folder.file("empty.zip", zip({{"d/", ""}}));
  expect_data_error(open_text(empty), empty, "there is no file in the zip");
}

TEST(TextSource, a_zip_that_is_encrypted_or_packed_otherwise_is_refused) {
  const TestFolder folder;
  std::string content = zip({{"t.csv", kTable}}, true);
  content[6] = '\1';                               // flags of the member
  content[content.find("PK\x01\x02") + 8] = '\1';  // and in the directory
  const std::string locked = folder.file("locked.zip", content);
  expect_data_error(content_of(locked), locked + ":t.csv", "encrypted");
  const std::string odd = folder.file("odd.zip", zip({{"t.csv", kTable}}, false, 14));
  expect_data_error(content_of(odd), odd + ":t.csv", "packed in a way that is not read here");
}

TEST(TextSource, what_is_packed_in_another_way_is_refused_with_what_to_do) {
  const TestFolder folder;
  const std::string bzip2 = folder.file("t.csv.bz2", "BZh91AY&SY\x01\x02");
  expect_data_error(TextBlocks::open(bzip2), bzip2 + ": packed with bzip2",
                    "unpack it first (bunzip2)");
  expect_data_error(sniff_format(bzip2), bzip2 + ": packed with bzip2", "unpack it first");
  const std::string lzma = folder.file("t.csv.lzma", std::string("]\0\0\x80\0\xff\xff\xff\xff", 9));
  expect_data_error(TextBlocks::open(lzma), lzma + ": packed with lzma", "unlzma");
  expect_data_error(sniff_format(lzma), lzma + ": packed with lzma", "unlzma");
  EXPECT_TRUE(TextBlocks::open(folder.file("t.csv", "BZh,y\n1,2\n")).ok());
}

TEST(TextSource, what_is_packed_twice_is_refused) {
  const TestFolder folder;
  std::vector<std::string> once = {gzip(kTable), zip({{"t.csv", kTable}}, true)};
  for (const Way& way : kWays) once.push_back(packed_by(way.filter, kTable));
  for (const std::string& inner : once) {
    std::vector<std::string> twice = {gzip(inner), zip({{"t.csv.x", inner}})};
    for (const Way& way : kWays) twice.push_back(packed_by(way.filter, inner));
    for (const std::string& file : twice) {
      const std::string path = folder.file("twice", file);
      expect_data_error(TextBlocks::open(path), path, "packed twice; unpack it once");
    }
  }
}

TEST(TextSource, xz_and_zst_cut_short_anywhere_are_refused) {
  const TestFolder folder;
  for (const Way& way : kWays) {
    const std::string whole = packed_by(way.filter, kTable);
    for (std::size_t size = 6; size < whole.size(); ++size) {
      const std::string path = folder.file("cut", whole.substr(0, size));
      expect_data_error(content_of(path), path, way.name);
    }
    const std::string garbage = folder.file("more", whole + "some text");
    expect_data_error(content_of(garbage), garbage, way.name);
  }
}

TEST(TextSource, xz_and_zip_with_a_flipped_bit_are_refused_or_give_the_same) {
  const TestFolder folder;
  for (const std::string& whole : {packed_by("xz", kTable), zip({{"t.csv", kTable}}, true)}) {
    for (std::size_t at = 6; at < whole.size(); ++at) {
      std::string broken = whole;
      broken[at] = static_cast<char>(broken[at] ^ 4);
      const std::string path = folder.file("broken", broken);
      const auto content = content_of(path);
      if (content.ok()) {
        EXPECT_EQ(*content, kTable) << "byte " << at;
      } else {
        EXPECT_EQ(content.error().kind, ErrorKind::data) << content.error().message;
      }
    }
  }
}

TEST(TextSource, a_bomb_is_refused_before_it_has_unpacked) {
  const TestFolder folder;
  const std::string zeros(64 << 20, '0');
  const std::string part = packed_by("zstd", zeros);
  std::string file;
  for (int i = 0; i < 5; ++i) file += part;
  ASSERT_LT(file.size() * 1032, zeros.size());
  const std::string path = folder.file("bomb.zst", file);
  const auto source = open_text(path);
  ASSERT_TRUE(source.ok()) << source.error().message;
  std::string piece(1 << 20, '\0');
  auto got = source->read(std::as_writable_bytes(std::span(piece)));
  std::size_t pieces = 1;
  for (; got.ok() && *got == piece.size(); ++pieces) {
    got = source->read(std::as_writable_bytes(std::span(piece)));
  }
  expect_data_error(got, path, "unpacks to more than 256 MiB");
  EXPECT_EQ(pieces, 257U);
}

TEST(TextSource, an_xz_file_that_asks_for_much_memory_is_refused) {
  const TestFolder folder;
  // The head of what xz --lzma2=dict=1GiB writes: stream flags, and a block of that filter.
  std::string file =
      "\xfd"
      "7zXZ";
  file += std::string("\0\0\4", 3);
  const auto crc = [](const std::string& text) {
    return little_endian(
        crc32(0, reinterpret_cast<const Bytef*>(text.data()), static_cast<uInt>(text.size())), 4);
  };
  file += crc(std::string("\0\4", 2));
  const std::string block("\2\0\x21\1\x24\0\0\0", 8);
  file += block + crc(block);
  const std::string path = folder.file("large.xz", file);
  expect_data_error(content_of(path), path, "needs more than 128 MiB of memory");
}

TEST(TextSource, sniffing_looks_into_what_is_packed) {
  const TestFolder folder;
  const auto name = [](const std::string& path) -> std::string {
    const auto format = sniff_format(path);
    return format.ok() ? std::string((*format)->name) : format.error().message;
  };
  const std::string set = folder.file("set.zip", zip({{"d/t.csv", kTable}, {"u", "x"}}, true));
  EXPECT_EQ(name(set + ":d/t.csv"), "csv");
  EXPECT_EQ(name(folder.file("one.zip", zip({{"t.csv", kTable}}))), "csv");
  for (const Way& way : kWays) {
    EXPECT_EQ(name(folder.file("t", packed_by(way.filter, kTable))), "csv");
  }
  const std::string arrays = folder.file("a.npz", zip({{"x.npy", npy("|u1", "(1,)", "a")}}));
  EXPECT_EQ(name(arrays), "npy");
  EXPECT_EQ(name(arrays + ":x"), "npy");
}

}  // namespace
}  // namespace forknet::data::csv
