/**
 * Rows of sixteen bytes: offset, hex, ASCII. Each row ends with a newline.
 *
 *     00000000  47 45 54 20 2f 20 48 54  54 50 2f 31 2e 31 0d 0a  |GET / HTTP/1.1..|
 */
export function formatHexDump(bytes: Uint8Array, firstOffset: number, indent: string): string {
  let text = '';
  for (let row = 0; row < bytes.length; row += rowLength) {
    let hex = '';
    let ascii = '';
    const end = Math.min(row + rowLength, bytes.length);
    for (let i = row; i < end; i += 1) {
      const byte = bytes[i] ?? 0;
      hex += i - row === 8 ? (spacedHex[byte] ?? '') : (plainHex[byte] ?? '');
      ascii += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.';
    }
    const offset = (firstOffset + row).toString(16).padStart(8, '0');
    text += `${indent}${offset} ${hex.padEnd(hexWidth)}  |${ascii}|\n`;
  }
  return text;
}

const rowLength = 16;
const hexWidth = rowLength * 3 + 1;
const plainHex = Array.from({ length: 256 }, (_, byte) => ` ${byte.toString(16).padStart(2, '0')}`);
const spacedHex = plainHex.map((hex) => ` ${hex}`);
