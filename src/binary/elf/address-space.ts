import type { ByteSource } from '../byte-source.ts';
import { segmentType, type ElfSegment } from './segments.ts';

/** The file-backed parts of the loadable segments: which address is which byte of the file. */
export interface AddressSpace {
  fileOffset(address: number): number | undefined;
  address(fileOffset: number): number | undefined;
  /** The segment whose file-backed part holds `address`. */
  segmentAt(address: number): ElfSegment | undefined;
  segmentAtOffset(fileOffset: number): ElfSegment | undefined;
  /** Up to `lengthBytes` bytes; fewer, or none, where the segment ends. */
  read(address: number, lengthBytes: number): Buffer;
}

export function createAddressSpace(source: ByteSource, segments: readonly ElfSegment[]): AddressSpace {
  const loads = segments.filter((segment) => segment.type === segmentType.load && segment.fileSizeBytes > 0);
  const segmentAt = (address: number): ElfSegment | undefined =>
    loads.find((load) => address >= load.address && address < load.address + load.fileSizeBytes);
  const segmentAtOffset = (fileOffset: number): ElfSegment | undefined =>
    loads.find((load) => fileOffset >= load.offset && fileOffset < load.offset + load.fileSizeBytes);
  return {
    segmentAt,
    segmentAtOffset,
    fileOffset(address) {
      const load = segmentAt(address);
      return load && address - load.address + load.offset;
    },
    address(fileOffset) {
      const load = segmentAtOffset(fileOffset);
      return load && fileOffset - load.offset + load.address;
    },
    read(address, lengthBytes) {
      const load = segmentAt(address);
      if (load === undefined) return Buffer.alloc(0);
      const position = address - load.address;
      return source.read(load.offset + position, Math.min(lengthBytes, load.fileSizeBytes - position));
    },
  };
}
