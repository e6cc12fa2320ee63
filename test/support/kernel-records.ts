import {
  closeEvent,
  direction,
  eventHeader,
  eventType,
  gapReason,
  openEvent,
  packetDirection,
  packetEvent,
  secretEvent,
} from '../../src/event/kernel-layout.ts';

interface HeaderFields {
  readonly timeNs?: number;
  readonly pid?: number;
  readonly tid?: number;
  readonly pointer?: number;
  readonly generation?: number;
  readonly offset?: number;
  readonly flags?: number;
}

/** A data record as the kernel side writes it; `slackBytes` stands for the unused end of a reservation. */
export function dataRecord(
  fields: HeaderFields & {
    readonly direction?: 'read' | 'write';
    readonly bytes: Uint8Array;
    readonly gapReason?: keyof typeof gapReason;
    readonly slackBytes?: number;
  },
): Buffer {
  const record = Buffer.alloc(eventHeader.sizeBytes + fields.bytes.length + (fields.slackBytes ?? 0), 0xee);
  writeHeader(record, eventType.data, fields);
  record[eventHeader.direction] = fields.direction === 'write' ? direction.write : direction.read;
  record[eventHeader.gapReason] = gapReason[fields.gapReason ?? 'none'];
  record.writeUInt32LE(fields.bytes.length, eventHeader.length);
  record.set(fields.bytes, eventHeader.sizeBytes);
  return record;
}

export function closeRecord(fields: HeaderFields & { readonly readBytes?: number }): Buffer {
  const record = Buffer.alloc(closeEvent.sizeBytes);
  writeHeader(record, eventType.close, fields);
  record.writeBigUInt64LE(BigInt(fields.readBytes ?? 0), closeEvent.offset);
  return record;
}

/** A packet record; without an owner its pid is 0. */
export function packetRecord(
  fields: HeaderFields & {
    readonly bytes: Uint8Array;
    readonly direction?: 'in' | 'out';
    readonly interfaceId?: number;
    readonly lengthBytes?: number;
    readonly segmentBytes?: number;
    readonly owner?: { readonly pid: number; readonly uid: number; readonly comm: string };
    readonly slackBytes?: number;
  },
): Buffer {
  const record = Buffer.alloc(packetEvent.sizeBytes + fields.bytes.length + (fields.slackBytes ?? 0), 0xee);
  record.fill(0, 0, packetEvent.sizeBytes);
  writeHeader(record, eventType.packet, { ...fields, pid: fields.owner?.pid ?? 0 });
  record[eventHeader.direction] = packetDirection[fields.direction ?? 'in'];
  record.writeUInt32LE(fields.bytes.length, eventHeader.length);
  record.writeUInt32LE(fields.interfaceId ?? 0, packetEvent.interface);
  record.writeUInt32LE(fields.lengthBytes ?? fields.bytes.length, packetEvent.originalLength);
  record.writeUInt32LE(fields.segmentBytes ?? 0, packetEvent.segmentBytes);
  record.writeUInt32LE(fields.owner?.uid ?? 0, packetEvent.uid);
  record.write(fields.owner?.comm ?? '', packetEvent.comm);
  record.set(fields.bytes, packetEvent.sizeBytes);
  return record;
}

/** An open record of an IPv4 connection, to be changed by the caller. */
export function openRecord(
  fields: HeaderFields & { readonly role?: number; readonly comm?: string; readonly profile?: number },
): Buffer {
  const record = Buffer.alloc(openEvent.sizeBytes);
  writeHeader(record, eventType.open, fields);
  record[openEvent.role] = fields.role ?? 0;
  record.writeUInt32LE(fields.profile ?? 0, openEvent.profile);
  record.writeInt32LE(7, openEvent.fd);
  record.writeUInt16LE(2, openEvent.socketFamily);
  record.writeUInt16LE(8443, openEvent.localPort);
  record.writeUInt16LE(51876, openEvent.remotePort);
  record.set([10, 0, 0, 1], openEvent.localAddress);
  record.set([10, 0, 0, 7], openEvent.remoteAddress);
  record.write(fields.comm ?? 'caddy', openEvent.comm);
  return record;
}

/** A secret record; the lengths may lie. */
export function secretRecord(
  fields: HeaderFields & {
    readonly label: string;
    readonly secret: Uint8Array;
    readonly labelLength?: number;
    readonly secretLength?: number;
  },
): Buffer {
  const record = Buffer.alloc(secretEvent.sizeBytes);
  writeHeader(record, eventType.secret, fields);
  record[secretEvent.labelLength] = fields.labelLength ?? fields.label.length;
  record[secretEvent.secretLength] = fields.secretLength ?? fields.secret.length;
  record.write(fields.label, secretEvent.label, 'latin1');
  record.fill(0x0c, secretEvent.clientRandom, secretEvent.clientRandom + 32);
  record.set(fields.secret, secretEvent.secret);
  return record;
}

function writeHeader(record: Buffer, type: number, fields: HeaderFields): void {
  record.fill(0, 0, eventHeader.sizeBytes);
  record[eventHeader.type] = type;
  record[eventHeader.flags] = fields.flags ?? 0;
  record.writeBigUInt64LE(BigInt(fields.timeNs ?? 1_000_000), eventHeader.timeNs);
  record.writeUInt32LE(fields.pid ?? 812, eventHeader.pid);
  record.writeUInt32LE(fields.tid ?? 813, eventHeader.tid);
  record.writeBigUInt64LE(BigInt(fields.pointer ?? 0xc000_0012_3400), eventHeader.pointer);
  record.writeBigUInt64LE(BigInt(fields.generation ?? 999_999), eventHeader.generation);
  record.writeBigUInt64LE(BigInt(fields.offset ?? 0), eventHeader.offset);
}
