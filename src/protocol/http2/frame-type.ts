/** RFC 9113 §6; then ALTSVC (RFC 7838), ORIGIN (RFC 8336) and PRIORITY_UPDATE (RFC 9218). */
export const frameType = {
  data: 0x0,
  headers: 0x1,
  priority: 0x2,
  rstStream: 0x3,
  settings: 0x4,
  pushPromise: 0x5,
  ping: 0x6,
  goaway: 0x7,
  windowUpdate: 0x8,
  continuation: 0x9,
  altsvc: 0xa,
  origin: 0xc,
  priorityUpdate: 0x10,
} as const;

/** `ack` is for SETTINGS and PING, `priority` for HEADERS only. */
export const frameFlag = { endStream: 0x1, ack: 0x1, endHeaders: 0x4, padded: 0x8, priority: 0x20 } as const;

/** As written in RFC 9113; undefined for a type that is not known here. */
export function findFrameName(type: number): string | undefined {
  return frames.get(type)?.name;
}

/** Flags that the type defines; none for a type that is not known here. */
export function definedFlags(type: number): number {
  return frames.get(type)?.flags ?? 0;
}

const frames: ReadonlyMap<number, { readonly name: string; readonly flags: number }> = new Map([
  [frameType.data, { name: 'DATA', flags: 0x09 }],
  [frameType.headers, { name: 'HEADERS', flags: 0x2d }],
  [frameType.priority, { name: 'PRIORITY', flags: 0 }],
  [frameType.rstStream, { name: 'RST_STREAM', flags: 0 }],
  [frameType.settings, { name: 'SETTINGS', flags: 0x01 }],
  [frameType.pushPromise, { name: 'PUSH_PROMISE', flags: 0x0c }],
  [frameType.ping, { name: 'PING', flags: 0x01 }],
  [frameType.goaway, { name: 'GOAWAY', flags: 0 }],
  [frameType.windowUpdate, { name: 'WINDOW_UPDATE', flags: 0 }],
  [frameType.continuation, { name: 'CONTINUATION', flags: 0x04 }],
  [frameType.altsvc, { name: 'ALTSVC', flags: 0 }],
  [frameType.origin, { name: 'ORIGIN', flags: 0 }],
  [frameType.priorityUpdate, { name: 'PRIORITY_UPDATE', flags: 0 }],
]);
