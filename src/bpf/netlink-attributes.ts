/** Attributes of a netlink message from `start` on, by type: { length u16, type u16, value, padding to 4 }. */
export function parseNetlinkAttributes(bytes: Buffer, start: number): ReadonlyMap<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = start; at + 4 <= bytes.length;) {
    const length = bytes.readUInt16LE(at);
    if (length < 4 || at + length > bytes.length) break;
    // The two highest bits are flags: NLA_F_NESTED, NLA_F_NET_BYTEORDER.
    attributes.set(bytes.readUInt16LE(at + 2) & 0x3fff, bytes.subarray(at + 4, at + length));
    at += (length + 3) & ~3;
  }
  return attributes;
}
