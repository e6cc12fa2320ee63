/**
 * @typedef {{ name: string, sizeBytes: number, members: { name: string, offsetBytes: number }[] }} BtfStruct
 * @typedef {{ name: string, values: { name: string, value: number }[] }} BtfEnum
 * @typedef {{ structs: BtfStruct[], enums: BtfEnum[] }} Btf
 *
 * Named structs and enums in the type information of a little-endian ELF64 object.
 * Format: https://docs.kernel.org/bpf/btf.html
 * @param {Buffer} object
 * @returns {Btf}
 */
export function readBtf(object) {
  const btf = findSection(object, '.BTF');
  const headerBytes = btf.readUInt32LE(4);
  const types = btf.subarray(headerBytes + btf.readUInt32LE(8)).subarray(0, btf.readUInt32LE(12));
  const strings = btf.subarray(headerBytes + btf.readUInt32LE(16));
  /** @type {Btf} */
  const found = { structs: [], enums: [] };
  for (let at = 0; at < types.length;) {
    const name = stringAt(strings, types.readUInt32LE(at));
    const info = types.readUInt32LE(at + 4);
    const sizeBytes = types.readUInt32LE(at + 8);
    const kind = (info >>> 24) & 0x1f;
    const count = info & 0xffff;
    at += 12;
    if (kind === kinds.struct && name !== '') {
      const members = rows(types, at, count, 12).map((row) => ({
        name: stringAt(strings, row.readUInt32LE(0)),
        offsetBytes: row.readUInt32LE(8) / 8,
      }));
      found.structs.push({ name, sizeBytes, members });
    }
    if (kind === kinds.enum && name !== '') {
      const values = rows(types, at, count, 8).map((row) => ({
        name: stringAt(strings, row.readUInt32LE(0)),
        value: row.readInt32LE(4),
      }));
      found.enums.push({ name, values });
    }
    at += tailBytes(kind, count);
  }
  return found;
}

const kinds = { struct: 4, enum: 6 };

/**
 * What follows the common 12 bytes of a type.
 * @param {number} kind
 * @param {number} count
 */
function tailBytes(kind, count) {
  switch (kind) {
    case 1: // INT
    case 14: // VAR
    case 17: // DECL_TAG
      return 4;
    case 3: // ARRAY
      return 12;
    case 6: // ENUM
    case 13: // FUNC_PROTO
      return 8 * count;
    case 4: // STRUCT
    case 5: // UNION
    case 15: // DATASEC
    case 19: // ENUM64
      return 12 * count;
    default:
      return 0;
  }
}

/**
 * @param {Buffer} bytes
 * @param {number} start
 * @param {number} count
 * @param {number} rowBytes
 */
function rows(bytes, start, count, rowBytes) {
  return Array.from({ length: count }, (_, index) =>
    bytes.subarray(start + index * rowBytes).subarray(0, rowBytes),
  );
}

/**
 * @param {Buffer} object
 * @param {string} wanted
 * @returns {Buffer}
 */
function findSection(object, wanted) {
  const headersAt = Number(object.readBigUInt64LE(40));
  const headers = rows(object, headersAt, object.readUInt16LE(60), 64);
  /** @param {Buffer | undefined} header */
  const content = (header) => {
    if (header === undefined) throw new Error(`the object has no section ${wanted}`);
    return object
      .subarray(Number(header.readBigUInt64LE(24)))
      .subarray(0, Number(header.readBigUInt64LE(32)));
  };
  const names = content(headers[object.readUInt16LE(62)]);
  return content(headers.find((header) => stringAt(names, header.readUInt32LE(0)) === wanted));
}

/**
 * @param {Buffer} strings
 * @param {number} start
 */
function stringAt(strings, start) {
  return strings.toString('latin1', start, strings.indexOf(0, start));
}
