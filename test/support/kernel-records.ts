import {
  closeEvent,
  direction,
  eventHeader,
  eventType,
  gapReason,
  openEvent,
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

/** An open record of an IPv4 connection, to be changed by the caller. */
export function openRecord(
  fields: HeaderFields & { readonly role?: number; readonly comm?: string },
): Buffer {
  const record = Buffer.alloc(openEvent.sizeBytes);
  writeHeader(record, eventType.open, fields);
  record[openEvent.role] = fields.role ?? 0;
  record.writeInt32LE(7, openEvent.fd);
  record.writeUInt16LE(2, openEvent.socketFamily);
  record.writeUInt16LE(8443, openEvent.localPort);
  record.writeUInt16LE(51876, openEvent.remotePort);
  record.set([10, 0, 0, 1], openEvent.localAddress);
  record.set([10, 0, 0, 7], openEvent.remoteAddress);
  record.write(fields.comm ?? 'caddy', openEvent.comm);
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
