#include "data/mistaken.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <string>

namespace forknet::data {
namespace {

struct Signature {
  std::string_view begins;  // letters in lower case
  std::string_view what;
};

constexpr std::array<Signature, 13> kSignatures = {{
    {"<!doctype", "this is a web page: the download failed"},
    {"<html", "this is a web page: the download failed"},
    {"<?xml", "this is XML: was the wrong file downloaded?"},
    {"{\"", "this is JSON: was the wrong file downloaded?"},
    {"[{", "this is JSON: was the wrong file downloaded?"},
    {"version https://git-lfs", "this is a Git LFS pointer, not the file itself: run git lfs pull"},
    {"%pdf", "this is a PDF"},
    {"\xff\xfe", "the text is UTF-16; save it as UTF-8"},
    {"\xfe\xff", "the text is UTF-16; save it as UTF-8"},
    {"\xd0\xcf\x11\xe0", "this is a file of Excel or Word: save the table as CSV"},
    {"par1", "this is Parquet, which is not read here: save the table as CSV"},
    {"\x89hdf", "this is HDF5, which is not read here: save its arrays with numpy.save"},
    {"sqlite format 3", "this is a data base of SQLite: export the table as CSV"},
}};

}  // namespace

std::string_view mistaken_for(std::string_view head) {
  std::string begin(head.substr(0, 64));
  begin.erase(0, std::min(begin.find_first_not_of(" \t\r\n"), begin.size()));
  std::transform(begin.begin(), begin.end(), begin.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const Signature& signature : kSignatures) {
    if (begin.starts_with(signature.begins)) return signature.what;
  }
  return {};
}

}  // namespace forknet::data
