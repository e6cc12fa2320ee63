/** Sum of 16-bit words in one's complement (RFC 1071), not folded: to be given to {@link finishChecksum} or added to. */
export function sumWords(bytes: Uint8Array, start: number, end: number): number {
  let sum = 0;
  let at = start;
  for (; at + 1 < end; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  if (at < end) sum += (bytes[at] ?? 0) << 8;
  return sum;
}

/** The checksum of what was summed. Sums of up to 2 GiB of bytes are exact. */
export function finishChecksum(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = Math.floor(folded / 0x10000) + (folded % 0x10000);
  return ~folded & 0xffff;
}

/**
 * The checksum of a TCP segment from `tcpOffset` to the end of `bytes`, in an IP packet at `ipOffset`; the field for it
 * must be 0 (RFC 9293 §3.1, RFC 8200 §8.1).
 */
export function tcpChecksum(bytes: Uint8Array, ipOffset: number, tcpOffset: number): number {
  const isIpv4 = (bytes[ipOffset] ?? 0) >> 4 === 4;
  const [start, end] = isIpv4 ? [12, 20] : [8, 40];
  const lengthBytes = bytes.length - tcpOffset;
  const pseudoHeader =
    sumWords(bytes, ipOffset + start, ipOffset + end) +
    6 +
    Math.floor(lengthBytes / 0x10000) +
    (lengthBytes % 0x10000);
  return finishChecksum(pseudoHeader + sumWords(bytes, tcpOffset, bytes.length));
}
