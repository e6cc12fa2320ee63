/** Functions of a TLS package that are looked at, without the import path in front. */
export const tlsFunctions = {
  write: '.(*Conn).writeRecordLocked',
  read: '.(*Conn).Read',
  close: '.(*Conn).Close',
  secrets: '.(*Config).writeKeyLog',
  /** The same in forks whose `Config` is another type. */
  forkSecrets: '.(*config).writeKeyLog',
  /** Where the plaintext lies up to Go 1.11. */
  blockRead: '.(*block).Read',
  /** Since Go 1.12. */
  readRecordOrCcs: '.(*Conn).readRecordOrCCS',
  readRecord: '.(*Conn).readRecord',
  /** Since Go 1.11; later ones have both this and the one before. */
  exportKeyingMaterial: '.ekmFromMasterSecret',
  exportKeyingMaterialClosure: '.ekmFromMasterSecret.func1',
} as const;

export const memmoveNames: readonly string[] = ['runtime.memmove', 'runtime.memmove.abi0'];
export const readerName = 'bytes.(*Reader).Read';
export const slicecopyName = 'runtime.slicecopy';
export const tcpReadName = 'net.(*TCPConn).Read';
export const unixReadName = 'net.(*UnixConn).Read';
/** Since Go 1.9, which moved the descriptor into a package of its own. */
export const pollReadName = 'internal/poll.(*FD).Read';
export const netReadName = 'net.(*netFD).Read';
export const netWriteName = 'net.(*netFD).Write';

/** What the stack check calls to get a larger stack. */
export const morestackNames: readonly string[] = [
  'runtime.morestack',
  'runtime.morestack.abi0',
  'runtime.morestack_noctxt',
  'runtime.morestack_noctxt.abi0',
];

/** Functions that never return: code after a call to one is reached some other way or not at all. */
export const noReturnNames: readonly string[] = [
  'runtime.gopanic',
  'runtime.goPanicIndex',
  'runtime.throw',
  'runtime.fatal',
  'runtime.fatalthrow',
  ...panicNames().flatMap((name) => [name, `${name}.abi0`]),
];

function panicNames(): readonly string[] {
  const slices = ['Alen', 'Acap', 'B'].map((bound) => `Slice${bound}`);
  const slices3 = ['Alen', 'Acap', 'B', 'C'].map((bound) => `Slice3${bound}`);
  const bounds = ['Index', ...slices, ...slices3].flatMap((name) => [name, `${name}U`]);
  const others = [
    'SliceConvert',
    'Bounds',
    'Extend',
    'index',
    'slice',
    'divide',
    'shift',
    'overflow',
    'float',
  ];
  const types = ['wrap', 'mem', 'memAddr', 'nil', 'dottypeE', 'dottypeI', 'nildottype', 'rangestate'];
  return [...bounds, ...others, ...types].map((name) => `runtime.panic${name}`);
}
