#include "os/build_id.h"

#include <elf.h>
#include <link.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <span>
#include <string_view>

namespace forknet::os {
namespace {

using Note = ElfW(Nhdr);
using Bytes = std::span<const std::byte>;

constexpr std::array<char, 4> kOwner = {'G', 'N', 'U', '\0'};

std::string hexadecimal(Bytes bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::byte byte : bytes) {
    text += kDigits[std::to_integer<std::size_t>(byte) >> 4];
    text += kDigits[std::to_integer<std::size_t>(byte) & 15];
  }
  return text;
}

std::size_t padded(std::size_t size) { return (size + 3) / 4 * 4; }

// `notes`: of a segment, one after the other: head, owner's name and content, padded to words.
std::string build_id_among(Bytes notes) {
  while (notes.size() >= sizeof(Note)) {
    Note head;
    std::memcpy(&head, notes.data(), sizeof head);
    notes = notes.subspan(sizeof head);
    const std::size_t name = padded(head.n_namesz);
    if (name > notes.size() || head.n_descsz > notes.size() - name) return "";
    const Bytes content = notes.subspan(name, head.n_descsz);
    const bool gnu = head.n_namesz == kOwner.size() &&
                     std::memcmp(notes.data(), kOwner.data(), kOwner.size()) == 0;
    if (gnu && head.n_type == NT_GNU_BUILD_ID) return hexadecimal(content);
    const std::size_t whole = name + padded(head.n_descsz);
    if (whole > notes.size()) return "";
    notes = notes.subspan(whole);
  }
  return "";
}

// The loader lists the executable first; only that is read.
int read_first_object(dl_phdr_info* program, std::size_t, void* found) {
  for (const ElfW(Phdr) & segment : std::span(program->dlpi_phdr, program->dlpi_phnum)) {
    if (segment.p_type != PT_NOTE) continue;
    const auto* const begin =
        reinterpret_cast<const std::byte*>(program->dlpi_addr + segment.p_vaddr);
    std::string& id = *static_cast<std::string*>(found);
    id = build_id_among({begin, segment.p_memsz});
    if (!id.empty()) break;
  }
  return 1;
}

}  // namespace

std::string build_id() {
  std::string id;
  ::dl_iterate_phdr(read_first_object, &id);
  return id;
}

}  // namespace forknet::os
