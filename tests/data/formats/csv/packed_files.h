// Files of xz and zst, made by libarchive's writer, not by the code under test.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <string>

namespace forknet::data::csv {

// `filter`: "xz" or "zstd".
inline std::string packed_by(const std::string& filter, const std::string& content) {
  archive* writer = archive_write_new();
  std::string file(content.size() + (std::size_t{1} << 16), '\0');
  std::size_t used = 0;
  archive_write_add_filter_by_name(writer, filter.c_str());
  archive_write_set_format_raw(writer);
  archive_write_set_bytes_in_last_block(writer, 1);
  archive_write_open_memory(writer, file.data(), file.size(), &used);
  archive_entry* entry = archive_entry_new();
  archive_entry_set_filetype(entry, AE_IFREG);
  EXPECT_EQ(archive_write_header(writer, entry), ARCHIVE_OK);
  EXPECT_EQ(archive_write_data(writer, content.data(), content.size()),
            static_cast<la_ssize_t>(content.size()));
  archive_entry_free(entry);
  EXPECT_EQ(archive_write_close(writer), ARCHIVE_OK);
  archive_write_free(writer);
  file.resize(used);
  return file;
}

}  // namespace forknet::data::csv
